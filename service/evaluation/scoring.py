"""Found, missed, false: one-to-one matching of events with the truth. Pure.

The rule, printed with every table because it moves the numbers more than the method does: an event
matches an annotated deposit when its release lies in [-5 s, +10 s] of the annotated release (the
rule of the IWDD benchmark) and, where the annotation has a box, the centre of its box lies in that
box grown by 25 %. Of all one-to-one matchings the one with the most pairs counts, then the one
whose releases are nearest in time. A second event for the same deposit is a false alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from litterwatch.detector.geometry import Box

EARLY: Final = 5.0
LATE: Final = 10.0
"""How far before and after the annotated release an event may lie, s."""
GROWN: Final = 0.25
"""How much wider and higher the annotated box is taken."""


@dataclass(frozen=True, slots=True)
class Truth:
    """An annotated deposit that calls for an alarm.

    Attributes:
        t_release: media time, s.
        box: px of the full picture; None where it was not annotated.
    """

    t_release: float
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """An event as the machine gave it, boxes in px of the full picture.

    Attributes:
        t_release: media time, s.
        box: of the thing; None where the machine does not say.
        t_confirmed: media time, s; None while provisional.
        has_owner: whether an actor was named.
    """

    t_release: float
    box: Box | None
    t_confirmed: float | None = None
    has_owner: bool = False


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


def is_match(truth: Truth, guess: Guess) -> bool:
    """Whether the guess may stand for the truth, by time and place."""
    if not -EARLY <= guess.t_release - truth.t_release <= LATE:
        return False
    if truth.box is None:
        return True
    if guess.box is None:
        return False
    dx, dy = truth.box.width * GROWN / 2, truth.box.height * GROWN / 2
    grown, (x, y) = truth.box.grown(dx, dy), guess.box.centre
    return grown.x1 <= x <= grown.x2 and grown.y1 <= y <= grown.y2


def match(truths: Sequence[Truth], guesses: Sequence[Guess]) -> Score:
    """The best one-to-one matching; meant for the few events of a clip.

    The search looks at every set of guesses already used: fine for tens, not for thousands.
    """

    @cache
    def best(index: int, used: frozenset[int]) -> tuple[int, float, tuple[tuple[int, int], ...]]:
        """(pairs, minus the sum of time differences, which) for the truths from index on."""
        if index == len(truths):
            return 0, 0.0, ()
        options = [best(index + 1, used)]
        for other, guess in enumerate(guesses):
            if other not in used and is_match(truths[index], guess):
                count, nearness, pairs = best(index + 1, used | {other})
                apart = abs(guess.t_release - truths[index].t_release)
                options.append((count + 1, nearness - apart, ((index, other), *pairs)))
        return max(options, key=lambda option: option[:2])

    pairs = best(0, frozenset())[2]
    found, taken = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    return Score(
        pairs,
        tuple(index for index in range(len(truths)) if index not in found),
        tuple(index for index in range(len(guesses)) if index not in taken),
    )
