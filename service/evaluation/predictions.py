"""What was found: events.jsonl of a scan, or the events of an engine at hand."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Event, EventState
from litterwatch.service.evaluation.scoring import Guess

EVENTS_FILE: Final = "events.jsonl"
SUMMARY_FILE: Final = "summary.json"
_NOT_SCANNED: Final = "it was not scanned"


@dataclass(frozen=True, slots=True)
class Predictions:
    """What was found, by file name of the source.

    Attributes:
        events: the standing events.
        failed: why a source could not be read.
        scanned: the sources that were read; None where that is not known, and then every source
            that did not fail counts as read.
        withdrawn: alerts that were given and taken back.
        tallies: what was no event, by reason code.
    """

    events: Mapping[str, Sequence[Guess]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    scanned: frozenset[str] | None = None
    withdrawn: Mapping[str, int] = field(default_factory=dict)
    tallies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def events_in(self, name: str) -> Sequence[Guess]:
        """The standing events of a source."""
        return self.events.get(name, ())

    def why_unread(self, name: str) -> str:
        """Why a source says nothing, empty where it was read."""
        if name in self.failed:
            return self.failed[name]
        return _NOT_SCANNED if self.scanned is not None and name not in self.scanned else ""

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Sources with events of which the truth says nothing."""
        return sorted(set(self.events) - set(names))


def read_predictions(path: Path) -> Predictions:
    """From an events.jsonl, or from the folder of a scan, whose summary.json tells what failed.

    Raises:
        ConfigError: there are no events, or they are not as a scan writes them.
    """
    events = path / EVENTS_FILE if path.is_dir() else path
    try:
        lines = events.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        return gathered(found, _failed(path / SUMMARY_FILE) if path.is_dir() else {})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{events}: is no events.jsonl as `litterwatch scan` writes it: name that file, or the"
            " folder of a scan."
        ) from error


def _failed(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    said = json.loads(path.read_text(encoding="utf-8"))
    return {str(item["source"]): str(item["why"]) for item in said["failed"]}


def gathered(
    events: Iterable[Mapping[str, Any]],
    failed: Mapping[str, str],
    scanned: Iterable[str] | None = None,
) -> Predictions:
    """From objects of events.jsonl; sources are told apart by their file names."""
    guesses: dict[str, list[Guess]] = {}
    withdrawn: dict[str, int] = {}
    for event in events:
        name = Path(event["source"]).name
        if event.get("state") == EventState.CANCELLED:
            withdrawn[name] = withdrawn.get(name, 0) + 1
        else:
            guesses.setdefault(name, []).append(guess_of(event))
    return Predictions(
        guesses,
        {Path(source).name: why for source, why in failed.items()},
        None if scanned is None else frozenset(Path(source).name for source in scanned),
        withdrawn,
    )


def guess_of(event: Mapping[str, Any]) -> Guess:
    """An object of events.jsonl; fields that older versions did not write may be missing."""
    begins, ends = number_of(event.get("clip_from")), number_of(event.get("clip_to"))
    return Guess(
        t_release=float(event["t_release"]),
        box=box_of(event["box"]),
        score=float(event.get("score", 1.0)),
        kind=str(event.get("kind", "")),
        t_provisional=number_of(event.get("t_provisional")),
        t_confirmed=number_of(event["t_confirmed"]),
        actor_box=box_of(event["actor_box"]),
        is_ambiguous=bool(event.get("actor_ambiguous", False)),
        clip=None if begins is None or ends is None else (begins, ends),
    )


def guess_from(event: Event, clip: tuple[float, float] | None = None) -> Guess:
    """An event of the engine."""
    return Guess(
        event.t_release, event.box, event.score, str(event.kind), event.t_provisional,
        event.t_confirmed, event.actor_box, event.actor_ambiguous, clip,
    )  # fmt: skip


def box_of(xywh: Sequence[float] | None) -> Box | None:
    """A box as annotations and events.jsonl write it: left, top, width, height."""
    if xywh is None:
        return None
    x, y, width, height = (float(value) for value in xywh)
    return Box(x, y, x + width, y + height)


def number_of(value: Any) -> float | None:
    """A number that may be unknown."""
    return None if value is None else float(value)
