"""What verdicts are worth, as a page of Markdown and a drawing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from litterwatch.labelling.charts import curves_svg
from litterwatch.service.learning.proof import (
    COUNTS,
    RECALLS,
    TEACHES,
    Measured,
    Proof,
    Range,
)

_PAGE = """\
# What verdicts are worth: the curve

**Synthetic.** Generated cameras in drawn streets, two photographed bodies, drawn bags; verdicts
given by construction. This shows that the loop closes and in which direction it moves. It says
nothing about how many alarms a real camera will be spared. Never averaged with real footage.

Made by `{command}` with litterwatch {software}{commit}{model}. {made} Engine and map were developed
on other seeds.

At every camera people dump in places drawn by lot, at corners as well; others put goods out, or
move a stool, at two corners of their own, day after day (`service/synth/daily.py`). What stands at
a corner is the same every day and looks like one of the four things that people dump, drawn anew
and in the light of the day. Goods are carried, set down and left as a dumped bag is. Whoever knows
the street refuses them. That is the false alarm which only verdicts can cure. The detector was
trained on none of these cameras; what learns here is the score and the map, not the detector.
{other}

{short}

![False alarms left at equal recall]({drawing})

*False left* is the part of the false alarms left at the threshold that keeps {high:.0%}, or
{low:.0%}, of the true ones, before and after learning from so many verdicts. *Order* is the chance
that a true alarm stands above a false one in the queue; 50 % is no order at all. Verdicts are
drawn by lot from the teaching part, cameras of the testing part with return, {repetitions} times;
ranges are the middle 95 %. *True* and *false*: what of them reaches the engine's own threshold
(0.70), without moving it.

## The same cameras, later

Verdicts of the first {teaches:.0%} of the days ({pool_later}) teach weights and nuisance map; the
last days test ({true_later} true and {false_later} false alarms).

{table_later}

What each way to learn wins by itself, from {largest} verdicts:

{table_rungs}

## Cameras without a verdict

Every camera is tested by weights that cameras of the other four fifths have taught ({pool_unseen}
verdicts at least); {true_unseen} true and {false_unseen} false alarms. No map, no intercept.

{table_unseen}

{missing}
## Read with care

{care}* Below 50 verdicts the weights are not refitted, as the command refuses to; only the map
  learns. New weights are used only where they did better on days left out; *refitted* says in which
  part of the repetitions.
* A map knows its own camera. It tells goods from a bag at the same corner by what they look like
  ([0090](../decisions/0090-what-was-refused-is-known-by-its-looks.md)); a bag that looks like the
  goods cannot be told, and goods that look different every day are known by their place alone.
* The map never takes off more than 2 from the log odds, so that what is certain stays an event
  ([0083](../decisions/0083-a-nuisance-map-raises-the-bar.md)). That bounds what it can win at the
  engine's own threshold, and is meant to; the order of the queue wins all of it. Together with
  refitted weights it takes most of the false alarms below the threshold, and some of the true ones
  (the columns on the right).
* The time of day is not in it: a generator that chose when goods are put out would choose the
  result.
* The days are packed with acts: rates per hour mean nothing here and are not given.
* What a network wins that is trained on so many labelled pictures is not in it.
"""

_FILMED_OTHER = (
    "[The same from pictures alone](learning-drawn.md), where no feature tells anything."
)
_DRAWN_OTHER = (
    "[The same from films that the engine has watched](learning.md), with features that tell"
    " something."
)
_FILMED_CARE = """\
* Recall is that of the true alarms. Of the deposits {found} of {due} gave one; what gave none is
  lost before and after.
* Weights can only tell apart what features tell apart, and on cameras without verdicts they are all
  that learns. What they learn here is what the generator was made to do: of the dumped things half
  are set down, a quarter are dropped and a quarter thrown, while goods are always set down, and a
  moved stool was never carried. How far a real street is like that nobody knows: take the direction
  from it, not the number.
* Alarms are scored again with what was learned; the engine has not watched the films a second time.
  Where it was let do so (two films, nine alarms) its scores were the same, to 0.002.
"""

_FILMED = (
    "n = {days} films of {cameras} cameras, {hours:.1f} hours, {true} true and {false} false"
    " alarms; {found} of {due} deposits found (score from 0.05)."
)
_DRAWN = (
    "n = {days} days of {cameras} cameras, {true} true and {false} false alarms: **pictures without"
    " the engine.** Every thing that is left or put out is one alarm; where it stands and what it"
    " looks like is taken from two pictures drawn 3 and 6 s after (box off by 8 % a side); the"
    " features of its score are drawn by lot, alike for true and false: nothing but place and looks"
    " tells them apart."
)
_DRAWN_CARE = """\
* The engine has not watched these days: that some dumps are missed, that some goods raise no
  alarm, and that alarms come where nothing was left, is not in it. In films it is (the same command
  without `--drawn`), at some 30 s of one core for five alarms.
* By construction the score says nothing here, so weights cannot win, a refit should be refused and
  mostly is, and nothing can be won at cameras without a verdict.
"""


@dataclass(frozen=True, slots=True)
class ProofHeading:
    """What the page tells of how it was made.

    Attributes:
        command: that makes it again.
        software: our version; `commit` beside it, or empty.
        model: name of the weights.
        days, cameras, hours: what was watched, or drawn.
        due, found: deposits.
        true, false: alarms.
        is_drawn: whether the alarms were drawn as pictures, and no engine watched.
        repetitions: of every point.
        drawing: name of the SVG beside the page.
    """

    command: str
    software: str
    commit: str
    model: str
    days: int
    cameras: int
    hours: float
    due: int
    found: int
    true: int
    false: int
    is_drawn: bool
    repetitions: int
    drawing: str


def proof_page(proof: Proof, heading: ProofHeading) -> str:
    """docs/evaluation/learning.md, or learning-drawn.md where no engine has watched."""
    made = _DRAWN if heading.is_drawn else _FILMED
    return _PAGE.format(
        command=heading.command,
        software=heading.software,
        commit=f" (commit {heading.commit})" if heading.commit else "",
        model=f" and the model {heading.model}" if heading.model else "",
        made=made.format(**asdict(heading)),
        care=_DRAWN_CARE if heading.is_drawn else _FILMED_CARE.format(**asdict(heading)),
        other=_DRAWN_OTHER if heading.is_drawn else _FILMED_OTHER,
        repetitions=heading.repetitions,
        drawing=heading.drawing,
        high=RECALLS[0],
        low=RECALLS[1],
        teaches=TEACHES,
        pool_later=proof.pool[0],
        pool_unseen=proof.pool[1],
        true_later=proof.tested[0][0],
        false_later=proof.tested[0][1],
        true_unseen=proof.tested[1][0],
        false_unseen=proof.tested[1][1],
        largest=proof.later[-1].n,
        short=_short(proof),
        table_later=_table([(str(m.n), m) for m in proof.later]),
        table_rungs=_table([(str(rung), m) for rung, m in proof.rungs], "what learns"),
        table_unseen=_table([(str(m.n), m) for m in proof.unseen]),
        missing=_missing(proof),
    )


def proof_drawing(proof: Proof) -> str:
    """The curves, as SVG."""
    title = "False alarms left at equal recall (synthetic)"
    return curves_svg(proof.curves(), title, "verdicts", "part of the false alarms")


def _table(rows: Sequence[tuple[str, Measured]], first: str = "verdicts") -> str:
    left = " | ".join(f"false left at {recall:.0%}" for recall in RECALLS)
    side = "--:" if first == "verdicts" else "---"
    lines = [
        f"| {first} | {left} | order | refitted | true | false |",
        f"|{side}|" + "---|" * (len(RECALLS) + 1) + "--:|--:|--:|",
    ]
    for name, m in rows:
        ranges = " | ".join(_range(each) for each in (*m.left, m.order))
        lines.append(f"| {name} | {ranges} | {m.refitted:.0%} | {m.true:.0%} | {m.false:.0%} |")
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
            f" {first.order.mean:.0%} to {last.order.mean:.0%}. At the engine's own threshold"
            f" {last.true:.0%} of the true ones and {last.false:.0%} of the false ones are left."
        )
    return "**In short**\n\n" + "\n".join(lines)


def _missing(proof: Proof) -> str:
    lacking = [count for count in COUNTS if count > max(proof.pool)]
    if not lacking:
        return ""
    counts = " and ".join(map(str, lacking))
    return (
        f"Not measured: {counts} verdicts. So many days were not watched; the command goes on"
        " where it was stopped.\n"
    )
