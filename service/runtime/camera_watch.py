"""One live camera: its reader, its pipeline, its condition."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from litterwatch.camera_adapters.reader_messages import Stream
from litterwatch.camera_adapters.reader_process import CameraReader
from litterwatch.detector.change.focus import FocusWatch
from litterwatch.detector.change.health import Health
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Detections, Event, Frame, PassedOver
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.local_time import LOCAL
from litterwatch.service.remembering.memory import HOLE
from litterwatch.service.runtime.batch import Judge
from litterwatch.service.runtime.condition import Blind, Condition, Link, blind_of, worst_of
from litterwatch.service.runtime.live_messages import Found, Passed, Source
from litterwatch.service.runtime.turns import Place

_log = structlog.get_logger(__name__)
_KEEP_EVERY = 60.0  # s of the host's clock between two writings of what outlives a pause
_LATELY = 10.0  # s over which the rate is told


class LiveJudge(Judge, Protocol):
    """A pipeline that also tells how the picture is."""

    @property
    def health(self) -> Health: ...


class CameraMemory(Protocol):
    """What keeps what a judge knows over the end of a watch."""

    def keep(self, judge: LiveJudge, media_time: float, config: str, *, whole: bool) -> None: ...

    def recalled(self, fresh: LiveJudge, first: Frame, config: str) -> LiveJudge: ...


class CameraWatch:
    """Steps 2 and 4-6 for one live camera, and all that is to be said about it.

    Args:
        entry: the camera.
        reader: gives its pictures; started by `receive`.
        new_judge: makes a fresh pipeline.
        rate: pictures a second that are wanted.
        config_sha256: digest of everything its events depend on.
        clock: the host's.
        memory: keeps what is known of the camera; None keeps nothing.
        show: is given every picture that was judged, for people to see.
        is_drawn: whether the lot falls on something that was passed over.
    """

    def __init__(
        self,
        entry: CameraEntry,
        reader: CameraReader,
        new_judge: Callable[[], LiveJudge],
        *,
        rate: float,
        config_sha256: str,
        clock: Clock,
        memory: CameraMemory | None = None,
        show: Callable[[Frame], None] = lambda _: None,
        is_drawn: Callable[[PassedOver], bool] = lambda _: False,
    ) -> None:
        self.entry = entry
        self.reader = reader
        self.rate = rate
        self._new_judge = new_judge
        self._judge = new_judge()
        self._config_sha256 = config_sha256
        self._clock = clock
        self._memory = memory
        self._kept_at = clock.monotonic()
        self._is_fresh = True
        self._seen = 0.0
        self._show = show
        self._is_drawn = is_drawn
        self._image_size: tuple[int, int] | None = None
        self._last: Frame | None = None
        self._lag: float | None = None
        self._moved_at = float("-inf")
        self._focus = FocusWatch()
        self._judged: deque[float] = deque(maxlen=200)
        self._events: set[str] = set()
        self._before = (0, 0)
        self._link = Link.STARTING
        self._blind: tuple[Blind, ...] = ()

    def receive(self) -> Iterator[Frame]:
        """The pictures that have come; on the local clock, which permitted hours are about."""
        for frame in self.reader.receive():
            at = frame.captured_at
            yield frame if at is None else replace(frame, captured_at=at.astimezone(LOCAL))

    def watch(self) -> None:
        """Keep the reader alive, and tell what changed."""
        what = self.reader.watch()
        if what is not None:
            _log.warning(what, camera=self.entry.id)
        link, report = worst_of(self.reader.streams)
        if link is not self._link and link is not Link.STARTING:
            say = _log.info if link is Link.ONLINE else _log.warning
            say(f"camera {link}", camera=self.entry.id, why=report.text if report else None)
            self._link = link

    def cross(self, frame: Frame, model: tuple[str, str]) -> list[Found]:
        """Before a picture is looked at: begin afresh where too much was not seen before it.

        Whoever was last seen before an outage must not be held to account for what lies there after
        it: what was open is given as it stands, and what lies there now is how the place is.
        """
        if self.entry.is_asleep:
            return []
        if self._is_fresh:
            self._recall(frame)
        if self._last is None:
            return []
        if frame.media_time - self._last.media_time <= HOLE:
            return []
        _log.info(
            "looked away for too long, beginning afresh",
            camera=self.entry.id,
            seconds=round(frame.media_time - self._last.media_time, 1),
        )
        found = self.finish(model)
        self.renew(self._new_judge)
        self._recall(frame)
        return found

    def _recall(self, first: Frame) -> None:
        """A judge that has seen nothing yet begins with what is remembered."""
        self._is_fresh = False
        if self._memory is not None:
            self._judge = self._memory.recalled(self._judge, first, self._config_sha256)

    def _keep(self, *, whole: bool) -> None:
        """What a judge knows that has seen anything; one that slept must not replace it."""
        if self._memory is not None and self._judge.analysed:
            self._kept_at = self._clock.monotonic()
            self._memory.keep(self._judge, self._seen, self._config_sha256, whole=whole)

    def wants_detection(self, frame: Frame) -> bool:
        """2 gate; nothing is looked at while the zones sleep."""
        if self.entry.is_asleep:
            return False
        if self._image_size not in {None, frame.size}:
            # Another resolution: what was learnt of the old pictures does not fit the new ones.
            self.renew(self._new_judge)
            self._is_fresh = False
        self._image_size = frame.size
        return self._judge.wants_detection(frame)

    def advance(
        self, frame: Frame, detections: Detections | None, model: tuple[str, str]
    ) -> list[Found]:
        """4-6 for one picture; `model` is the name and hash of the weights."""
        if self.entry.is_asleep:
            self._last = frame
            self._tell_blind((Blind.TURNED,))
            return []
        if frame.size != self._image_size:
            return []
        events = self._judge.advance(frame, detections)
        self._last = frame
        self._seen = frame.media_time
        self._show(frame)
        now = self._clock.now()
        if frame.captured_at is not None:
            self._lag = (now - frame.captured_at).total_seconds()
        self._judged.append(self._clock.monotonic())
        health = self._judge.health
        if health.moved:
            self._moved_at = frame.media_time
        blurred = self._focus.update(frame.image, frame.media_time, health)
        since_moved = frame.media_time - self._moved_at
        self._tell_blind(blind_of(health, frame.image, since_moved, is_blurred=blurred))
        if self._clock.monotonic() - self._kept_at >= _KEEP_EVERY:
            self._keep(whole=False)
        return self._found(events, model)

    def finish(self, model: tuple[str, str]) -> list[Found]:
        """The watch ends: what was let go and left is given as provisional."""
        found = self._found(self._judge.finish(), model)
        if not self.entry.is_asleep:  # a judge that has slept knows nothing worth keeping
            self._keep(whole=True)
        return found

    def passed(self, model: tuple[str, str]) -> list[Passed]:
        """What was passed over since this was last asked, as far as the lot has fallen on it."""
        drawn = [one for one in self._judge.passed_over() if self._is_drawn(one)]
        source = self._source(model) if drawn else None
        return [] if source is None else [Passed(one, source) for one in drawn]

    def renew(self, new_judge: Callable[[], LiveJudge], config_sha256: str | None = None) -> None:
        """Begin afresh, with another site for instance; what is open is not followed further."""
        self._before = (
            self._before[0] + self._judge.analysed,
            self._before[1] + self._judge.inferred,
        )
        self._new_judge, self._judge = new_judge, new_judge()
        self._config_sha256 = config_sha256 or self._config_sha256
        self._image_size = None
        self._is_fresh = True

    def is_judged_alike(self, entry: CameraEntry) -> bool:
        """Whether what is being judged can go on under another description of the camera."""
        mine, other = ((one.site, one.zones_version, one.is_asleep) for one in (self.entry, entry))
        return mine == other

    def condition(self, place: Place | None) -> Condition:
        """How it is now; `place` is where its pictures wait."""
        link, report = worst_of(self.reader.streams)
        main = self.reader.streams.get(Stream.MAIN)
        now, last = self._clock.monotonic(), self._last
        lately = [at for at in self._judged if now - at <= _LATELY]
        online = link is Link.ONLINE
        return Condition(
            camera_id=self.entry.id,
            link=link,
            why=report.text if report else None,
            retry_in=report.retry_in if report else None,
            blind=self._blind if online else (),
            lag=self._lag if online else None,
            rate=round(len(lately) / _LATELY, 1),
            wanted_rate=self.rate,
            analysed=self._before[0] + self._judge.analysed,
            inferred=self._before[1] + self._judge.inferred,
            skipped=self.reader.skipped,
            displaced=place.displaced if place else 0,
            thinned=place.thinned if place else 0,
            lost=main.lost if main else 0,
            undecodable=sum(each.undecodable for each in self.reader.streams.values()),
            killed=self.reader.killed,
            died=self.reader.died,
            events=len(self._events),
            codec=main.codec if main else None,
            size=main.size if main else None,
            media_time=last.media_time if last else None,
            captured_at=last.captured_at.astimezone(UTC) if last and last.captured_at else None,
        )

    def close(self) -> None:
        """End the reader; may be called twice."""
        self.reader.close()

    def _tell_blind(self, blind: tuple[Blind, ...]) -> None:
        if blind != self._blind:
            if blind:
                _log.warning("camera blind", camera=self.entry.id, why=[str(why) for why in blind])
            else:
                _log.info("camera sees again", camera=self.entry.id)
            self._blind = blind

    def _found(self, events: list[Event], model: tuple[str, str]) -> list[Found]:
        source = self._source(model) if events else None
        if source is None:
            return []
        self._events.update(event.id for event in events)
        return [Found(event, source) for event in events]

    def _source(self, model: tuple[str, str]) -> Source | None:
        """Of what was seen just now; None before the first picture."""
        if self._last is None or self._last.captured_at is None:
            return None
        main = self.reader.streams.get(Stream.MAIN)
        begins = self._last.captured_at - timedelta(seconds=self._last.media_time)
        return Source(
            camera_id=self.entry.id,
            captured_from=_whole_ms(begins),
            codec=main.codec if main else None,
            size=main.size if main else None,
            fps=1 / main.interval if main and main.interval else None,
            config_sha256=self._config_sha256,
            model_name=model[0],
            model_sha256=model[1],
            zones_version=self.entry.zones_version,
        )


def _whole_ms(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)
