"""The evaluation of films as a page of Markdown, with the command, n and intervals."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from litterwatch.labelling.intervals import wilson
from litterwatch.service.evaluation.measures import counts_of, rate_of
from litterwatch.service.evaluation.scoring import EARLY, GROWN, LATE
from litterwatch.service.synth.evaluation import Seen

_PAGE = """\
# Drawn scenarios: found, missed, false alarms

**Synthetic: this gates regressions and is no evidence of field accuracy.** Two photographed bodies
in changing clothes, drawn streets, drawn bags; an engine that fails here has a fault, one that
passes has proved nothing about real cameras. Never averaged with real footage.

Made by `{command}` with litterwatch {software}{commit} and the model {model}; n = {clips} films,
{minutes:.0f} minutes. {rule}

| scenario | films | expected | found | missed | false | delay of alert / confirmation, s |
|---|--:|--:|--:|--:|--:|---|
{rows}

Together: {totals}
"""
_RULE = (
    f"An event is found when its release lies in [-{EARLY:.0f} s, +{LATE:.0f} s] of the true one"
    f" and its centre in the true box grown by {GROWN:.0%}; every other event is a false alarm."
    " Delays are medians from the true release, in seconds of footage; a confirmation is missing"
    " where the film ended first."
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the page tells of how it was made.

    Attributes:
        command: that made the films and this page.
        software: our version.
        commit: of the software, empty if unknown.
        model: name of the weights.
    """

    command: str
    software: str
    commit: str
    model: str


def page(seen: Sequence[Seen], heading: Heading) -> str:
    """The table as Markdown, by kind in the order of their names."""
    kinds = sorted({each.kind for each in seen})
    rows = [_row(kind, [each for each in seen if each.kind == kind]) for kind in kinds]
    return _PAGE.format(
        command=heading.command,
        software=heading.software,
        commit=f", commit {heading.commit}," if heading.commit else "",
        model=heading.model,
        clips=len(seen),
        minutes=sum(each.clip.seconds for each in seen) / 60,
        rule=_RULE,
        rows="\n".join(rows),
        totals=_totals(seen),
    )


def _row(kind: str, seen: Sequence[Seen]) -> str:
    expected, found, false = _counts(seen)
    alert = [d for each in seen for d in each.delays(lambda event: event.t_provisional)]
    sure = [d for each in seen for d in each.delays(lambda event: event.t_confirmed)]
    delays = f"{_median(alert)} / {_median(sure)}" if expected else ""
    counts = f"{len(seen)} | {expected} | {found} | {expected - found} | {false}"
    return f"| {kind} | {counts} | {delays} |"


def _counts(seen: Sequence[Seen]) -> tuple[int, int, int]:
    """Expected, found, false."""
    counts = counts_of(each.outcome for each in seen)
    return counts.found + counts.missed, counts.found, counts.false


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f}" if values else "-"


def _totals(seen: Sequence[Seen]) -> str:
    expected, found, false = _counts(seen)
    counts = counts_of(each.outcome for each in seen)
    alarms = rate_of([each.outcome for each in seen])
    low, high = wilson(found, expected)
    rarest, commonest = alarms.interval or (0.0, 0.0)
    return (
        f"{found} of {expected} found (95 %: {low:.0%} to {high:.0%}), {false} false alarms"
        f" in {alarms.hours:.2f} h ({alarms.per_hour or 0.0:.1f} an hour; 95 %: {rarest:.1f} to"
        f" {commonest:.1f}), precision {counts.precision or 0.0:.2f},"
        f" F1 {counts.f_measure() or 0.0:.2f}."
        " The films are packed with acts: the rate per hour says nothing about a camera."
    )
