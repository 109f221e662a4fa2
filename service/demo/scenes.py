"""What happens in the films: the demonstration, and the two clips of the speed benchmark."""

from dataclasses import dataclass

import numpy as np

from litterwatch.service.demo.walkers import Bag, Walker, Waypoint, straight

AT_HAND = (-0.035, 0.415)
"""Where the hand of the man in black hangs, in his heights."""
AT_ELBOW = (0.12, 0.615)
"""Where a bag hangs from the folded arms of the man in beige."""
EDGE = 7.4
"""Beyond this x nobody is seen, m."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A film's people and length.

    Attributes:
        name: of the scene, used in file names.
        seconds: length, s.
        walkers: everybody who appears.
    """

    name: str
    seconds: float
    walkers: tuple[Walker, ...]


def demonstration() -> Scene:
    """One leaves a sack, one puts a bag down and takes it again, one only passes, twice."""
    passer = Walker(
        "passer", "man_in_olive", straight(4.0, EDGE, -EDGE, 8.7, 1.45), 1.78,
        Bag("carrier_bag", 0.42, AT_ELBOW),
    )  # fmt: skip
    leaver = Walker(
        "leaver", "man_in_black",
        (Waypoint(14.5, -6.6, 7.8), Waypoint(19.8, 0.35, 7.7), Waypoint(22.2, 0.35, 7.7),
         Waypoint(27.4, 7.0, 7.5)), 1.74,
        Bag("blue_sack", 0.58, AT_HAND, put_down=21.0),
    )  # fmt: skip
    returner = Walker("returner", "man_in_olive", straight(32.0, -6.2, 6.2, 6.8, 1.4), 1.78)
    keeper = Walker(
        "keeper", "man_in_beige",
        (Waypoint(39.5, 7.0, 8.4), Waypoint(42.9, 2.9, 8.4), Waypoint(44.9, 2.9, 8.4),
         Waypoint(45.5, 3.2, 8.4), Waypoint(50.6, 3.2, 8.4), Waypoint(51.2, 2.9, 8.4),
         Waypoint(53.2, 2.9, 8.4), Waypoint(60.6, -7.4, 8.6)), 1.80,
        Bag("blue_shopper", 0.46, AT_ELBOW, put_down=44.0, picked_up=52.2),
    )  # fmt: skip
    return Scene("demo", 64.0, (passer, leaver, returner, keeper))


def quiet(seconds: float) -> Scene:
    """Nobody comes; only light and noise."""
    return Scene("quiet", seconds, ())


def busy(seconds: float, seed: int) -> Scene:
    """Three or four people in view all the time; every fifth leaves a sack."""
    rng = np.random.default_rng(seed)
    looks = ("man_in_olive", "man_in_black", "man_in_beige")
    walkers = []
    for index, start in enumerate(np.arange(-9.0, seconds, 2.8)):
        look = looks[index % len(looks)]
        side = -1 if rng.random() < 0.5 else 1
        z = float(rng.uniform(6.6, 9.2))
        path = straight(float(start), side * EDGE, -side * EDGE, z, float(rng.uniform(1.2, 1.5)))
        bag = None
        if look == "man_in_black":
            put_down = float(start) + 5.0 if index % 5 == 1 else None
            bag = Bag("blue_sack", 0.58, AT_HAND, put_down=put_down)
            path = _with_halt(path, put_down)
        walkers.append(Walker(f"walker-{index}", look, path, float(rng.uniform(1.62, 1.84)), bag))
    return Scene("busy", seconds, tuple(walkers))


def _with_halt(path: tuple[Waypoint, ...], moment: float | None) -> tuple[Waypoint, ...]:
    """The same way with a stand of two seconds round the moment."""
    if moment is None:
        return path
    first, last = path
    x = float(np.interp(moment, (first.t, last.t), (first.x, last.x)))
    return (
        first,
        Waypoint(moment - 1.0, x, first.z),
        Waypoint(moment + 1.0, x, first.z),
        Waypoint(last.t + 2.0, last.x, last.z),
    )
