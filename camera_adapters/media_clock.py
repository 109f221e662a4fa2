"""Media time of recorded footage: the one definition that reading, cutting and stills share.

A packet is stamped when it comes out of the file, before it is decoded (`PacketClock`), and the
decoder carries the stamp to the picture. So a clip, which is never decoded, and an analysed frame
have the same time by construction. `FrameClock` then turns stamps into seconds from the first
picture.

Stamps are whole ticks of the stream's time base: adding them up cannot drift.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

# A camera that was away for seconds comes back with true times, which are kept (and declared as a
# gap). More than this is taken for a clock that was set or a second recording appended.
JUMP = 10.0
# Missing pictures for longer than this are a gap worth declaring.
HOLE = 1.0
# In frame intervals: how irregular a camera may be before `HOLE` and `JUMP` apply.
_HOLE_INTERVALS = 4
_JUMP_INTERVALS = 20
# H.264 and H.265 reorder at most 16 pictures.
_REORDER_INTERVALS = 17
# Of two pictures with the same time, the second is this much later, s.
TIME_STEP = 0.001
# More gaps than this are counted and not listed: a file of any length uses bounded memory.
MAX_GAPS = 1000


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a packet is shown (None: only the decoder can tell) and decoded, ticks of media time.

    `dts` is strictly increasing from packet to packet.
    """

    pts: int | None
    dts: int


@dataclass(frozen=True, slots=True)
class ClockState:
    """All that a `PacketClock` remembers; with it the clock goes on in the middle of a file."""

    offset: int = 0
    last_dts: int | None = None
    last_shown: int | None = None


class PacketClock:
    """Makes one increasing time of a file's own timestamps, packet by packet in file order.

    Missing timestamps are filled in with the average frame interval. Times that go back, or leap by
    more than `JUMP`, are re-based: they go on one frame interval after what came before. Both
    these and holes of more than `HOLE` are declared in `gaps`.

    Args:
        time_base: seconds of one tick.
        interval: average time between pictures, s.
        reorders: whether pictures are shown in another order than they are stored in.
        state: where to go on from.
    """

    def __init__(
        self,
        time_base: Fraction,
        interval: float,
        *,
        reorders: bool,
        state: ClockState | None = None,
    ) -> None:
        self.state = state or ClockState()
        self.gaps: list[tuple[int, int]] = []
        self.gaps_not_listed = 0
        self._reorders = reorders
        self._step = max(1, round(interval / time_base))
        self._hole = math.ceil(max(HOLE, _HOLE_INTERVALS * interval) / time_base)
        self._jump = math.ceil(max(JUMP, _JUMP_INTERVALS * interval) / time_base)
        self._jitter = 2 * self._step
        self._reordering = math.ceil(max(HOLE, _REORDER_INTERVALS * interval) / time_base)

    def stamp(self, pts: int | None, dts: int | None) -> Stamp:
        """The next packet's times, from the file's own (None where the file has none)."""
        state = self.state
        offset = self._offset(pts, dts)
        shown = None if pts is None else pts + offset
        decoded = self._decoded(shown, None if dts is None else dts + offset)
        if shown is None and not self._reorders:
            shown = decoded
        at = decoded if shown is None else shown
        last = state.last_shown
        self._fill(at)
        if last is not None and (offset != state.offset or at - last > self._hole):
            self._declare(last, max(at, last))
        self.state = replace(
            state,
            offset=offset,
            last_dts=decoded,
            last_shown=at if last is None else max(at, last),
        )
        return Stamp(shown, decoded)

    def _offset(self, pts: int | None, dts: int | None) -> int:
        """What to add to the file's times from here on."""
        state = self.state
        raw = pts if dts is None else dts
        if raw is None or state.last_dts is None or state.last_shown is None:
            return state.offset
        leap = raw + state.offset - state.last_dts
        # Without decoding times the showing times stand in; they go back within a reordering.
        back = self._reordering if dts is None else self._jitter
        if -back <= leap <= self._jump:
            return state.offset
        if pts is None:
            return state.last_dts + self._step - raw
        return state.last_shown + self._step - pts

    def _decoded(self, shown: int | None, dts: int | None) -> int:
        last = self.state.last_dts
        if dts is not None:
            return dts if last is None else max(dts, last + 1)
        if last is None:
            return 0 if shown is None else shown
        following = last + self._step
        if shown is not None and self._reorders:
            following = min(following, shown)
        elif shown is not None:
            following = shown
        return max(following, last + 1)

    def _fill(self, at: int) -> None:
        """Reordered pictures are read behind later ones: what looked like a gap may hold some."""
        recent = self.gaps[-2:]
        if all(at <= start or at >= end for start, end in recent):
            return
        del self.gaps[-2:]
        for start, end in recent:
            if not start < at < end:
                self.gaps.append((start, end))
            elif end - start <= self._hole:  # the clock was set; the new time begins earlier
                self.gaps.append((start, at))
            else:
                pieces = ((start, at), (at, end))
                self.gaps += [piece for piece in pieces if piece[1] - piece[0] > self._hole]

    def _declare(self, start: int, end: int) -> None:
        if len(self.gaps) < MAX_GAPS:
            self.gaps.append((start, end))
        else:
            self.gaps_not_listed += 1


class FrameClock:
    """Seconds of media time for pictures in the order they are shown, strictly increasing.

    Args:
        time_base: seconds of one tick.
        interval: average time between pictures, s; where a picture has no stamp it comes so long
            after the one before.
        origin: stamp of the first picture of the file; None: the next picture is the first.
        start: time to give a picture without a stamp if it comes first, s.
    """

    def __init__(
        self,
        time_base: Fraction,
        interval: float,
        *,
        origin: int | None = None,
        start: float = 0.0,
    ) -> None:
        self.origin = origin
        self._time_base = time_base
        self._interval = interval
        self._next = start
        self._last = -math.inf

    def seconds(self, stamp: int) -> float:
        """Media time of a stamp, s; the origin must be known."""
        assert self.origin is not None
        return float((stamp - self.origin) * self._time_base)

    def time(self, stamp: int | None) -> float:
        """Media time of the next picture, s."""
        if self.origin is None:
            self.origin = 0 if stamp is None else stamp
        time = self._next if stamp is None else self.seconds(stamp)
        if time <= self._last:
            time = self._last + TIME_STEP
        self._last = time
        self._next = time + self._interval
        return time
