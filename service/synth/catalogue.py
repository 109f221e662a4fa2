"""Who and what appears in scenarios, by split: development and test have no identity in common.

Both splits share the two bodies of the one photograph; the test split wears other colours on a
stouter figure, carries other bags and drives other vehicles.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Image
from litterwatch.service.demo.bags import black_sack, blue_shopper, carrier_bag
from litterwatch.service.demo.cutouts import Cutout, cut_out_bus, man_in_beige, man_in_black
from litterwatch.service.demo.scenes import AT_ELBOW, AT_HAND
from litterwatch.service.demo.surfaces import Colour
from litterwatch.service.synth.scenario import Split
from litterwatch.service.synth.vehicles import car, dog, scooter
from litterwatch.service.synth.wares import carton, mattress, open_door, rice_sack, round_bag

PEOPLE: Final[dict[Split, tuple[str, ...]]] = {
    "dev": ("black", "beige", "olive", "navy"),
    "test": ("green", "burgundy", "rust", "steel"),
}
BAGS: Final[dict[Split, dict[str, tuple[float, float]]]] = {
    "dev": {
        "black_sack": (0.45, 0.62),
        "blue_shopper": (0.40, 0.50),
        "carrier_bag": (0.36, 0.46),
        "carton": (0.38, 0.55),
    },
    "test": {
        "grey_sack": (0.45, 0.62),
        "rice_sack": (0.50, 0.72),
        "red_bag": (0.36, 0.46),
        "mattress": (0.60, 0.75),
    },
}
"""Lowest and largest height, m."""
CARS: Final[dict[Split, tuple[Colour, ...]]] = {
    "dev": ((196, 198, 200), (60, 52, 168)),
    "test": ((150, 96, 52), (92, 90, 88)),
}
SCOOTER_COLOURS: Final[dict[Split, Colour]] = {"dev": (52, 48, 172), "test": (150, 110, 40)}


@dataclass(frozen=True, slots=True)
class Figure:
    """A cutout and how it is used.

    Attributes:
        right, left: as it looks to either side.
        grip: where a bag hangs, (towards where it looks, up) in its heights.
        walks: whether it moves its legs.
    """

    right: Cutout
    left: Cutout
    grip: tuple[float, float]
    walks: bool


class Catalogue:
    """What a scenario shows, drawn once; a look is the same whatever else appears beside it.

    Args:
        photo: the sample photograph.
        split: whose identities.
        seed: of the drawings' grain.
        looks: the names of all that appear.
        largest: px beyond which no detail is needed.
    """

    def __init__(
        self, photo: Image, split: Split, seed: int, looks: Iterable[str], largest: float
    ) -> None:
        self._photo, self._split, self._seed, self._largest = photo, split, seed, largest
        wanted = sorted(set(looks))
        self.things = {
            look: self._sized(_THINGS[look](self._rng(look)), 0.5)
            for look in wanted
            if look in _THINGS
        }
        self.figures = {look: self._figure(look) for look in wanted if look not in _THINGS}

    def _rng(self, look: str) -> np.random.Generator:
        return np.random.default_rng((self._seed, 11, *look.encode()))

    def _figure(self, look: str) -> Figure:
        cutout, grip = self._drawn(look)
        small = self._sized(cutout)
        return Figure(small, small.mirrored(), grip, walks=look in PEOPLE[self._split])

    def _sized(self, cutout: Cutout, share: float = 1.0) -> Cutout:
        return cutout.scaled(min(1.0, share * self._largest / cutout.tall))

    def _drawn(self, look: str) -> tuple[Cutout, tuple[float, float]]:
        """The cutout, and where a bag hangs from it."""
        rng, split = self._rng(look), self._split
        if look == "scooter":
            rider = _person(self._photo, PEOPLE[split][0])
            return scooter(rng, rider, SCOOTER_COLOURS[split]), (0.30, 0.62)
        if look == "car":
            return car(rng, CARS[split][self._seed % len(CARS[split])]), (0.2, 0.66)
        if look == "van":
            return cut_out_bus(self._photo).mirrored(), (0.2, 0.4)
        if look == "dog":
            return dog(rng), (0.3, 0.5)
        if look not in PEOPLE[split]:
            raise ConfigError(
                f"There is no {look!r} in the split {split!r}: choose of"
                f" {', '.join((*PEOPLE[split], 'car', 'van', 'scooter', 'dog', *_THINGS))}."
            )
        return _person(self._photo, look), AT_HAND if look in _HANDS_FREE else AT_ELBOW


_HANDS_FREE: Final = frozenset({"black", "navy", "green", "burgundy"})
_THINGS: Final[Mapping[str, Callable[[np.random.Generator], Cutout]]] = {
    "black_sack": black_sack,
    "blue_shopper": blue_shopper,
    "carrier_bag": carrier_bag,
    "carton": carton,
    "grey_sack": lambda rng: round_bag(rng, (62, 60, 56)),
    "rice_sack": rice_sack,
    "red_bag": lambda rng: round_bag(rng, (70, 60, 186)),
    "mattress": mattress,
    "open_door": open_door,
}


def _person(photo: Image, look: str) -> Cutout:
    """Looking to the right, in the clothes of that name."""
    if look in _HANDS_FREE:
        slim = man_in_black(photo)
        colour, wider = {
            "black": ((0, 0, 0), 1.0), "navy": ((58, 26, 10), 1.0),
            "green": ((22, 46, 26), 1.09), "burgundy": ((34, 18, 66), 1.07),
        }[look]  # fmt: skip
        return _stouter(_lit(slim, colour), wider)
    gains, wider = {
        "beige": ((1.0, 1.0, 1.0), 1.0), "olive": ((0.42, 0.56, 0.52), 1.0),
        "rust": ((0.32, 0.48, 0.92), 1.06), "steel": ((0.92, 0.68, 0.55), 1.08),
    }[look]  # fmt: skip
    return _stouter(man_in_beige(photo).tinted(gains, rows=(0.08, 0.66)), wider)


def _lit(cutout: Cutout, colour: Colour) -> Cutout:
    """Dark cloth above the knee in another colour."""
    height = cutout.alpha.shape[0]
    row = np.arange(height, dtype=np.float32)[:, None] / height
    inside = np.clip((row - 0.16) / 0.02, 0, 1) * np.clip((0.62 - row) / 0.03, 0, 1)
    dark = np.clip((95 - cutout.bgr.max(axis=2)) / 50, 0, 1)
    weight = cv2.GaussianBlur((dark * inside).astype(np.float32), (0, 0), 1.5)[..., None]
    bgr = cutout.bgr + weight * np.array(colour, np.float32)
    return Cutout(np.asarray(bgr, np.float32), cutout.alpha, cutout.foot, cutout.tall)


def _stouter(cutout: Cutout, factor: float) -> Cutout:
    """Drawn wider by a factor."""
    if factor == 1:
        return cutout
    size = (round(cutout.alpha.shape[1] * factor), cutout.alpha.shape[0])
    bgr = np.asarray(cv2.resize(cutout.bgr, size, interpolation=cv2.INTER_LINEAR), np.float32)
    alpha = np.asarray(cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return Cutout(bgr, alpha, (cutout.foot[0] * factor, cutout.foot[1]), cutout.tall)
