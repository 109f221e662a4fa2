"""What verdicts are worth, as a page of Markdown and a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from litterwatch.labelling.charts import curves_svg
from litterwatch.service.learning.proof import COUNTS, RECALLS, Measured, Proof, Range

_PAGE = """\
# What verdicts are worth: the curve

**Synthetic.** Generated cameras in drawn streets, two photographed bodies, drawn bags; verdicts
given by construction. This shows that the loop closes and in which direction it moves. It says
nothing about how many alarms a real camera will be spared. Never averaged with real footage.

Made by `{command}` with litterwatch {software}{commit} and the model {model}. n = {films} films of
{cameras} cameras, {hours:.1f} hours, {true} true and {false} false alarms; {found} of {due}
deposits found (score from 0.05). The engine was developed on other seeds.

At every camera people dump in places drawn by lot; others put goods out, or move a stool, at two
corners of their own, day after day (`service/synth/daily.py`). To the engine both look alike: the
goods are carried, set down and left. Whoever knows the street refuses them. That is the false
alarm which only verdicts can cure.

{short}

![False alarms left at equal recall]({drawing})

*False left* is the part of the false alarms left at the threshold that keeps {high:.0%}, or
{low:.0%}, of the true ones, before and after learning from so many verdicts. *Order* is the chance
that a true alarm stands above a false one in the queue; 50 % is no order at all. Verdicts are
drawn by lot from the teaching part, cameras of the testing part with return, {repetitions} times;
ranges are the middle 95 %. *True* and *false*: what of them reaches the engine's own threshold
(0.70), without moving it.

## The same cameras, later

Verdicts of the first 60 % of the days ({pool_later}) teach weights and nuisance map; the last days
test ({true_later} true and {false_later} false alarms).

{table_later}

## Cameras without a verdict

Verdicts of every other camera ({pool_unseen}) teach weights; the others test ({true_unseen} true
and {false_unseen} false alarms). No map, no intercept.

{table_unseen}

{missing}
## Read with care

* Below 50 verdicts the weights are not refitted, as the command refuses to; only the map learns.
* New weights are used only where they did better on days left out, as the command does; *refitted*
  says in which part of the repetitions.
* Weights can only tell apart what features tell apart. Goods that are carried and set down have
  the features of a dumped bag: on cameras without verdicts little can be won, and nothing should
  be promised.
* A refit is refused where it does no better, beyond chance, than the score in use brought to the
  same scale. In this world it should be refused most of the time, and is.
* Dumps and goods fall into the same places here: within half a person's width of a corner lies
  what people dump as well. A street where goods stand at a wall and bags at a kerb is kinder to a
  map.
* The map wins by place. It never takes off more than 2 from the log odds, so that what is certain
  stays an event ([0083](../decisions/0083-a-nuisance-map-raises-the-bar.md)); that bounds what it
  can win at the engine's own threshold, and is meant to.
* The films are packed with acts: rates per hour mean nothing here and are not given.
"""


@dataclass(frozen=True, slots=True)
class ProofHeading:
    """What the page tells of how it was made.

    Attributes:
        command: that makes it again.
        software: our version; `commit` beside it, or empty.
        model: name of the weights.
        films, cameras, hours: what was watched.
        due, found: deposits.
        true, false: alarms.
        repetitions: of every point.
        drawing: name of the SVG beside the page.
    """

    command: str
    software: str
    commit: str
    model: str
    films: int
    cameras: int
    hours: float
    due: int
    found: int
    true: int
    false: int
    repetitions: int
    drawing: str


def proof_page(proof: Proof, heading: ProofHeading) -> str:
    """docs/evaluation/learning.md."""
    return _PAGE.format(
        command=heading.command,
        software=heading.software,
        commit=f", commit {heading.commit}," if heading.commit else "",
        model=heading.model,
        films=heading.films,
        cameras=heading.cameras,
        hours=heading.hours,
        due=heading.due,
        found=heading.found,
        true=heading.true,
        false=heading.false,
        repetitions=heading.repetitions,
        drawing=heading.drawing,
        high=RECALLS[0],
        low=RECALLS[1],
        pool_later=proof.pool[0],
        pool_unseen=proof.pool[1],
        true_later=proof.tested[0][0],
        false_later=proof.tested[0][1],
        true_unseen=proof.tested[1][0],
        false_unseen=proof.tested[1][1],
        short=_short(proof),
        table_later=_table(proof.later),
        table_unseen=_table(proof.unseen),
        missing=_missing(proof),
    )


def proof_drawing(proof: Proof) -> str:
    """The curves, as SVG."""
    title = "False alarms left at equal recall (synthetic)"
    return curves_svg(proof.curves(), title, "verdicts", "part of the false alarms")


def _table(rows: Sequence[Measured]) -> str:
    left = " | ".join(f"false left at {recall:.0%}" for recall in RECALLS)
    lines = [
        f"| verdicts | {left} | order | refitted | true | false |",
        "|--:|" + "---|" * (len(RECALLS) + 1) + "--:|--:|--:|",
    ]
    for m in rows:
        ranges = " | ".join(_range(each) for each in (*m.left, m.order))
        lines.append(f"| {m.n} | {ranges} | {m.refitted:.0%} | {m.true:.0%} | {m.false:.0%} |")
    return "\n".join(lines)


def _range(found: Range) -> str:
    return f"{found.mean:.0%} ({found.low:.0%} to {found.high:.0%})"


def _short(proof: Proof) -> str:
    """What the tables say, in words."""
    lines = []
    for where, part in (
        ("at the same cameras later", proof.later),
        ("at cameras without a verdict", proof.unseen),
    ):
        first, last = part[0], part[-1]
        falls = ", ".join(
            f"from {a.mean:.0%} to {b.mean:.0%} of them at {recall:.0%} of the true ones"
            for a, b, recall in zip(first.left, last.left, RECALLS, strict=True)
        )
        lines.append(
            f"* {last.n} verdicts, {where}: the false alarms fall {falls}; the order goes from"
            f" {first.order.mean:.0%} to {last.order.mean:.0%}."
        )
    return "**In short**\n\n" + "\n".join(lines)


def _missing(proof: Proof) -> str:
    lacking = [count for count in COUNTS if count > max(proof.pool)]
    if not lacking:
        return ""
    counts = " and ".join(map(str, lacking))
    return (
        f"Not measured: {counts} verdicts. So many films were not watched; the command goes on"
        " where it was stopped.\n"
    )
