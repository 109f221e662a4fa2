"""What the engine makes of a folder of films, by kind of scenario.

The films are watched as `litterwatch scan` watches footage (steps 1 to 6, no evidence is kept), and
scored as annotated clips are (service/evaluation/scoring.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Event
from litterwatch.service.evaluation.clips import Clip, Outcome, read_clips
from litterwatch.service.evaluation.predictions import guess_from
from litterwatch.service.evaluation.scoring import Score, match
from litterwatch.service.runtime.batch import Watch

Told = Callable[[int, int, str], None]
"""Called with the number of clips done, of all, and what came of the latest."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the engine made of one film.

    Attributes:
        clip: the film and what truly happened.
        events: what was found.
        score: how they match.
        tally: what was no event, by reason code.
    """

    clip: Clip
    events: tuple[Event, ...]
    score: Score
    tally: Mapping[str, int]

    @property
    def kind(self) -> str:
        """Of scenario."""
        return self.clip.kind

    @property
    def outcome(self) -> Outcome:
        """The same for the common measures."""
        guesses = tuple(guess_from(event) for event in self.events)
        return Outcome(self.clip, guesses, self.score, tally=self.tally)

    def delays(self, moment: Callable[[Event], float | None]) -> list[float]:
        """Seconds from the annotated release to that moment, of found deposits."""
        pairs = [(self.clip.truths[a], moment(self.events[b])) for a, b in self.score.pairs]
        return [at - truth.t_release for truth, at in pairs if at is not None]


def evaluate(
    folder: Path, detector: ObjectDetector, rate: float, told: Told | None = None
) -> list[Seen]:
    """Watch every film of a folder.

    Args:
        folder: of `litterwatch synth suite`.
        detector: the neural network.
        rate: pictures analysed a second.
        told: how far it is.

    Raises:
        ConfigError: no films lie there.
        SourceError: a film cannot be read.
        ModelError: the detector failed.
    """
    seen: list[Seen] = []
    clips = read_clips(folder)
    for clip in clips:
        source = RecordedSource(folder / clip.name, camera_id=clip.name, rate=rate)
        watched = Watch(source, CameraPipeline(), detector).run()
        score = match(clip.truths, [guess_from(event) for event in watched.events])
        seen.append(Seen(clip, watched.events, score, watched.tally))
        if told is not None:
            told(len(seen), len(clips), _line(seen[-1]))
    return seen


def _line(seen: Seen) -> str:
    score = seen.score
    found, due = len(score.pairs), len(seen.clip.truths)
    return f"{seen.clip.name}: {found} of {due} found, {len(score.false)} false"


def as_object(seen: Seen) -> dict[str, Any]:
    """For a line of JSON: what is needed to look into a failure."""
    return {
        "clip": seen.clip.name,
        "kind": seen.kind,
        "expected": [
            {"t_release": truth.t_release, "box": None if truth.box is None else list(truth.box)}
            for truth in seen.clip.truths
        ],
        "missed": list(seen.score.missed),
        "false": list(seen.score.false),
        "events": [
            {
                "kind": str(event.kind), "state": str(event.state), "score": round(event.score, 3),
                "t_release": event.t_release, "t_provisional": event.t_provisional,
                "t_confirmed": event.t_confirmed, "box": [round(v, 1) for v in event.box],
                "reasons": [str(reason.code) for reason in event.reasons],
                "features": {name: round(v, 3) for name, v in event.features.items()},
            }
            for event in seen.events
        ],
        "tally": dict(seen.tally),
    }  # fmt: skip
