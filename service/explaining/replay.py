"""The engine over the footage of an event once more, with everything it thought written down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.deposits.inspecting import Insight, insights
from litterwatch.detector.geometry import Box, iou
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Event, Frame
from litterwatch.service.canonical import plain
from litterwatch.service.events.tables import EventRow
from litterwatch.service.evidence.manifest import event_fields
from litterwatch.service.runtime.batch import Hooks, Judge, Watch
from litterwatch.service.runtime.passing_on import PassingOn

_SAME_TIME = 2.0
"""Seconds between releases within which an event in the clip is taken for the one sought."""


class Basis(StrEnum):
    """What the engine was shown again."""

    FOOTAGE = "footage"
    """All of it, with the same settings: the events must be the same to the last digit."""
    CLIP = "clip"
    """The evidence clip, by an engine that knows nothing of before: an indication."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the engine thought of the event's case after one frame."""

    media_time: float
    insight: Insight


@dataclass(slots=True)
class Tracing(PassingOn):
    """A judge that passes everything on and writes down what the engine thinks of each case.

    Args:
        pipeline: fresh.
    """

    moments: dict[int, list[Moment]] = field(default_factory=dict)
    last: float = 0.0

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        events = self.pipeline.advance(frame, detections)
        self.last = frame.media_time
        self._write_down()
        return events

    def finish(self) -> list[Event]:
        events = self.pipeline.finish()
        self._write_down()
        return events

    def _write_down(self) -> None:
        for insight in insights(self.pipeline.engine):
            self.moments.setdefault(insight.ordinal, []).append(Moment(self.last, insight))

    def of(self, event_id: str) -> list[Moment]:
        """What was thought of the case that became this event."""
        for moments in self.moments.values():
            if any(moment.insight.event_id == event_id for moment in moments):
                return moments
        return []


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of watching again.

    Attributes:
        basis: what was watched.
        event: the one that answers to the event, None where none does.
        differs: names of recorded fields that are not the same; empty where all are.
        moments: what the engine thought of it, frame by frame.
        begins: media time, s, of the first picture shown.
    """

    basis: Basis
    event: Event | None
    differs: tuple[str, ...]
    moments: tuple[Moment, ...]
    begins: float = 0.0

    @property
    def is_same(self) -> bool:
        """Whether the event came out the same to the last recorded digit."""
        return self.event is not None and not self.differs


@dataclass(frozen=True, slots=True)
class Again:
    """How to watch again.

    Attributes:
        source: opens what is shown.
        pipeline: fresh.
        detector: the one that looked before.
        infer_every_frame: as then.
    """

    source: RecordedSource
    pipeline: CameraPipeline
    detector: ObjectDetector
    infer_every_frame: bool = False
    progress: Callable[[float], None] = lambda _: None


def replay_footage(again: Again, row: EventRow) -> Replay:
    """Watch all of the footage; compare every field that was recorded.

    Raises:
        SourceError: it cannot be read.
        ModelError: the detector failed.
    """
    events, tracing = _watched(again)
    event = next((each for each in events if each.id == row.machine_id), None)
    if event is None:
        return Replay(Basis.FOOTAGE, None, ("machine_id",), ())
    return Replay(Basis.FOOTAGE, event, differing(event, row), tuple(tracing.of(event.id)))


def replay_clip(again: Again, row: EventRow, begins: float) -> Replay:
    """Watch the evidence clip; an event at the same time and place answers.

    Args:
        again: shows the clip.
        row: the event as recorded.
        begins: media time of the clip's first picture, s.
    """
    events, tracing = _watched(again)
    box = _box_of(row)
    near = [
        event
        for event in events
        if abs(event.t_release + begins - row.t_release) <= _SAME_TIME and iou(event.box, box) > 0
    ]
    event = max(near, key=lambda each: iou(each.box, box), default=None)
    if event is None:
        return Replay(Basis.CLIP, None, ("machine_id",), (), begins)
    same = {"kind", "state", "zone", "actor_label"}
    differs = tuple(name for name in differing(event, row) if name in same)
    return Replay(Basis.CLIP, event, differs, tuple(tracing.of(event.id)), begins)


def _watched(again: Again) -> tuple[tuple[Event, ...], Tracing]:
    tracing = Tracing(again.pipeline)
    judge: Judge = tracing
    hooks = Hooks(progress=again.progress)
    watch = Watch(again.source, judge, again.detector, again.infer_every_frame, hooks=hooks)
    return watch.run().events, tracing


def differing(event: Event, row: EventRow) -> tuple[str, ...]:
    """Names of the recorded fields in which an event is not as its row says."""
    fields = {name: plain(value) for name, value in event_fields(event).items()}
    del fields["camera_id"]
    return tuple(name for name, value in fields.items() if not _is_same(getattr(row, name), value))


def _is_same(recorded: Any, value: Any) -> bool:
    return bool(plain(recorded) == value)


def _box_of(row: EventRow) -> Box:
    x, y, width, height = (float(str(value)) for value in row.box)
    return Box(x, y, x + width, y + height)
