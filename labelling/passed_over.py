"""How much of what the machine passed over was waste: its misses, and how biased its alarms are.

Reviewers see what the machine reports. What it did not report is drawn by lot and marked like any
other picture (`selection.py`); here is counted in how many of those pictures waste lies where the
machine had looked and said nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from litterwatch.detector.geometry import Box, covered_share
from litterwatch.detector.types import Label
from litterwatch.labelling.intervals import wilson
from litterwatch.labelling.records import LabelledBox, Origin

_WASTE: Final = frozenset({Label.WASTE, Label.OVERFLOW})

THERE: Final = 0.3
"""Of the smaller of two boxes, from which they are about the same place."""

BESIDE: Final = 0.5
"""Of the height of somebody who stayed: as far from him what he left may lie."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A picture of what was passed over, as somebody has marked it.

    Attributes:
        origin: below the threshold, or somebody who stayed.
        place: where the machine had looked, px: the thing, or the person.
        boxes: everything in the picture.
    """

    origin: Origin
    place: Box
    boxes: Sequence[LabelledBox]


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of the lots.

    Attributes:
        origin: of which kind.
        marked: pictures in which somebody could tell whether waste lies there.
        waste: in how many it does.
        low, high: the 95 % interval of the share, 0 to 1.
        stands_for: how many were passed over of which these are the lots.
    """

    origin: Origin
    marked: int
    waste: int
    low: float
    high: float
    stands_for: int

    @property
    def share(self) -> float | None:
        """Of what was passed over, 0 to 1; None where nothing is marked."""
        return self.waste / self.marked if self.marked else None


def audit(origin: Origin, pictures: Iterable[Marked], shares: Iterable[float]) -> Audit:
    """Count one kind.

    Args:
        origin: which.
        pictures: all that were marked; those of another kind are left out.
        shares: with what probability each of all that were drawn was drawn, 0 to 1, marked or not.
    """
    told = [waste_there(each) for each in pictures if each.origin is origin]
    known = [is_waste for is_waste in told if is_waste is not None]
    low, high = wilson(sum(known), len(known))
    stands_for = round(sum(1 / share for share in shares))
    return Audit(origin, len(known), sum(known), low, high, stands_for)


def waste_there(picture: Marked) -> bool | None:
    """Whether waste lies where the machine had looked; None where nobody could tell."""
    reach = BESIDE * picture.place.height if picture.origin is Origin.RANDOM_DWELL else 0.0
    place = picture.place.grown(reach, reach)
    near = [
        each
        for each in picture.boxes
        if each.label in _WASTE
        and max(covered_share(each.box, place), covered_share(place, each.box)) >= THERE
    ]
    if near and not any(each.is_sure for each in near):
        return None
    return bool(near)
