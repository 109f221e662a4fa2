"""The gate: whether a candidate may take the place of the model in use. Pure.

Every rule gives its numbers, also where it passes. A rule that could not be measured says so; the
ones that must be measured then refuse. What may be lost at most is a *margin*, and each camera may
have its own: one that watches a school gate may be allowed to lose nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Final

from litterwatch.labelling.comparison import Difference, EventSeen, PictureSeen, compared
from litterwatch.labelling.intervals import poisson

_PIECES: Final = "pieces of waste"


class Answer(StrEnum):
    """What a rule says."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class GateRules:
    """What is asked of a candidate.

    Attributes:
        margin: share of waste, and of confirmed events, that any camera may lose at most.
        margins: the same by camera, where it is another.
        people_margin: share of people that may be lost at most.
        least_things: labelled pieces of waste on all frozen pictures without which nothing is said.
        least_people: the same of people.
        least_at_camera: the same of one camera; below, it counts among all cameras only.
        least_frames: pictures on which an export is compared with its checkpoint.
    """

    margin: float = 0.05
    margins: Mapping[str, float] = field(default_factory=dict)
    people_margin: float = 0.01
    least_things: int = 50
    least_people: int = 50
    least_at_camera: int = 10
    least_frames: int = 100

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        shares = (self.margin, self.people_margin, *self.margins.values())
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("margins are shares from 0 to 1")
        counts = (self.least_things, self.least_people, self.least_at_camera, self.least_frames)
        if min(counts) < 1:
            raise ValueError("what is needed at least is one or more")

    def margin_of(self, camera: str) -> float:
        """What that camera may lose."""
        return self.margins.get(camera, self.margin)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule with its numbers.

    Attributes:
        rule: its name; `subject` the camera it is about, or empty.
        answer: what it says.
        is_needed: whether it refuses where it could not be measured.
        why: one sentence with the numbers.
        difference: candidate against the model in use, where there is one.
    """

    rule: str
    subject: str
    answer: Answer
    is_needed: bool
    why: str
    difference: Difference | None = None

    @property
    def refuses(self) -> bool:
        return self.answer is Answer.FAILED or (
            self.is_needed and self.answer is Answer.NOT_MEASURED
        )


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the gate says of a candidate."""

    results: tuple[RuleResult, ...]

    @property
    def is_accepted(self) -> bool:
        return not any(result.refuses for result in self.results)

    @property
    def refusals(self) -> tuple[RuleResult, ...]:
        return tuple(result for result in self.results if result.refuses)


def judge(
    pictures: Sequence[PictureSeen],
    events: Sequence[EventSeen],
    export_refusals: Sequence[str],
    rules: GateRules,
) -> GateResult:
    """Ask every rule.

    Args:
        pictures: of the frozen test sets.
        events: the last reviewed events whose clips are there.
        export_refusals: why the export may not be used in place of its checkpoint.
        rules: what is asked.
    """
    cameras = sorted({row.camera for row in pictures} | {row.camera for row in events})
    return GateResult(
        (
            _export(export_refusals),
            _people(pictures, rules),
            _waste(pictures, rules),
            *(r for camera in cameras for r in _camera(camera, pictures, events, rules)),
            _events(events, rules),
            _invented(pictures),
            _false_alarms(events),
        )
    )


def _export(refusals: Sequence[str]) -> RuleResult:
    answer = Answer.FAILED if refusals else Answer.PASSED
    why = "; ".join(refusals) or "The export sees what its checkpoint sees."
    return RuleResult("export", "", answer, is_needed=True, why=why)


def _people(pictures: Sequence[PictureSeen], rules: GateRules) -> RuleResult:
    found = compared(pictures, lambda r: r.people, lambda r: r.people_found)
    margin, least = rules.people_margin, rules.least_people
    return _kept("people", "people", found, margin=margin, least=least, needed=True)


def _waste(pictures: Sequence[PictureSeen], rules: GateRules) -> RuleResult:
    found = compared(pictures, lambda r: r.waste, lambda r: r.waste_found)
    margin, least = rules.margin, rules.least_things
    return _kept("waste", _PIECES, found, margin=margin, least=least, needed=True)


def _camera(
    camera: str, pictures: Sequence[PictureSeen], events: Sequence[EventSeen], rules: GateRules
) -> list[RuleResult]:
    margin, least = rules.margin_of(camera), rules.least_at_camera
    seen = compared(
        [row for row in pictures if row.camera == camera],
        lambda r: r.waste,
        lambda r: r.waste_found,
    )
    happened = compared(
        [row for row in events if row.camera == camera],
        lambda r: float(r.is_deposit),
        lambda r: r.found,
    )
    return [
        _kept("waste", _PIECES, seen, margin=margin, least=least, subject=camera),
        _kept("events", "confirmed events", happened, margin=margin, least=least, subject=camera),
    ]


def _events(events: Sequence[EventSeen], rules: GateRules) -> RuleResult:
    found = compared(events, lambda r: float(r.is_deposit), lambda r: r.found)
    return _kept("events", "confirmed events", found, margin=rules.margin, least=1)


def _kept(
    rule: str,
    what: str,
    found: Difference | None,
    *,
    margin: float,
    least: int,
    subject: str = "",
    needed: bool = False,
) -> RuleResult:
    """A share that may not fall by more than the margin, and not surely by anything."""
    where = f" at {subject}" if subject else ""
    if found is None or found.n < least:
        n = 0 if found is None else found.n
        why = f"Only {n} {what}{where}: {least} are needed to say anything."
        answer = Answer.NOT_MEASURED
        return RuleResult(rule, subject, answer, is_needed=needed, why=why, difference=found)
    is_worse = found.value < -margin or found.high < 0
    why = (
        f"Of {found.n} {what}{where} the candidate finds {found.candidate:.1%}, the model in use"
        f" {found.active:.1%}: {100 * found.value:+.1f} points (95 %: {100 * found.low:+.1f} to"
        f" {100 * found.high:+.1f}); at most {100 * margin:.1f} may be lost."
    )
    answer = Answer.FAILED if is_worse else Answer.PASSED
    return RuleResult(rule, subject, answer, is_needed=needed, why=why, difference=found)


def _invented(pictures: Sequence[PictureSeen]) -> RuleResult:
    clean = [row for row in pictures if row.is_clean]
    found = compared(clean, lambda _: 1.0, lambda r: r.invented)
    return _not_up("invented waste", "boxes of waste", "clean picture", found, needed=True)


def _false_alarms(events: Sequence[EventSeen]) -> RuleResult:
    found = compared(events, lambda r: r.seconds / 3600, lambda r: r.false)
    result = _not_up("false alarms", "false alarms", "hour", found, needed=False)
    if found is None:
        return result
    hours = sum(row.seconds for row in events) / 3600
    counts = [sum(row.false.active for row in events), sum(row.false.candidate for row in events)]
    spans = [tuple(bound / hours for bound in poisson(count)) for count in counts]
    why = (
        f"In {hours:.2f} h of clips of reviewed events the candidate gives {counts[1]} false alarms"
        f" ({counts[1] / hours:.2f} an hour; 95 %: {spans[1][0]:.2f} to {spans[1][1]:.2f}), the"
        f" model in use {counts[0]} ({counts[0] / hours:.2f}; {spans[0][0]:.2f} to"
        f" {spans[0][1]:.2f}); they may not become more."
    )
    counted = replace(found, n=len(events))  # n is not of hours, which round to nothing
    return RuleResult(result.rule, "", result.answer, is_needed=False, why=why, difference=counted)


def _not_up(
    rule: str, what: str, unit: str, found: Difference | None, *, needed: bool
) -> RuleResult:
    """A rate that may not rise."""
    if found is None:
        why = f"There is no {unit} to count on."
        return RuleResult(rule, "", Answer.NOT_MEASURED, is_needed=needed, why=why)
    answer = Answer.FAILED if found.value > 0 else Answer.PASSED
    why = (
        f"On {found.n} {unit}s the candidate gives {found.candidate:.3f} {what} a {unit}, the model"
        f" in use {found.active:.3f}: {found.value:+.3f} (95 %: {found.low:+.3f} to"
        f" {found.high:+.3f}); it may not become more."
    )
    return RuleResult(rule, "", answer, is_needed=needed, why=why, difference=found)


def as_object(result: GateResult) -> dict[str, Any]:
    """For JSON."""
    return {
        "is_accepted": result.is_accepted,
        "rules": [
            {
                "rule": each.rule,
                "subject": each.subject,
                "answer": str(each.answer),
                "is_needed": each.is_needed,
                "why": each.why,
                "difference": _numbers(each.difference),
            }
            for each in result.results
        ],
    }


def _numbers(found: Difference | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "n": found.n,
        "active": round(found.active, 6),
        "candidate": round(found.candidate, 6),
        "value": round(found.value, 6),
        "low": round(found.low, 6),
        "high": round(found.high, 6),
    }
