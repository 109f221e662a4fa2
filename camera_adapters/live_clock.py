"""Media time of a live camera: one axis for both of its streams, for every connection and run.

Media time 0 is the moment a camera's ring was made (`origin`). Within a connection the camera's own
timestamps carry it, smoothed by `PacketClock`; the host says where on the axis a connection begins,
and by how much the camera's clock has strayed since. So media time counts on through outages and
restarts, stays within a quarter of a second of the host's clock, and means the same in the small
stream that is analysed and in the full one that is kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Final

from litterwatch.camera_adapters.media_clock import ClockState, PacketClock, Stamp
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.protocols import Clock

TICKS: Final = 90_000
"""Ticks a second of every live stamp, as in RTP."""

TIME_BASE: Final = Fraction(1, TICKS)

SETTLE: Final = 0.8
"""Seconds in which packets that a camera sends in one burst are waited for."""

STRAY: Final = 0.25
"""Seconds the camera's clock may stray from the host's before media time is put right."""

_LEAP: Final = 1.0  # s by which packets may be apart more than their arrivals are
_WINDOW: Final = 20.0  # s over which the least delayed packet tells how far it has strayed


class Axis:
    """Where the host says media time is; immune to a host clock that is set while it runs.

    Args:
        origin: UTC of media time 0.
        clock: the host's.
    """

    def __init__(self, origin: datetime, clock: Clock) -> None:
        self.origin = origin
        self._clock = clock
        self._mono = clock.monotonic()
        self._start = (clock.now() - origin).total_seconds()

    def not_before(self, ticks: int) -> None:
        """Footage up to there exists already: time goes on behind it, whatever the clock says."""
        self._start = max(self._start, ticks / TICKS)

    def at(self, monotonic: float) -> int:
        """Media time of a moment of the host's monotonic clock, ticks."""
        return round((self._start + monotonic - self._mono) * TICKS)

    def utc(self, ticks: int) -> datetime:
        """The hour of a moment by the host's clock as it stands now."""
        passed = self.at(self._clock.monotonic()) - ticks
        return datetime.fromtimestamp(self._clock.now().timestamp() - passed / TICKS, UTC)


@dataclass(frozen=True, slots=True)
class Stamped:
    """A packet on the axis.

    Attributes:
        packet: with pts and dts in ticks.
        shown: when its picture is shown, ticks; where only the decoder knows, when it is decoded.
        dts: strictly increasing.
        is_after_gap: pictures are missing before it, or the camera's clock was set.
    """

    packet: VideoPacket
    shown: int
    dts: int
    is_after_gap: bool


class LiveClock:
    """Puts the packets of one stream on the axis.

    Args:
        axis: shared by the streams of a camera.
        last: stamp of the newest packet there is, ticks; None for none.
    """

    def __init__(self, axis: Axis, last: int | None = None) -> None:
        self._axis = axis
        self._last = last
        self._early: list[tuple[VideoPacket, float]] = []
        self._clock: PacketClock | None = None
        self._interval = 0.0
        self._reorders = False
        self._gaps = 0
        self._least: float | None = None
        self._window_began = 0.0
        self._is_first = True
        self._before: tuple[int, float] | None = None

    def begin(self, interval: float, *, reorders: bool) -> None:
        """A new connection: what comes now has timestamps of its own.

        Args:
            interval: average time between pictures, s.
            reorders: whether pictures are shown in another order than they are sent in.
        """
        self._early, self._clock, self._gaps = [], None, 0
        self._interval, self._reorders = interval, reorders
        self._is_first, self._before = True, None

    def admit(self, packet: VideoPacket, arrived: float) -> Iterator[Stamped]:
        """The packets that can be given now; the first ones wait until a burst is over.

        Args:
            packet: the next one, with the camera's own times.
            arrived: monotonic time of its arrival, s.
        """
        _to_ticks(packet)
        if self._clock is None:
            self._early.append((packet, arrived))
            if not self._is_settled():
                return
            self._clock = self._placed()
            early, self._early = self._early, []
            for waiting, came in early:
                yield self._stamped(waiting, came)
            return
        yield self._stamped(packet, arrived)

    def _is_settled(self) -> bool:
        """Whether packets come as pictures are taken: two were waited for, or time is up."""
        times = [came for _, came in self._early]
        if times[-1] - times[0] >= SETTLE:
            return True
        waits = [after - before for before, after in pairwise(times[-3:])]
        return len(waits) == 2 and all(wait > self._interval / 2 for wait in waits)

    def _placed(self) -> PacketClock:
        """The clock of this connection: its least delayed packet is taken to come at once."""
        self._time_the_untimed()
        known = self._continuous()
        offset = min(self._axis.at(came) - raw for raw, came in known)
        floor = 0 if self._last is None else self._last + self._step
        offset = max(offset, floor - known[0][0])
        self._least, self._window_began = None, self._early[-1][1]
        return PacketClock(
            TIME_BASE, self._interval, reorders=self._reorders, state=ClockState(offset)
        )

    def _continuous(self) -> list[tuple[int, float]]:
        """The early packets' times with what leaps among them bridged, and their arrivals."""
        first, came = self._early[0]
        raw = before = _raw(first) or 0
        known = [(raw, came)]
        for packet, arrived in self._early[1:]:
            own = _raw(packet)
            leap = self._step if own is None else own - before
            if not -2 * self._step <= leap <= (arrived - came + _LEAP) * TICKS:
                leap = self._step
            before = before + self._step if own is None else own
            raw, came = raw + leap, arrived
            known.append((raw, came))
        return known

    def _time_the_untimed(self) -> None:
        """The first packets of a connection may come without any time: count back to it."""
        raws = [_raw(packet) for packet, _ in self._early]
        place, anchor = next(((n, raw) for n, raw in enumerate(raws) if raw is not None), (0, 0))
        for number, (packet, _) in enumerate(self._early[: max(1, place)]):
            if raws[number] is None:
                packet.pts = packet.dts = anchor - (place - number) * self._step

    @property
    def _step(self) -> int:
        return max(1, round(self._interval * TICKS))

    def _stamped(self, packet: VideoPacket, arrived: float) -> Stamped:
        assert self._clock is not None
        was_set = self._bridge(packet, arrived)
        stamp = self._clock.stamp(packet.pts, packet.dts)
        stamp = self._behind_last(stamp)
        packet.pts, packet.dts = stamp.pts, stamp.dts
        shown = stamp.dts if stamp.pts is None else stamp.pts
        gaps = len(self._clock.gaps) + self._clock.gaps_not_listed
        after_gap = was_set or self._is_first or gaps > self._gaps
        self._gaps = gaps
        self._is_first = False
        self._last = stamp.dts
        self._watch_stray(shown, arrived)
        return Stamped(packet, shown, stamp.dts, after_gap)

    def _bridge(self, packet: VideoPacket, arrived: float) -> bool:
        """Whether the camera's clock was set forward: it leapt further than the host waited.

        Cameras do so, and the library does when it first hears a camera's sender report. What goes
        back, or leaps very far, `PacketClock` bridges.
        """
        assert self._clock is not None
        raw = packet.pts if packet.dts is None else packet.dts
        if raw is None:
            return False
        before, self._before = self._before, (raw, arrived)
        if before is None:
            return False
        leap = raw - before[0]
        if leap / TICKS <= arrived - before[1] + _LEAP:
            return False
        state = self._clock.state
        self._clock.state = replace(state, offset=state.offset - leap + self._step)
        return True

    def _behind_last(self, stamp: Stamp) -> Stamp:
        least = 0 if self._last is None else self._last + 1
        if stamp.dts >= least and (stamp.pts or 0) >= 0:
            return stamp
        dts = max(stamp.dts, least)
        return Stamp(None if stamp.pts is None else max(stamp.pts, dts), dts)

    def _watch_stray(self, shown: int, arrived: float) -> None:
        """Put the offset right when even the least delayed packet of a while strays too far."""
        assert self._clock is not None
        stray = (self._axis.at(arrived) - shown) / TICKS
        self._least = stray if self._least is None else min(self._least, stray)
        if arrived - self._window_began < _WINDOW:
            return
        if abs(self._least) > STRAY:
            self._clock.state = _moved(self._clock.state, math.floor(self._least * TICKS))
        self._least, self._window_began = None, arrived


def _moved(state: ClockState, ticks: int) -> ClockState:
    """The same state elsewhere on the axis: to `PacketClock` nothing has leapt."""
    assert state.last_dts is not None
    assert state.last_shown is not None
    return replace(
        state,
        offset=state.offset + ticks,
        last_dts=state.last_dts + ticks,
        last_shown=state.last_shown + ticks,
    )


def _to_ticks(packet: VideoPacket) -> None:
    """Times of the packet in ticks, whatever the library counts in."""
    scale = packet.time_base / TIME_BASE
    if scale != 1:
        packet.pts = None if packet.pts is None else round(packet.pts * scale)
        packet.dts = None if packet.dts is None else round(packet.dts * scale)
        packet.duration = None if packet.duration is None else round(packet.duration * scale)
        packet.time_base = TIME_BASE


def _raw(packet: VideoPacket) -> int | None:
    return packet.dts if packet.pts is None else packet.pts
