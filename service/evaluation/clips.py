"""Annotated clips: reading what truly happened, and comparing it with what was found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box, iou
from litterwatch.service.evaluation.predictions import Predictions, box_of, number_of
from litterwatch.service.evaluation.scoring import CENTRE, Guess, Rule, Score, Truth, match

NOTHING: Final = "nothing"
"""Kind of a clip in which nothing calls for an alarm."""
_HEIGHTS: Final = ((240, "up to 240 rows"), (480, "up to 480 rows"), (1 << 30, "above 480 rows"))


@dataclass(frozen=True, slots=True)
class Ignored:
    """Where and when events count neither way.

    Attributes:
        t_from, t_to: media times of a release, s.
        box: px of the full picture; None is all of it.
    """

    t_from: float
    t_to: float
    box: Box | None = None

    def holds(self, guess: Guess) -> bool:
        """Whether an event lies in it, by its release and the centre of its box."""
        if not self.t_from <= guess.t_release <= self.t_to:
            return False
        if self.box is None or guess.box is None:
            return self.box is None
        x, y = guess.box.centre
        return self.box.x1 <= x <= self.box.x2 and self.box.y1 <= y <= self.box.y2


@dataclass(frozen=True, slots=True)
class Clip:
    """An annotated clip.

    Attributes:
        name: file name.
        seconds: its length.
        is_fixed: whether the camera stands still.
        truths: the deposits that call for an alarm.
        kind: of scenario, or of its first deposit, or `NOTHING`.
        conditions: what else it is known by: kind of camera, drawn or filmed, size, weather.
        cluster: clips of one cluster are not independent: the camera if it is named, else the clip.
        ignored: where events count neither way.
    """

    name: str
    seconds: float
    is_fixed: bool
    truths: tuple[Truth, ...]
    kind: str = NOTHING
    conditions: tuple[str, ...] = ()
    cluster: str = ""
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made of a clip.

    Attributes:
        clip: the clip.
        guesses: the events found in it; withdrawn ones are left out.
        score: how they match; None where the clip was not read.
        why: why it was not read, else empty.
        withdrawn: alerts that were given and taken back.
        tally: what was no event, by reason code, where it is known.
    """

    clip: Clip
    guesses: tuple[Guess, ...]
    score: Score | None
    why: str = ""
    withdrawn: int = 0
    tally: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return self.score is not None

    @property
    def pairs(self) -> list[tuple[Truth, Guess]]:
        """What was found, with what it was found by."""
        score = self.score
        if score is None:
            return []
        return [(self.clip.truths[truth], self.guesses[guess]) for truth, guess in score.pairs]


def read_clips(folder: Path) -> list[Clip]:
    """Every annotated clip of a folder, by name: NAME.json beside NAME.mp4 or .avi.

    A NAME.boxes.jsonl of the generator beside it tells where whoever did it was. The path of one
    annotation reads that one.

    Raises:
        ConfigError: there is none, or an annotation cannot be read.
    """
    paths = [folder] if folder.is_file() else sorted(folder.glob("*.json"))
    clips = [_clip(path) for path in paths]
    if not clips:
        raise ConfigError(f"{folder}: no annotated clips (NAME.json beside NAME.mp4) are there.")
    return clips


def _clip(path: Path) -> Clip:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        ways = _ways(path.with_suffix(".boxes.jsonl"))
        due = [event for event in said["events"] if event["alarm_expected"]]
        truths = tuple(_truth(event, ways) for event in due)
        name = str(said["file"])
        return Clip(
            name=name,
            seconds=float(said["duration_s"]),
            is_fixed=bool(said["fixed_camera"]),
            truths=truths,
            kind=_kind(said, truths),
            conditions=_conditions(said),
            cluster=str(said.get("camera") or name),
            ignored=tuple(_ignored(part) for part in said.get("ignore", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: is not an annotation as CONTRIBUTING.md describes.") from error


def _truth(event: Mapping[str, Any], ways: Sequence[Mapping[str, Any]]) -> Truth:
    t_release, actor = float(event["t_release"]), str(event.get("actor") or "")
    seen = [line for line in ways if actor in line["boxes"]]
    near = min(seen, key=lambda line: abs(float(line["t"]) - t_release), default=None)
    t_enter = float(seen[0]["t"]) if seen else number_of(event.get("t_enter"))
    at_release = near["boxes"][actor] if near is not None else event.get("actor_bbox_xywh")
    return Truth(
        t_release,
        box_of(event["bbox_xywh_at_release"]),
        kind=str(event.get("kind", "")),
        t_start=number_of(event.get("t_start")),
        t_enter=t_enter,
        actor_box=box_of(at_release),
    )


def _ways(path: Path) -> list[dict[str, Any]]:
    """Where everybody is in every frame, as the generator wrote it; empty without that file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _kind(said: Mapping[str, Any], truths: Sequence[Truth]) -> str:
    scenario = said.get("scenario")
    if scenario:
        return str(scenario["kind"])
    return next((truth.kind for truth in truths if truth.kind), NOTHING)


def _conditions(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Words under which a clip is counted; a clip has several."""
    found = ["fixed camera" if said["fixed_camera"] else "moving camera"]
    found.append("drawn" if said.get("scenario") else "filmed")
    if said.get("height"):
        rows = min(int(said["width"]), int(said["height"]))
        found.append(next(word for most, word in _HEIGHTS if rows <= most))
    return (*found, *(str(word) for word in said.get("conditions", ())))


def _ignored(part: Mapping[str, Any]) -> Ignored:
    return Ignored(float(part["t_from"]), float(part["t_to"]), box_of(part.get("bbox_xywh")))


def compare(clips: Sequence[Clip], predictions: Predictions, rule: Rule = CENTRE) -> list[Outcome]:
    """Match what was found with the clips.

    Args:
        clips: what truly happened.
        predictions: what was found, by name of the source.
        rule: when an event may stand for a deposit.
    """
    outcomes = []
    for clip in clips:
        why = predictions.why_unread(clip.name)
        said = predictions.events_in(clip.name)
        guesses = tuple(g for g in said if not any(part.holds(g) for part in clip.ignored))
        score = None if why else match(clip.truths, guesses, rule)
        withdrawn = predictions.withdrawn.get(clip.name, 0)
        outcomes.append(
            Outcome(clip, guesses, score, why, withdrawn, predictions.tallies.get(clip.name, {}))
        )
    return outcomes


def overlap(truth: Truth, guess: Guess) -> float | None:
    """IoU of the two boxes; None where one is not known."""
    return None if truth.box is None or guess.box is None else iou(truth.box, guess.box)
