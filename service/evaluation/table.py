"""The evaluation as a page of Markdown, with the command, n and intervals."""

from collections.abc import Sequence

from litterwatch.labelling.intervals import wilson
from litterwatch.service.evaluation.clips import Outcome, overlap
from litterwatch.service.evaluation.measures import counts_of, rate_of
from litterwatch.service.evaluation.scoring import EARLY, GROWN, LATE

_PAGE = """\
# Annotated clips: found, missed, false alarms

Made by `{command}` with litterwatch {software} and the model {model}.
The clips are not part of this repository; CONTRIBUTING.md tells what they are.

An event counts as found when its release lies in [-{early:.0f} s, +{late:.0f} s] of the annotated
release and the centre of its box lies in the annotated box grown by {grown:.0%} (where one is
annotated); one event for one deposit, every other event is a false alarm. The delay is from the
annotated release to the confirmation, in seconds of footage; *end* marks an event that was still
provisional when the footage ended.

## By clip

| clip | seconds | camera | expected | found | missed | false | delay, s | IoU | owner |
|---|--:|---|--:|--:|--:|--:|---|---|---|
{rows}

## Together

{totals}
These clips were looked at while the engine was built: they show that it works, not how often it
will err at a new place. No false alarm in a few minutes bounds the rate only as loosely as the
interval says.
"""


def page(outcomes: Sequence[Outcome], command: str, model: str, software: str) -> str:
    """docs/evaluation/clips.md: the table by clip, then the totals by kind of camera."""
    fixed = [outcome for outcome in outcomes if outcome.clip.is_fixed]
    moving = [outcome for outcome in outcomes if not outcome.clip.is_fixed]
    totals = _totals("Fixed cameras", fixed)
    totals += _totals("Moving cameras (not what this version is for)", moving)
    return _PAGE.format(
        command=command,
        software=software,
        model=model,
        early=EARLY,
        late=LATE,
        grown=GROWN,
        rows="\n".join(_row(outcome) for outcome in outcomes),
        totals="\n".join(totals),
    )


def _row(outcome: Outcome) -> str:
    clip, score = outcome.clip, outcome.score
    kind = "fixed" if clip.is_fixed else "moving"
    head = f"| {clip.name} | {clip.seconds:.0f} | {kind} | {len(clip.truths)} "
    if score is None:
        return head + f"| not read: {outcome.why} | | | | | |"
    pairs = outcome.pairs
    delays = [
        "end" if guess.t_confirmed is None else f"{guess.t_confirmed - truth.t_release:.1f}"
        for truth, guess in pairs
    ]
    overlaps = [overlap(truth, guess) for truth, guess in pairs]
    shown = ["-" if value is None else f"{value:.2f}" for value in overlaps]
    owners = ["named" if guess.actor_box is not None else "none" for _, guess in pairs]
    cells = (", ".join(delays), ", ".join(shown), ", ".join(owners))
    counts = f"| {len(score.pairs)} | {len(score.missed)} | {len(score.false)} "
    return head + counts + "".join(f"| {cell} " for cell in cells) + "|"


def _totals(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    """Recall with its Wilson interval, false alarms per hour with their exact interval."""
    counts, alarms = counts_of(outcomes), rate_of(outcomes)
    read, due = sum(outcome.is_read for outcome in outcomes), counts.found + counts.missed
    minutes = alarms.hours * 60
    lines = [f"{name}: {read} of {len(outcomes)} clips read, {minutes:.1f} minutes."]
    low, high = wilson(counts.found, due)
    if due:
        lines.append(
            f"Found {counts.found} of {due} (95 % Wilson interval {low:.0%} to {high:.0%})."
        )
    if alarms.interval is not None:
        low, high = alarms.interval
        lines.append(
            f"False alarms: {alarms.count}, that is {alarms.per_hour:.1f} per hour"
            f" (95 % exact Poisson {low:.1f} to {high:.1f})."
        )
    return [*lines, ""]
