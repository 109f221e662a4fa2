"""Who is where at what time: people as functions of time, so that every frame can be made alone."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

STEP = 0.72
"""Length of a step, m."""
STOOP_BEFORE, STOOP_AFTER = 0.9, 0.8
"""How long a person bends before a bag touches the ground, and straightens after, s."""


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Be at (x, z), m, at time t, s."""

    t: float
    x: float
    z: float


@dataclass(frozen=True, slots=True)
class Bag:
    """What a walker carries.

    Attributes:
        look: name of the drawing.
        height: m.
        grip: where it hangs, (sideways, up) in heights of the walker, towards where he looks.
        put_down: when it touches the ground, s; None: never.
        picked_up: when it leaves the ground again, s; None: never.
        aside: where it is set down, m from the walker's feet towards where he looks.
    """

    look: str
    height: float
    grip: tuple[float, float]
    put_down: float | None = None
    picked_up: float | None = None
    aside: float = 0.32

    def lowered(self, t: float) -> float:
        """0 in the hand, 1 on the ground."""
        if self.put_down is None or t <= self.put_down - STOOP_BEFORE:
            return 0.0
        if t < self.put_down:
            return _ease((t - self.put_down + STOOP_BEFORE) / STOOP_BEFORE)
        if self.picked_up is None or t <= self.picked_up:
            return 1.0
        return 1.0 - _ease((t - self.picked_up) / STOOP_AFTER)


@dataclass(frozen=True, slots=True)
class Walker:
    """One person crossing the street's pavement.

    Attributes:
        name: stable, for the ground truth.
        look: name of the cutout.
        path: waypoints in order of time; outside their times the person is not there.
        height: m.
        bag: what he carries.
    """

    name: str
    look: str
    path: tuple[Waypoint, ...]
    height: float = 1.74
    bag: Bag | None = None

    def present(self, t: float) -> bool:
        """Whether he is in the street."""
        return self.path[0].t <= t <= self.path[-1].t

    def place(self, t: float) -> tuple[float, float]:
        """(x, z) of the feet, m; before and after his path he stays at its ends."""
        times = [point.t for point in self.path]
        return (
            float(np.interp(t, times, [point.x for point in self.path])),
            float(np.interp(t, times, [point.z for point in self.path])),
        )

    def walked(self, t: float) -> float:
        """Metres walked since he appeared."""
        total = 0.0
        for a, b in pairwise(self.path):
            share = min(max((t - a.t) / (b.t - a.t), 0.0), 1.0)
            total += share * float(np.hypot(b.x - a.x, b.z - a.z))
        return total

    def looks_left(self, t: float) -> bool:
        """Whether his last or current step goes to the left."""
        left = self.path[-1].x < self.path[0].x
        for a, b in pairwise(self.path):
            if a.t > t:
                break
            left = b.x < a.x if abs(b.x - a.x) > 0.3 else left
        return left

    def bent(self, t: float) -> float:
        """0 upright, 1 bent down to the ground."""
        if self.bag is None:
            return 0.0
        moments = [m for m in (self.bag.put_down, self.bag.picked_up) if m is not None]
        return max((_stoop(t - moment) for moment in moments), default=0.0)

    def bag_rests_at(self) -> tuple[float, float]:
        """(x, z) where his bag stands on the ground, m."""
        if self.bag is None or self.bag.put_down is None:
            raise ValueError(f"{self.name} puts nothing down")
        x, z = self.place(self.bag.put_down)
        aside = -self.bag.aside if self.looks_left(self.bag.put_down) else self.bag.aside
        return x + aside, z - 0.12

    def bag_alone(self, t: float) -> bool:
        """Whether the bag stands on the ground."""
        return self.bag is not None and self.bag.lowered(t) >= 1.0


def straight(t: float, x_from: float, x_to: float, z: float, speed: float) -> tuple[Waypoint, ...]:
    """A walk along the pavement from one side to the other."""
    return (Waypoint(t, x_from, z), Waypoint(t + abs(x_to - x_from) / speed, x_to, z))


def _ease(share: float) -> float:
    """0..1 to 0..1 with soft ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _stoop(since: float) -> float:
    """How far a person is bent, `since` seconds after the bag touched or left the ground."""
    if since < 0:
        return _ease((since + STOOP_BEFORE) / STOOP_BEFORE)
    return 1 - _ease(since / STOOP_AFTER)
