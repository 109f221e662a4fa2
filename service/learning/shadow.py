"""The shadow run: a candidate judges the same pictures as the model in use, and only records.

Nothing of what it finds reaches a person or the evidence store, and no fault of it stops the watch.
It looks at the pictures that the model in use looks at; its own tracks, hypotheses and events
follow.

    candidates/<name>/shadow/<camera>.jsonl     what each found, and how long both watched
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.errors import ConfigError, ModelError
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Event, EventState, Frame, Site
from litterwatch.labelling.intervals import poisson
from litterwatch.service.evaluation.scoring import Guess, Truth, match

FOLDER: Final = "shadow"
_EVERY: Final = 60.0
"""Seconds of footage after which it is noted how long both have watched."""

_log = structlog.get_logger(__name__)


class ShadowedPipeline(CameraPipeline):
    """The pipeline of the model in use, with a candidate's beside it.

    Args:
        site: zones and height hints, for both.
        learned: what verdicts taught, for both.
        candidate: the other detector.
        record: the file of this camera.
    """

    def __init__(
        self, site: Site, learned: Learned, candidate: ObjectDetector, record: "ShadowRecord"
    ) -> None:
        super().__init__(site, learned=learned)
        self._candidate: ObjectDetector | None = candidate
        self._other = CameraPipeline(site, learned=learned)
        self._record = record

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        """As that of the model in use; the candidate's events go into its file."""
        events = super().advance(frame, detections)
        if self._candidate is not None:
            try:
                seen = None if detections is None else self._candidate.detect([frame.image])[0]
                self._record.watched(frame.media_time)
                self._record.note("active", events)
                self._record.note("candidate", self._other.advance(frame, seen))
            except (ModelError, OSError) as error:
                self._give_up(error)
        return events

    def finish(self) -> list[Event]:
        """End of footage, for both."""
        events = super().finish()
        if self._candidate is not None:
            try:
                self._record.note("active", events)
                self._record.note("candidate", self._other.finish())
                self._record.close()
            except OSError as error:
                self._give_up(error)
        return events

    def _give_up(self, error: Exception) -> None:
        _log.error("the shadow run ends; the watch goes on", why=str(error))
        self._candidate = None


class ShadowRecord:
    """The file of one camera, only appended.

    Args:
        candidate: folder of the candidate.
        camera: name of the camera or file.
        model_sha256: of the candidate's weights.
    """

    def __init__(self, candidate: Path, camera: str, model_sha256: str) -> None:
        name = hashlib.sha256(camera.encode()).hexdigest()[:16]
        self._file = candidate / FOLDER / f"{name}.jsonl"
        self._about = {"camera": camera, "model": model_sha256}
        self._since: float | None = None
        self._last: float | None = None

    def watched(self, media_time: float) -> None:
        """Note now and then how far the footage went.

        Raises:
            OSError: the file cannot be written.
        """
        if self._since is None:
            self._since = media_time
        self._last = media_time
        if media_time - self._since >= _EVERY:
            self.close()
            self._since = media_time

    def note(self, who: str, events: Sequence[Event]) -> None:
        """What one of them found, or said anew of what it found.

        Raises:
            OSError: the file cannot be written.
        """
        for event in events:
            self._write(
                {
                    "who": who,
                    "id": event.id,
                    "state": str(event.state),
                    "score": event.score,
                    "t_release": event.t_release,
                    "box": [round(value, 1) for value in event.box],
                }
            )

    def close(self) -> None:
        """Note what was watched since last time.

        Raises:
            OSError: the file cannot be written.
        """
        if self._since is not None and self._last is not None and self._last > self._since:
            self._write({"who": "both", "seconds": round(self._last - self._since, 3)})
            self._since = None

    def _write(self, said: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**self._about, **said}, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class ShadowCount:
    """What came of a shadow run at one camera.

    Attributes:
        camera: name of the camera or file.
        hours: both watched.
        both: events that both gave.
        only_active, only_candidate: events that one of them gave.
    """

    camera: str
    hours: float
    both: int
    only_active: int
    only_candidate: int


@dataclass(slots=True)
class _Heard:
    seconds: float = 0.0
    events: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"active": {}, "candidate": {}}
    )


def shadow_counts(candidate: Path) -> list[ShadowCount]:
    """What the files of a shadow run come to, by camera.

    Raises:
        ConfigError: a file cannot be understood.
    """
    heard: dict[str, _Heard] = {}
    for file in sorted((candidate / FOLDER).glob("*.jsonl")):
        for said in _lines(file):
            camera = heard.setdefault(said["camera"], _Heard())
            if said["who"] == "both":
                camera.seconds += float(said["seconds"])
            else:
                camera.events[said["who"]][said["id"]] = said
    return [_count(camera, each) for camera, each in sorted(heard.items())]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            said: dict[str, Any] = json.loads(line)
            _ = said["camera"], said["who"]
            yield said
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file} is no record of a shadow run ({error}): remove it.") from error


def _count(camera: str, heard: _Heard) -> ShadowCount:
    standing = {
        who: [said for said in events.values() if said["state"] != EventState.CANCELLED]
        for who, events in heard.events.items()
    }
    ours = [Truth(each["t_release"], Box(*each["box"])) for each in standing["active"]]
    theirs = [Guess(each["t_release"], Box(*each["box"])) for each in standing["candidate"]]
    # Matching looks at sets of events, so it is done in stretches of a few.
    score = match(ours, theirs) if len(ours) * len(theirs) <= _MATCHED_AT_ONCE else None
    pairs = len(score.pairs) if score is not None else _in_order(ours, theirs)
    hours = heard.seconds / 3600
    return ShadowCount(camera, hours, pairs, len(ours) - pairs, len(theirs) - pairs)


_MATCHED_AT_ONCE: Final = 100


def _in_order(ours: Sequence[Truth], theirs: Sequence[Guess]) -> int:
    """Pairs of many events, each with the nearest in time that is left."""
    free = sorted(theirs, key=lambda each: each.t_release)
    pairs = 0
    for truth in sorted(ours, key=lambda each: each.t_release):
        fitting = [each for each in free if match([truth], [each]).pairs]
        if fitting:
            free.remove(min(fitting, key=lambda each: abs(each.t_release - truth.t_release)))
            pairs += 1
    return pairs


def shadow_sentence(counts: Sequence[ShadowCount]) -> str:
    """What a shadow run came to, in one sentence with its interval."""
    hours = sum(each.hours for each in counts)
    more, less = sum(e.only_candidate for e in counts), sum(e.only_active for e in counts)
    both = sum(each.both for each in counts)
    if hours <= 0:
        return "No shadow run yet."
    low, high = (bound / hours for bound in poisson(more))
    return (
        f"In {hours:.2f} h of {len(counts)} cameras both gave {both} events, the model in use alone"
        f" {less}, the candidate alone {more} ({more / hours:.2f} an hour; 95 %: {low:.2f} to"
        f" {high:.2f})."
    )
