"""What a training needs, and how far it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from litterwatch.detector.types import Label

_WASTE: Final = (Label.WASTE, Label.OVERFLOW)


class Goal(StrEnum):
    """One thing that there must be enough of."""

    PICTURES = "pictures"
    WASTE = "waste"
    CAMERAS = "cameras"
    NEGATIVES = "negatives"
    REPEATS = "repeats"


WANTED: Final[Mapping[Goal, int]] = {
    Goal.PICTURES: 500,  # event-detection 1.6, L2: fine-tuning pays from about so many
    Goal.WASTE: 300,
    Goal.CAMERAS: 3,  # one to learn from, one to choose by, one that nobody has seen
    Goal.NEGATIVES: 100,  # a fifth: a detector that sees no empty place calls everything waste
    Goal.REPEATS: 20,  # below, an agreement is an anecdote
}
"""For a first fine-tuning; a proposal, to be corrected by what trainings show."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What is verified and allowed.

    Attributes:
        pictures: how many.
        boxes: by label.
        cameras: how many they come from.
        negatives: pictures of rejected events, or in which there is no waste.
        repeats: pictures that two people have marked.
    """

    pictures: int = 0
    boxes: Mapping[Label, int] = field(default_factory=dict)
    cameras: int = 0
    negatives: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """How far a goal is reached."""

    goal: Goal
    have: int
    want: int

    @property
    def is_met(self) -> bool:
        """Whether there is enough."""
        return self.have >= self.want


def needs(stock: Stock) -> list[Need]:
    """Every goal, in the order of `Goal`."""
    have = {
        Goal.PICTURES: stock.pictures,
        Goal.WASTE: sum(stock.boxes.get(label, 0) for label in _WASTE),
        Goal.CAMERAS: stock.cameras,
        Goal.NEGATIVES: stock.negatives,
        Goal.REPEATS: stock.repeats,
    }
    return [Need(goal, have[goal], WANTED[goal]) for goal in Goal]
