"""Annotated clips: reading what truly happened, and scanning the clips to compare."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box, iou
from litterwatch.service.evaluation.scoring import Guess, Score, Truth, match


@dataclass(frozen=True, slots=True)
class Clip:
    """An annotated clip.

    Attributes:
        name: file name.
        seconds: its length.
        is_fixed: whether the camera stands still.
        truths: the deposits that call for an alarm.
    """

    name: str
    seconds: float
    is_fixed: bool
    truths: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan made of a clip.

    Attributes:
        clip: the clip.
        guesses: the events found in it.
        score: how they match; None where the clip could not be read.
        why: why it could not be read, else empty.
    """

    clip: Clip
    guesses: tuple[Guess, ...]
    score: Score | None
    why: str = ""


def read_clips(folder: Path) -> list[Clip]:
    """Every annotated clip of a folder, by name: NAME.json beside NAME.mp4 or .avi.

    Raises:
        ConfigError: there is none, or an annotation cannot be read.
    """
    clips = [_clip(path) for path in sorted(folder.glob("*.json"))]
    if not clips:
        raise ConfigError(f"{folder}: no annotated clips (NAME.json beside NAME.mp4) are there.")
    return clips


def _clip(path: Path) -> Clip:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        truths = tuple(
            Truth(float(event["t_release"]), _box(event["bbox_xywh_at_release"]))
            for event in said["events"]
            if event["alarm_expected"]
        )
        return Clip(said["file"], float(said["duration_s"]), bool(said["fixed_camera"]), truths)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: is not an annotation as CONTRIBUTING.md describes.") from error


def _box(xywh: Sequence[float] | None) -> Box | None:
    if xywh is None:
        return None
    x, y, width, height = (float(value) for value in xywh)
    return Box(x, y, x + width, y + height)


def guess_of(event: Mapping[str, Any]) -> Guess:
    """An object of events.jsonl."""
    return Guess(
        float(event["t_release"]),
        _box(event["box"]),
        None if event["t_confirmed"] is None else float(event["t_confirmed"]),
        event["actor_box"] is not None,
    )


def compare(
    clips: Sequence[Clip], events: Sequence[Mapping[str, Any]], failed: Mapping[str, str]
) -> list[Outcome]:
    """Match the events of a scan with the clips.

    Args:
        clips: what was scanned.
        events: objects of events.jsonl; `source` ends with the clip's file name.
        failed: why a source could not be read, by its name.
    """
    outcomes = []
    for clip in clips:
        why = next((why for source, why in failed.items() if _is_of(source, clip)), "")
        guesses = tuple(guess_of(event) for event in events if _is_of(event["source"], clip))
        score = None if why else match(clip.truths, guesses)
        outcomes.append(Outcome(clip, guesses, score, why))
    return outcomes


def _is_of(source: str, clip: Clip) -> bool:
    return Path(source).name == clip.name


def overlap(truth: Truth, guess: Guess) -> float | None:
    """IoU of the two boxes; None where one is not known."""
    return None if truth.box is None or guess.box is None else iou(truth.box, guess.box)
