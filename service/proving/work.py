"""Shows films to the engine, one after the other, and keeps what came of each.

It is hours of work that can be stopped at any time and goes on where it was.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.deposits.parameters import Ablation, DepositParameters
from litterwatch.detector.geometry import Box
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import Clock, FrameSource, ObjectDetector
from litterwatch.detector.types import Detections, Event, EventState, Frame, Image
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.evaluation.clips import Clip, Ignored, Outcome
from litterwatch.service.evaluation.predictions import guess_from
from litterwatch.service.evaluation.scoring import Guess, match
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.window import clip_window
from litterwatch.service.outputs import make_folder, write_whole
from litterwatch.service.proving.eyes import RememberingDetector
from litterwatch.service.proving.films import Film
from litterwatch.service.proving.sources import LoopedSource, LossySource
from litterwatch.service.runtime.batch import Watch
from litterwatch.service.runtime.passing_on import PassingOn
from litterwatch.service.settings import EvidenceSettings
from litterwatch.service.synth.footage import SynthClip, render
from litterwatch.service.synth.scenario_file import scenario_text

_SEED: Final = 5
_JOINS: Final = "joins"
"""What is kept of a looped film besides: results without are made anew."""
_ROUND_A_JOIN: Final = (1.0, 5.0)
"""Seconds before and after a join of a looped film in which a release counts neither way."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of one film under one setting of the engine.

    Attributes:
        film: which.
        outcome: matched with the truth.
        sha256: of the file that was shown.
    """

    film: Film
    outcome: Outcome
    sha256: str


@dataclass(slots=True)
class Workshop:
    """Makes and shows films.

    Args:
        folder: for drawn films, what the detector saw, and results.
        detector: looks.
        photo: the sample photograph, asked for when a film must be drawn.
        rate: pictures analysed a second.
        engine: digest of the engine and its parameters.
        clock: the host's.
        until: monotonic time after which nothing more is begun.
    """

    folder: Path
    detector: ObjectDetector
    photo: Callable[[], Image]
    rate: float
    engine: str
    clock: Clock
    until: float = float("inf")
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)

    @property
    def films(self) -> Path:
        """Where drawn films lie."""
        return self.folder / "films"

    def show(self, film: Film, without: tuple[Ablation, ...] = ()) -> Shown | None:
        """What came of a film: from an earlier run if nothing has changed; None when time is up.

        Raises:
            SourceError: the film cannot be read.
            ModelError: the detector failed.
            EvidenceDiskFull, EvidenceError: something cannot be written.
        """
        if self.clock.monotonic() >= self.until and not self._is_made(film):
            return None
        self._make(film)
        sha256 = sha256_of_file(film.source)
        parts: list[JsonValue] = [self.engine, self.detector.sha256, self.rate, sha256]
        parts += [film.loop, film.dropped, [str(part) for part in without]]
        parts += [_JOINS] if film.loop else []
        stamp = sha256_of(parts)
        path = self._result(film, without)
        known = _read(path, stamp)
        if known is None:
            if self.clock.monotonic() >= self.until:
                return None
            known = self._watch(film, sha256, without) | {"stamp": stamp}
            make_folder(path.parent)
            write_whole(path, json.dumps(known) + "\n")
        return Shown(film, _outcome(film, known), sha256)

    def _result(self, film: Film, without: tuple[Ablation, ...]) -> Path:
        variant = "-".join(("without", *without)) if without else "whole"
        return self.folder / "results" / film.part / variant / f"{film.name}.json"

    def _is_made(self, film: Film) -> bool:
        if film.scenario is None:
            return True
        clip = SynthClip.named(self.films, film.scenario.name)
        text = scenario_text(film.scenario)
        return clip.is_whole and clip.scenario.read_text(encoding="utf-8") == text

    def _make(self, film: Film) -> None:
        if film.scenario is not None and not self._is_made(film):
            SynthClip.named(self.films, film.scenario.name).truth.unlink(missing_ok=True)
            render(film.scenario, self.photo(), self.films)

    def _watch(self, film: Film, sha256: str, without: tuple[Ablation, ...]) -> dict[str, Any]:
        seen = self.folder / "seen" / self.detector.sha256[:16] / f"{sha256[:16]}-{film.loop:g}.npz"
        eyes = RememberingDetector(self.detector, seen)
        judge = Hearing(CameraPipeline(parameters=DepositParameters(without=without)))
        began = self.clock.monotonic()
        source = self._open(film)
        watched = Watch(source, judge, eyes).run()
        eyes.keep()
        seconds = film.loop or watched.seconds
        return {
            "events": [asdict(self._guess(event, seconds)) for event in watched.events],
            "withdrawn": judge.withdrawn,
            "tally": dict(watched.tally),
            "analysed": watched.analysed,
            "inferred": watched.inferred,
            "seconds": watched.seconds,
            _JOINS: source.joins if isinstance(source, LoopedSource) else [],
            "wall_seconds": round(self.clock.monotonic() - began, 2),
        }

    def _open(self, film: Film) -> FrameSource:
        if film.loop:
            return LoopedSource(
                film.source, camera_id=film.name, seconds=film.loop, rate=self.rate, seed=_SEED
            )
        source = RecordedSource(film.source, camera_id=film.name, rate=self.rate)
        return LossySource(source, share=film.dropped, seed=_SEED) if film.dropped else source

    def _guess(self, event: Event, seconds: float) -> Guess:
        """With the span of the clip that would be asked for; it begins at a key frame before."""
        window = clip_window(event, self.evidence)
        return guess_from(event, (max(0.0, window.start), min(window.end, seconds)))


@dataclass(slots=True)
class Hearing(PassingOn):
    """A judge that passes everything on and counts the alerts that are taken back."""

    _last: dict[str, EventState] = field(default_factory=dict)

    @property
    def withdrawn(self) -> int:
        return sum(state is EventState.CANCELLED for state in self._last.values())

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        return self._heard(self.pipeline.advance(frame, detections))

    def finish(self) -> list[Event]:
        return self._heard(self.pipeline.finish())

    def _heard(self, events: list[Event]) -> list[Event]:
        self._last.update({event.id: event.state for event in events})
        return events


def _read(path: Path, stamp: str) -> dict[str, Any] | None:
    """What an earlier run left, if it was of the very same film and engine."""
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known if known.get("stamp") == stamp else None


def _outcome(film: Film, known: Mapping[str, Any]) -> Outcome:
    clip = _without_joins(film.clip(), known.get(_JOINS, ()))
    said = [guess_again(said) for said in known["events"]]
    guesses = tuple(g for g in said if not any(part.holds(g) for part in clip.ignored))
    score = match(clip.truths, guesses)
    return Outcome(clip, guesses, score, "", int(known["withdrawn"]), dict(known["tally"]))


def _without_joins(clip: Clip, joins: Sequence[float]) -> Clip:
    """What jumps where a film begins again is no camera's doing: these seconds do not count."""
    before, after = _ROUND_A_JOIN
    ignored = tuple(Ignored(join - before, join + after) for join in joins)
    seconds = clip.seconds - (before + after) * len(joins)
    return replace(clip, ignored=(*clip.ignored, *ignored), seconds=max(0.0, seconds))


def guess_again(said: Mapping[str, Any]) -> Guess:
    """A guess from what `asdict` made of it."""
    boxes = {name: Box(*said[name]) if said[name] else None for name in ("box", "actor_box")}
    clip = None if said["clip"] is None else (said["clip"][0], said["clip"][1])
    return Guess(**{**said, **boxes, "clip": clip})
