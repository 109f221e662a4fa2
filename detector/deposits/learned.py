"""What the verdicts of people taught about one camera: values that the engine is given.

Decision 0083 argues the nuisance map: it raises the bar where alarms keep being refused, and never
by so much that what is certain without it is not an event with it. Decision 0090 argues looks: what
was refused at a place speaks against what looks like it, and against nothing else there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, log

import numpy as np

from litterwatch.detector.deposits.score import ScoreWeights
from litterwatch.detector.geometry import FloatArray, Point

REACH = 0.25
"""Person heights round a verdict's place in which it counts: a place is half a person wide."""

DOUBT = 2.0
"""Verdicts that must be outweighed before a place is thought special."""

DOUBT_ALIKE = 1.0
"""The same where what was judged there is known to look like this: it says more than the place."""

HIGHEST_BAR = 2.0
"""Most that is taken off the log odds. A score of 0.95 is left at 0.72: above what confirms (0.70),
and times 0.8, where the owner stays, above what alerts (0.55)."""


ALIKE, UNLIKE = 0.45, 0.75
"""Distances of two descriptions, 0..2: up to the first it is the same thing, from the second on
another one, about which the verdict says nothing. Measured: decision 0090."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of one verdict.

    Attributes:
        foot: where the thing stood, as shares of the picture's width and height.
        weight: what is left of the verdict by now, 0..1.
        is_refused: whether people said that it was no deposit.
        looks: what the thing looked like (`descriptor.py`); None where nobody knows.
    """

    foot: Point
    weight: float
    is_refused: bool
    looks: FloatArray | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"a weight is 0..1, got {self.weight}")


@dataclass(frozen=True, slots=True)
class NuisanceMap:
    """Where in a camera's picture alarms keep being refused."""

    spots: Sequence[Spot] = ()

    @property
    def knows_looks(self) -> bool:
        """Whether it is worth describing what lies there."""
        return any(spot.looks is not None for spot in self.spots)

    def bar(
        self,
        foot: Point,
        size: tuple[int, int],
        person_height: float,
        looks: FloatArray | None = None,
    ) -> float:
        """What is taken off the log odds of a thing that stands there, 0..HIGHEST_BAR.

        Args:
            foot: of the thing, px.
            size: (width, height) of the picture, px.
            person_height: px at its place.
            looks: of the thing (`descriptor.py`), or None: then only the place counts.
        """
        refused = confirmed = 0.0
        for spot in self.spots:
            x, y = spot.foot[0] * size[0], spot.foot[1] * size[1]
            if hypot(x - foot[0], y - foot[1]) <= REACH * person_height:
                weight = spot.weight * likeness(looks, spot.looks)
                refused += weight * spot.is_refused
                confirmed += weight * (not spot.is_refused)
        doubt = DOUBT if looks is None or not self.knows_looks else DOUBT_ALIKE
        return min(HIGHEST_BAR, max(0.0, log((refused + doubt) / (confirmed + doubt))))


def likeness(one: FloatArray | None, other: FloatArray | None) -> float:
    """How much a verdict on the one says about the other, 0..1; 1 where one is unknown.

    Args:
        one: a description of length 1.
        other: another.
    """
    if one is None or other is None or one.shape != other.shape:
        return 1.0
    apart = float(np.linalg.norm(one - other))
    return min(1.0, max(0.0, (UNLIKE - apart) / (UNLIKE - ALIKE)))


@dataclass(frozen=True, slots=True)
class Learned:
    """All that was learned for one camera; without arguments: nothing yet.

    Attributes:
        weights: of the score.
        nuisance: where more is asked.
        sha256: of the files it comes from, by what they are; stated in every event it judged.
    """

    weights: ScoreWeights = field(default_factory=ScoreWeights)
    nuisance: NuisanceMap = field(default_factory=NuisanceMap)
    sha256: Mapping[str, str] = field(default_factory=dict)
