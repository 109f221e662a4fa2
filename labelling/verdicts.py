"""What a verdict teaches: which class of hard negative a rejected event is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from litterwatch.detector.types import Label
from litterwatch.labelling.records import HardNegative

_BY_REASON: Final[Mapping[str, HardNegative]] = {
    "lawful_collection": HardNegative.LAWFUL,
    "outside_zone": HardNegative.LAWFUL,
    "clean_up": HardNegative.CLEAN_UP,
    "poor_quality": HardNegative.WEATHER,
}
"""Reasons that say it all; the others leave it to what the machine saw."""

_LIKELY: Final = 0.5
"""Of a feature 0..1, from which it is taken to be the cause."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the machine saw where it suspected a deposit.

    Attributes:
        light: likeness to light, shadow or flicker, 0..1.
        overlap: share of the region under a person or vehicle, 0..1.
        seen: boxes that the detector had there: label to the share of the region they cover.
    """

    light: float = 0.0
    overlap: float = 0.0
    seen: Mapping[Label, float] = field(default_factory=dict)


def hard_negative(reason: str, sight: Sight) -> HardNegative:
    """The class of a rejected event.

    "Outside the zone" is waste that is nobody's fault there, so it is lawful to the machine; "poor
    picture" is rain, fog, glare and dirt. A false alarm is what covered its place, else what its
    light looked like, else unknown.

    Args:
        reason: as the desk writes it (`service/reviews/state.py`).
        sight: what the machine saw.
    """
    known = _BY_REASON.get(reason)
    if known is not None:
        return known
    cover = max(sight.seen.items(), key=lambda seen: seen[1], default=(None, 0.0))
    if cover[1] >= _LIKELY and cover[0] is not None:
        by_label = {Label.PERSON: HardNegative.PERSON, Label.TWO_WHEELER: HardNegative.VEHICLE}
        by_label[Label.VEHICLE] = HardNegative.VEHICLE
        return by_label.get(cover[0], HardNegative.OTHER)
    return HardNegative.SHADOW if sight.light >= _LIKELY else HardNegative.OTHER
