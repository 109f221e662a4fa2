"""Files of one camera, one after the other: what is known goes over from each to the next.

A recorder cuts its footage into files of an hour. Where nothing is going on at the cut, the next
file goes on as if there had been none. Where something is, the file ends as any file ends, what was
let go by then is given, and the next one begins with what outlives a pause.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from litterwatch.detector.deposits.engine import DepositEngine
from litterwatch.detector.geometry import covered_share
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.types import Detections, Event, Frame, PassedOver, Reason
from litterwatch.service.canonical import sha256_of
from litterwatch.service.remembering.memory import PipelineMemory
from litterwatch.service.runtime.batch import Judge

_CLAIMED: Final = 0.6
"""Share of a region under what is known from which it is no news."""


@dataclass(slots=True)
class Continued:
    """A judge of one file, whose pipeline knows the files before.

    Args:
        pipeline: fresh, or of the files before.
        offset: seconds of media time that the pipeline has seen before this file.
    """

    pipeline: CameraPipeline
    offset: float = 0.0
    last: float = 0.0
    _tally: Counter[str] = field(init=False)
    _counted: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._tally = Counter(self.pipeline.tally)
        self._counted = self.pipeline.analysed, self.pipeline.inferred

    @property
    def tally(self) -> Mapping[str, int]:
        """Of this file alone."""
        return dict(sorted((Counter(self.pipeline.tally) - self._tally).items()))

    @property
    def analysed(self) -> int:
        return self.pipeline.analysed - self._counted[0]

    @property
    def inferred(self) -> int:
        return self.pipeline.inferred - self._counted[1]

    def wants_detection(self, frame: Frame) -> bool:
        return self.pipeline.wants_detection(self._later(frame))

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        self.last = frame.media_time
        return self._earlier(self.pipeline.advance(self._later(frame), detections))

    def finish(self) -> list[Event]:
        """What the file ends with; nothing where nothing is going on."""
        return [] if self.is_quiet else self._earlier(self.pipeline.finish())

    def passed_over(self) -> list[PassedOver]:
        passed = self.pipeline.passed_over()
        return [replace(each, media_time=each.media_time - self.offset) for each in passed]

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is open and nobody is in view, so that the file may end anywhere."""
        return is_quiet(self.pipeline.engine)

    def _later(self, frame: Frame) -> Frame:
        return replace(frame, media_time=frame.media_time + self.offset)

    def _earlier(self, events: list[Event]) -> list[Event]:
        return [shifted(event, -self.offset) for event in events]


def is_quiet(engine: DepositEngine) -> bool:
    """Whether the end of footage would bring nothing to light: no open case, nobody, no news."""
    look = engine.last_look
    if engine.busy or look is None or look.actors or look.view.inhibited:
        return False
    known = [case.box for case in engine.cases]
    known += [case.box for case, _ in engine.docket.refused]
    return all(
        any(covered_share(blob.box, box) >= _CLAIMED for box in known) for blob in look.view.blobs
    )


def shifted(event: Event, seconds: float) -> Event:
    """The same event with all its times moved; its id stays."""
    if not seconds:
        return event

    def at(moment: float | None) -> float | None:
        return None if moment is None else moment + seconds

    return replace(
        event,
        t_enter=at(event.t_enter),
        t_release=event.t_release + seconds,
        t_provisional=event.t_provisional + seconds,
        t_confirmed=at(event.t_confirmed),
        t_actor_left=at(event.t_actor_left),
        reasons=tuple(
            Reason(reason.code, reason.media_time + seconds, reason.detail)
            for reason in event.reasons
        ),
    )


class Order(Protocol):
    """What one file of a scan has to do with the next."""

    def arrive(self, place: Path) -> None:
        """The next file lies in that folder of footage."""
        ...

    def config_of(self, config: str) -> str:
        """Digest of what the next file's events depend on, the file before it included."""
        ...

    def judge(self, fresh: Judge, config: str) -> Judge:
        """Who judges the next file."""
        ...

    def keep(self, footage_id: str, judge: Judge, config: str) -> None:
        """Keep what is known at the end of a file, before it counts as done."""
        ...

    def done(self, footage_id: str) -> None:
        """A file is done, now or in an earlier run: the next goes on from it."""
        ...

    def broken(self) -> None:
        """A file could not be read to its end: the next one begins anew."""
        ...


class Apart:
    """Files that have nothing to do with each other."""

    def arrive(self, place: Path) -> None: ...

    def config_of(self, config: str) -> str:
        return config

    def judge(self, fresh: Judge, config: str) -> Judge:
        return fresh

    def keep(self, footage_id: str, judge: Judge, config: str) -> None: ...

    def done(self, footage_id: str) -> None: ...

    def broken(self) -> None: ...


@dataclass(slots=True)
class Chain:
    """The files of a folder are one camera's, in the order of their names.

    Args:
        folder: where what is known is kept between two files.
        step: seconds from the last picture of a file to the first of the next.
        before: the file before, once it is done; None at a beginning.
    """

    folder: Path
    step: float
    before: str | None = None
    _place: Path | None = None

    def arrive(self, place: Path) -> None:
        """The next file lies in that folder of footage; another folder is another camera."""
        if place != self._place:
            self._place, self.before = place, None

    def config_of(self, config: str) -> str:
        return config if self.before is None else sha256_of([config, self.before])

    def judge(self, fresh: Judge, config: str) -> Judge:
        if not isinstance(fresh, CameraPipeline):
            return fresh
        memory = None if self.before is None else self._memory(self.before)
        ended = None if memory is None else memory.ended()
        if memory is None or ended is None:
            return Continued(fresh)
        begins = ended + self.step
        return Continued(memory.resumed(fresh, begins, config), begins)

    def keep(self, footage_id: str, judge: Judge, config: str) -> None:
        if isinstance(judge, Continued):
            at = judge.offset + judge.last
            self._memory(footage_id).keep(judge.pipeline, at, config, whole=judge.is_quiet)

    def done(self, footage_id: str) -> None:
        if self.before is not None and self.before != footage_id:
            self._memory(self.before).path.unlink(missing_ok=True)
        self.before = footage_id

    def broken(self) -> None:
        self.before = None

    def _memory(self, footage_id: str) -> PipelineMemory:
        return PipelineMemory(self.folder / f"{footage_id}.memory")
