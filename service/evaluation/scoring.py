"""Found, missed, false: one-to-one matching of events with the truth. Pure.

The rule, printed with every table because it moves the numbers more than the method does: an event
matches an annotated deposit when its release lies in [-5 s, +10 s] of the annotated release (the
rule of the IWDD benchmark) and, where the annotation has a box, the centre of its box lies in that
box grown by 25 %. Of all one-to-one matchings the one with the most pairs counts, then the one
whose releases are nearest in time. A second event for the same deposit is a false alarm. Other
rules (`RULES`) are columns beside it, never a replacement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from litterwatch.detector.geometry import Box, iou

EARLY: Final = 5.0
LATE: Final = 10.0
"""How far before and after the annotated release an event may lie, s."""
STRICT: Final = 3.0
"""The same on both sides under the strict rule, s."""
GROWN: Final = 0.25
"""How much wider and higher the annotated box is taken."""


@dataclass(frozen=True, slots=True)
class Truth:
    """An annotated deposit that calls for an alarm; boxes in px of the full picture.

    Attributes:
        t_release: media time, s.
        box: of the thing; None where it was not annotated.
        kind: word of the annotation, such as `abandoned`.
        t_start: when the act begins, s; None if not annotated.
        t_enter: when whoever did it first came into the picture, s; None if unknown.
        actor_box: of whoever did it, at the release; None if unknown.
    """

    t_release: float
    box: Box | None = None
    kind: str = ""
    t_start: float | None = None
    t_enter: float | None = None
    actor_box: Box | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """An event as the machine gave it, boxes in px of the full picture.

    Attributes:
        t_release: media time, s.
        box: of the thing; None where the machine does not say.
        score: 0..1, by which curves are swept.
        kind: word of the machine, such as `bag_dump`.
        t_provisional, t_confirmed: when the alerts were given, s; None if unknown or not given.
        actor_box: of the involved person or vehicle; None where nobody was named.
        is_ambiguous: whether the machine declared that a second one explains it as well.
        clip: (from, to) media times of the evidence clip, s; None if unknown.
    """

    t_release: float
    box: Box | None
    score: float = 1.0
    kind: str = ""
    t_provisional: float | None = None
    t_confirmed: float | None = None
    actor_box: Box | None = None
    is_ambiguous: bool = False
    clip: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """What came of one clip.

    Attributes:
        pairs: (index of the truth, index of the guess), found deposits.
        missed: indices of truths without a guess.
        false: indices of guesses without a truth.
    """

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]


Place = Callable[[Box, Box], bool]
"""Whether a box of the machine (second) is at the place of an annotated box (first)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an event may stand for a deposit.

    Attributes:
        name: one word, for tables and JSON.
        says: the rule in words.
        early, late: how far before and after the annotated release its own may lie, s.
        place: what is asked of the boxes, None for nothing; an annotation without a box asks
            nothing either, and an event without a box fails where one is annotated.
    """

    name: str
    says: str
    early: float = EARLY
    late: float = LATE
    place: Place | None = None


def centre_within(truth: Box, guess: Box) -> bool:
    """Whether the centre lies in the annotated box grown by `GROWN`."""
    dx, dy = truth.width * GROWN / 2, truth.height * GROWN / 2
    grown, (x, y) = truth.grown(dx, dy), guess.centre
    return grown.x1 <= x <= grown.x2 and grown.y1 <= y <= grown.y2


def overlapping(least: float) -> Place:
    """Whether the IoU of the boxes is at least that."""
    return lambda truth, guess: iou(truth, guess) >= least


CENTRE: Final = Rule(
    "centre", "-5 s to +10 s, centre in the box grown by 25 %", place=centre_within
)
RULES: Final[tuple[Rule, ...]] = (
    CENTRE,
    Rule("strict", "±3 s, centre in the box grown by 25 %", STRICT, STRICT, place=centre_within),
    Rule("time", "-5 s to +10 s, boxes not asked"),
    Rule("iou_0.1", "-5 s to +10 s, IoU at least 0.1", place=overlapping(0.1)),
    Rule("iou_0.5", "-5 s to +10 s, IoU at least 0.5", place=overlapping(0.5)),
)
"""The rule that counts first, then those that stand beside it."""


def is_match(truth: Truth, guess: Guess, rule: Rule = CENTRE) -> bool:
    """Whether the guess may stand for the truth, by time and place."""
    if not -rule.early <= guess.t_release - truth.t_release <= rule.late:
        return False
    if truth.box is None or rule.place is None:
        return True
    return guess.box is not None and rule.place(truth.box, guess.box)


def match(truths: Sequence[Truth], guesses: Sequence[Guess], rule: Rule = CENTRE) -> Score:
    """The best one-to-one matching, by the Hungarian method.

    The result does not depend on the order of either: of equals the earlier is taken first.
    """
    rows = sorted(range(len(truths)), key=lambda i: _truth_key(truths[i]))
    columns = sorted(range(len(guesses)), key=lambda i: _guess_key(guesses[i]))
    pairs: list[tuple[int, int]] = []
    if rows and columns:
        cost, never = _costs([truths[i] for i in rows], [guesses[i] for i in columns], rule)
        chosen = zip(*(side.tolist() for side in linear_sum_assignment(cost)), strict=True)
        pairs = sorted((rows[r], columns[c]) for r, c in chosen if cost[r, c] < never)
    found, taken = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    return Score(
        tuple(pairs),
        tuple(index for index in range(len(truths)) if index not in found),
        tuple(index for index in range(len(guesses)) if index not in taken),
    )


def _costs(
    truths: Sequence[Truth], guesses: Sequence[Guess], rule: Rule
) -> tuple[NDArray[np.float64], float]:
    """(truths, guesses) s between the releases, and what a pair costs that may not be.

    One forbidden pair costs more than all allowed ones together, so that the cheapest assignment
    has the most allowed pairs.
    """
    never = (max(rule.early, rule.late) + 1.0) * (min(len(truths), len(guesses)) + 1)
    cost = np.full((len(truths), len(guesses)), never)
    for row, truth in enumerate(truths):
        for column, guess in enumerate(guesses):
            if is_match(truth, guess, rule):
                cost[row, column] = abs(guess.t_release - truth.t_release)
    return cost, never


def _truth_key(truth: Truth) -> tuple[float, tuple[float, ...]]:
    return truth.t_release, tuple(truth.box or ())


def _guess_key(guess: Guess) -> tuple[float, float, tuple[float, ...]]:
    return guess.t_release, -guess.score, tuple(guess.box or ())
