"""Films of generated cameras, and what people would say of every alarm in them.

Each camera has a street of its own, watched on several days (service/synth/daily.py). Every film is
filmed, watched with thresholds so low that weak alarms are given as well, and forgotten; what was
seen stays as one file of JSON, so that the work goes on where it was stopped. The truth is known by
construction: an alarm that matches it is confirmed, any other is refused.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.deposits.descriptor import described
from litterwatch.detector.deposits.learned import Learned
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.errors import ConfigError
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Event, Frame, Image
from litterwatch.labelling.judged import Verdict
from litterwatch.service.evaluation.clips import read_clips
from litterwatch.service.evaluation.scoring import Guess, match
from litterwatch.service.runtime.batch import Watch
from litterwatch.service.runtime.passing_on import PassingOn
from litterwatch.service.synth.daily import camera_day
from litterwatch.service.synth.footage import render
from litterwatch.service.synth.scenario import Scenario

FIRST_SEED: Final = 8001
"""Of the first camera; the engine was developed on lower ones, and so was the map."""

WEAK: Final = 0.05
"""Score from which an alarm is written down; the engine's own thresholds are far above."""

BEGIN: Final = datetime(2026, 1, 5, 1, tzinfo=UTC)

Told = Callable[[int, int, str], None]
"""Called with the number of films done, of all, and what came of the latest."""


@dataclass(frozen=True, slots=True)
class Film:
    """One day of one camera."""

    camera: int
    day: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"camera{self.camera:03d}-day{self.day:03d}"

    def scenario(self) -> Scenario:
        """What to film."""
        return camera_day(FIRST_SEED + self.camera, self.day)


def films(cameras: int, days: int) -> Iterator[Film]:
    """All films, day by day over all cameras."""
    for day in range(days):
        for camera in range(cameras):
            yield Film(camera, day)


def watch(
    film: Film,
    photo: Image,
    detector: ObjectDetector,
    *,
    rate: float,
    parameters: DepositParameters | None = None,
    learned: Learned | None = None,
) -> dict[str, Any]:
    """Film, watch and match one film.

    Args:
        film: which.
        photo: the sample photograph.
        detector: the neural network.
        rate: pictures analysed a second.
        parameters: thresholds; weak alarms are given by default.
        learned: what verdicts taught so far.
    """
    weak = DepositParameters(provisional=WEAK, sure=WEAK)
    scenario = film.scenario()
    with tempfile.TemporaryDirectory() as place:
        clip = render(scenario, photo, Path(place), with_boxes=False)
        (truth,) = read_clips(Path(place))
        source = RecordedSource(clip.video, camera_id=film.name, rate=rate)
        judge = Noting(CameraPipeline(parameters=parameters or weak, learned=learned))
        watched = Watch(source, judge, detector).run()
    guesses = [Guess(e.t_release, e.box) for e in watched.events]
    score = match(truth.truths, guesses)
    right = {index for _, index in score.pairs}
    size = (scenario.camera.width, scenario.camera.height)
    return {
        "film": film.name,
        "seconds": truth.seconds,
        "due": len(truth.truths),
        "found": len(score.pairs),
        "model": detector.sha256,
        "alarms": [
            _alarm(event, size, is_true=index in right) | judge.looks_of(event.id)
            for index, event in enumerate(watched.events)
        ],
    }


@dataclass(slots=True)
class Noting(PassingOn):
    """A judge that notes what the thing of each event looks like, early and late.

    An engine that knows looks must ask when it first gives the event; people judge a still that was
    taken later. Both are noted, so that what teaches and what is asked are not the same picture.
    """

    _first: dict[str, list[float]] = field(default_factory=dict)
    _last: dict[str, list[float]] = field(default_factory=dict)

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        """As the pipeline."""
        events = self.pipeline.advance(frame, detections)
        for event in events:
            (width, height), (wide, tall) = frame.size, frame.source_size
            box = event.box.scaled(width / wide, height / tall)
            looks = [round(float(value), 3) for value in described(frame.image, box)]
            self._first.setdefault(event.id, looks)
            self._last[event.id] = looks
        return events

    def looks_of(self, event_id: str) -> dict[str, list[float]]:
        """Both descriptions; empty for an event of the end of the footage."""
        if event_id not in self._first:
            return {}
        return {"looks": self._first[event_id], "looks_after": self._last[event_id]}


def _alarm(event: Event, size: tuple[int, int], *, is_true: bool) -> dict[str, Any]:
    x, y = event.box.foot
    return {
        "is_true": is_true,
        "score": event.score,
        "state": str(event.state),
        "kind": str(event.kind),
        "features": dict(event.features),
        "foot": [round(x / size[0], 4), round(y / size[1], 4)],
        "height": round(event.box.height / size[1], 4),
    }


def collect(
    folder: Path,
    wanted: list[Film],
    photo: Image,
    detector: ObjectDetector,
    *,
    rate: float,
    told: Told,
) -> list[dict[str, Any]]:
    """What is seen in every film; films that were watched before are only read."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = []
    for number, film in enumerate(wanted, start=1):
        file = folder / f"{film.name}.json"
        if not file.is_file():
            said = watch(film, photo, detector, rate=rate)
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(said), encoding="utf-8")
            partial.replace(file)
        seen.append(json.loads(file.read_text(encoding="utf-8")))
        told(number, len(wanted), _line(seen[-1]))
    return seen


def watched_before(folder: Path, wanted: list[Film]) -> list[dict[str, Any]]:
    """What was seen in the films that were watched already, up to the last whole day.

    Raises:
        ConfigError: there are none.
    """
    there = {film for film in wanted if (folder / f"{film.name}.json").is_file()}
    whole = {
        day
        for day in {film.day for film in wanted}
        if all(film in there for film in wanted if film.day == day)
    }
    found = [
        json.loads((folder / f"{film.name}.json").read_text(encoding="utf-8"))
        for film in wanted
        if film.day in whole
    ]
    if not found:
        raise ConfigError(f"{folder} holds no whole day of films: leave out --no-more.")
    return found


def _line(said: Mapping[str, Any]) -> str:
    wrong = sum(not alarm["is_true"] for alarm in said["alarms"])
    return f"{said['film']}: {said['found']} of {said['due']} found, {wrong} wrong"


def verdicts(seen: Mapping[str, Any]) -> list[Verdict]:
    """What people would say of every alarm of a film, of a still taken after the act."""
    return _judged(seen, "looks_after")


def asked(seen: Mapping[str, Any]) -> list[Verdict]:
    """The same alarms as the engine sees them when it must decide."""
    return _judged(seen, "looks")


def _judged(seen: Mapping[str, Any], looks: str) -> list[Verdict]:
    camera, day = str(seen["film"]).split("-day")
    return [
        Verdict(
            event_id=f"{seen['film']}-{index}",
            camera=camera,
            at=BEGIN + timedelta(days=int(day)),
            is_deposit=bool(alarm["is_true"]),
            score=float(alarm["score"]),
            features={name: float(value) for name, value in alarm["features"].items()},
            foot=(float(alarm["foot"][0]), float(alarm["foot"][1])),
            looks=np.array(alarm[looks], np.float32) if looks in alarm else None,
        )
        for index, alarm in enumerate(seen["alarms"])
    ]
