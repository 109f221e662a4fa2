"""One file of footage through the steps, as fast as the machine allows.

Three things happen at once, each on its own thread: the source decodes ahead, the detector looks at
frame k+1, and the pipeline judges frame k here. The order of the calls is fixed, so the same
footage gives the same events whatever the machine's load.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from litterwatch.detector.errors import SourceError
from litterwatch.detector.protocols import FrameSource, ObjectDetector
from litterwatch.detector.types import Detections, Event, EventState, Frame, PassedOver


class Judge(Protocol):
    """What `litterwatch.detector.pipeline.CameraPipeline` does for one camera (steps 2, 4-6)."""

    @property
    def tally(self) -> Mapping[str, int]: ...

    @property
    def analysed(self) -> int: ...

    @property
    def inferred(self) -> int: ...

    def wants_detection(self, frame: Frame) -> bool: ...

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]: ...

    def finish(self) -> list[Event]: ...

    def passed_over(self) -> list[PassedOver]: ...


class StopRequested(Exception):
    """Somebody asked to stop: the file at hand is left unfinished, the ones before are whole."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of one file.

    Attributes:
        events: the last word on every event that stands, by time of release.
        tally: what was not an event, by reason code.
        analysed, inferred: frames judged, and frames the detector looked at.
        seconds: media time of the last frame.
        broken_off: why the footage ended early, None where it was read to its end.
        passed: what was looked at and became no event, and who stayed a while.
    """

    events: tuple[Event, ...]
    tally: Mapping[str, int]
    analysed: int
    inferred: int
    seconds: float
    broken_off: SourceError | None = None
    passed: tuple[PassedOver, ...] = ()


@dataclass(slots=True)
class Hooks:
    """What the caller wants to hear while a file is watched.

    Attributes:
        progress: called with the media time of each judged frame, s.
        is_stopping: asked before each frame; true ends the watch with `StopRequested`.
    """

    progress: Callable[[float], None] = lambda _: None
    is_stopping: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A frame whose detections are still being computed (None: the gate let it pass)."""

    frame: Frame
    looking: Future[list[Detections]] | None

    def detections(self) -> Detections | None:
        return self.looking.result()[0] if self.looking is not None else None


@dataclass(slots=True)
class Watch:
    """Runs one source through one judge.

    Args:
        source: gives the frames to analyse; closed at the end.
        judge: fresh, for this source alone.
        detector: shared between files; used from one thread only.
        infer_every_frame: ignore the gate (for measurements).
        hooks: what the caller wants to hear.
    """

    source: FrameSource
    judge: Judge
    detector: ObjectDetector
    infer_every_frame: bool = False
    hooks: Hooks = field(default_factory=Hooks)
    _events: dict[str, Event] = field(default_factory=dict, init=False)
    _seconds: float = field(default=0.0, init=False)
    _passed: list[PassedOver] = field(default_factory=list, init=False)

    def run(self) -> Watched:
        """To the end of the footage.

        Raises:
            SourceError: not one frame could be had.
            ModelError: the detector failed.
            StopRequested: the caller asked to stop.
        """
        broken_off: SourceError | None = None
        try:
            with ThreadPoolExecutor(1, "detect") as executor:
                self._watch(executor)
        except SourceError as error:
            if not self.judge.analysed:
                raise
            broken_off = error
        finally:
            self.source.close()
        self._note(self.judge.finish())
        return self._result(broken_off)

    def _watch(self, executor: ThreadPoolExecutor) -> None:
        ahead: _Ahead | None = None
        try:
            for frame in self.source.frames():  # 1 read
                if self.hooks.is_stopping():
                    raise StopRequested
                wanted = self.judge.wants_detection(frame)  # 2 gate
                ahead, behind = self._look(executor, frame, wanted=wanted), ahead  # 3 detect
                if behind is not None:
                    self._judge(behind)  # 4 track, 5 judge, 6 merge
        except SourceError:
            if ahead is not None:
                self._judge(ahead)
            raise
        if ahead is not None:
            self._judge(ahead)

    def _look(self, executor: ThreadPoolExecutor, frame: Frame, *, wanted: bool) -> _Ahead:
        if not wanted and not self.infer_every_frame:
            return _Ahead(frame, None)
        return _Ahead(frame, executor.submit(self.detector.detect, [frame.image]))

    def _judge(self, ahead: _Ahead) -> None:
        self._note(self.judge.advance(ahead.frame, ahead.detections()))
        self._seconds = ahead.frame.media_time
        self.hooks.progress(self._seconds)

    def _note(self, events: list[Event]) -> None:
        for event in events:
            self._events[event.id] = event
        self._passed += self.judge.passed_over()

    def _result(self, broken_off: SourceError | None) -> Watched:
        standing = (e for e in self._events.values() if e.state is not EventState.CANCELLED)
        return Watched(
            events=tuple(sorted(standing, key=lambda event: (event.t_release, event.id))),
            tally=dict(self.judge.tally),
            analysed=self.judge.analysed,
            inferred=self.judge.inferred,
            seconds=self._seconds,
            broken_off=broken_off,
            passed=tuple(self._passed),
        )
