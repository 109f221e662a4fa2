"""What the page of the models shows: which one is in use, what lies beside it, what was trained."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, ModelError, NotFound
from litterwatch.labelling.datasets import Dataset, versions
from litterwatch.labelling.frozen import frozen_sets
from litterwatch.labelling.job import GATE, JOB, Candidate, Step, read_candidate
from litterwatch.models.manifest import MANIFEST_NAME
from litterwatch.models.registry import show
from litterwatch.models.shelf import SHIPPED, Shelf
from litterwatch.service.learning.folders import LearningFolder
from litterwatch.service.learning.shadow import ShadowCount, shadow_counts
from litterwatch.service.texts import N_


class Verdict(StrEnum):
    """How a candidate stands."""

    UNFINISHED = "unfinished"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DAMAGED = "damaged"


class Standing(StrEnum):
    """What a model on the shelf is."""

    IN_USE = "in_use"
    BEFORE = "before"
    KEPT = "kept"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ShownModel:
    """A model of the shelf.

    Attributes:
        name: its folder, or `shipped`.
        standing: what it is.
        sha256: of its weights as they run, or empty where it is damaged.
        made: the day; None where its manifest names none.
    """

    name: str
    standing: Standing
    sha256: str
    made: date | None


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A candidate.

    Attributes:
        name: its folder.
        verdict: what the gate said.
        dataset: that it was trained on.
        shadow: what came of its shadow run, by camera.
        is_shadowing: the settings let it judge in the shadow.
        is_in_use: it is the default model.
        refusals: why the gate has refused it, in English.
    """

    name: str
    verdict: Verdict
    dataset: str = ""
    shadow: tuple[ShadowCount, ...] = ()
    is_shadowing: bool = False
    is_in_use: bool = False
    refusals: tuple[str, ...] = ()

    @property
    def may_be_promoted(self) -> bool:
        return self.verdict is Verdict.ACCEPTED and not self.is_in_use

    @property
    def shadow_hours(self) -> float:
        return sum(each.hours for each in self.shadow)


@dataclass(frozen=True, slots=True)
class ModelsSeen:
    """Everything on the page but the work that runs.

    Attributes:
        default: name of the default model, as the pointer has it.
        before: what a roll-back leads to, None where there is nothing.
        forced: what `analysis.model` says, None where the default is used.
        models: of the shelf, the one in use first.
        candidates: the newest first.
        datasets: the newest first; `frozen` are the names of those that keep their tests for ever.
    """

    default: str
    before: str | None
    forced: str | None
    models: tuple[ShownModel, ...]
    candidates: tuple[ShownCandidate, ...]
    datasets: tuple[Dataset, ...]
    frozen: frozenset[str]


@dataclass(frozen=True, slots=True)
class ShownRule:
    """One rule of the gate.

    Attributes:
        rule, subject: its name, and the camera it is about or empty.
        answer: `passed`, `failed` or `not measured`.
        is_needed: it refuses where it could not be measured.
        why: a sentence with the numbers, in English.
        numbers: n, active, candidate, value, low, high; empty where there is nothing to compare.
    """

    rule: str
    subject: str
    answer: str
    is_needed: bool
    why: str
    numbers: Mapping[str, float]


RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "export": N_("What is installed sees what was trained"),
        "people": N_("People found"),
        "waste": N_("Waste found"),
        "events": N_("Confirmed events found"),
        "invented waste": N_("Waste seen where there is none, a picture"),
        "false alarms": N_("False alarms, an hour"),
    }
)
ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "passed": N_("passed"),
        "failed": N_("failed"),
        "not measured": N_("not measured"),
    }
)
VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Verdict.UNFINISHED: N_("Not finished"),
        Verdict.ACCEPTED: N_("Accepted by the gate"),
        Verdict.REFUSED: N_("Refused by the gate"),
        Verdict.DAMAGED: N_("Cannot be read"),
    }
)
STANDINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Standing.IN_USE: N_("in use"),
        Standing.BEFORE: N_("was in use before"),
        Standing.KEPT: N_("kept"),
        Standing.DAMAGED: N_("damaged"),
    }
)


def models_seen(place: LearningFolder) -> ModelsSeen:
    """What there is now.

    Raises:
        DatasetDamaged: a data set cannot be read.
        ModelIntegrityError: the pointer to the default cannot be understood.
    """
    pointer = Shelf(place.models).pointer()
    names = [path.parent.name for path in sorted(place.models.glob(f"*/{MANIFEST_NAME}"))]
    on_shelf = [name for name in names if not name.startswith(".")]
    order = dict.fromkeys([pointer.default, *pointer.before, *on_shelf, SHIPPED])
    return ModelsSeen(
        default=pointer.default,
        before=pointer.before[0] if pointer.before else None,
        forced=place.settings.analysis.model,
        models=tuple(_model(place, name, pointer.default, pointer.before) for name in order),
        candidates=tuple(candidates_seen(place, pointer.default)),
        datasets=tuple(reversed(versions(place.datasets))),
        frozen=frozenset(each.name for each in frozen_sets(place.datasets)),
    )


def candidates_seen(place: LearningFolder, default: str) -> list[ShownCandidate]:
    """Every candidate, the one that was worked on last first."""
    records = sorted(
        place.candidates.glob(f"*/{JOB}"), key=lambda file: file.stat().st_mtime, reverse=True
    )
    return [_candidate(place, file.parent, default) for file in records]


def found(place: LearningFolder, name: str) -> Candidate:
    """A candidate by its whole name.

    Raises:
        ConfigError: it cannot be read.
        NotFound: there is none.
    """
    if name not in {file.parent.name for file in place.candidates.glob(f"*/{JOB}")}:
        raise NotFound(N_("There is no such candidate."))
    return read_candidate(place.candidates / name)


def gate_rules(folder: Path) -> list[ShownRule]:
    """What the gate has said of a candidate, rule by rule; nothing before it has.

    Raises:
        ConfigError: its file cannot be understood.
    """
    file = folder / GATE
    if not file.is_file():
        return []
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return [
            ShownRule(
                rule=str(each["rule"]),
                subject=str(each["subject"]),
                answer=str(each["answer"]),
                is_needed=bool(each["is_needed"]),
                why=str(each["why"]),
                numbers={k: float(v) for k, v in (each.get("difference") or {}).items()},
            )
            for each in said["rules"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file} does not say what the gate asked ({error}).") from error


def _model(place: LearningFolder, name: str, default: str, before: Sequence[str]) -> ShownModel:
    standing = Standing.KEPT
    if name == default:
        standing = Standing.IN_USE
    elif name in before:
        standing = Standing.BEFORE
    try:
        manifest = show(None if name == SHIPPED else place.models / name).manifest
        sha256 = manifest.of_format("openvino").sha256
        return ShownModel(name, standing, sha256, _day(manifest.created))
    except ModelError:
        return ShownModel(name, Standing.DAMAGED, "", None)


def _day(created: str) -> date | None:
    try:
        return date.fromisoformat(created)
    except ValueError:
        return None


def _candidate(place: LearningFolder, folder: Path, default: str) -> ShownCandidate:
    try:
        candidate, shadow = read_candidate(folder), tuple(shadow_counts(folder))
        judged = candidate.done.get(Step.JUDGED)
        verdict = Verdict.UNFINISHED
        if judged is not None:
            verdict = Verdict.ACCEPTED if judged["is_accepted"] else Verdict.REFUSED
        shadowing = place.settings.learning.shadow
        return ShownCandidate(
            name=folder.name,
            verdict=verdict,
            dataset=str(candidate.about.get("dataset", "")),
            shadow=shadow,
            is_shadowing=shadowing is not None and shadowing.resolve() == folder.resolve(),
            is_in_use=folder.name == default,
            refusals=tuple(str(each) for each in (judged or {}).get("refusals", ())),
        )
    except (ConfigError, KeyError, TypeError):
        return ShownCandidate(folder.name, Verdict.DAMAGED)
