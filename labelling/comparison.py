"""A candidate beside the model in use, on the same pictures and the same events.

Values only: how they come about stands in labelling/sights.py (pictures) and in the service
(events).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
"""Of the bootstrap: days of cameras drawn with return."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One count for both models."""

    active: int
    candidate: int


@dataclass(frozen=True, slots=True)
class PictureSeen:
    """What both models make of one labelled picture.

    Attributes:
        camera, day: where and when; days of cameras are drawn, not pictures.
        people, waste: how many are labelled.
        people_found, waste_found: how many of them each model finds at its working confidence.
        is_clean: whether neither waste nor an overfull bin is labelled.
        invented: boxes of waste in a clean picture.
    """

    camera: str
    day: str
    people: int
    people_found: Pair
    waste: int
    waste_found: Pair
    is_clean: bool
    invented: Pair


@dataclass(frozen=True, slots=True)
class EventSeen:
    """What both models make of the clip of one reviewed event.

    Attributes:
        event_id: of the event.
        camera, day: where and when.
        is_deposit: whether people confirmed it.
        seconds: of the clip.
        found: whether each finds what was confirmed; 0 for a refused one.
        false: events in the clip that nobody confirmed.
    """

    event_id: str
    camera: str
    day: str
    is_deposit: bool
    seconds: float
    found: Pair
    false: Pair


@dataclass(frozen=True, slots=True)
class Difference:
    """Candidate minus model in use, with its 95 % interval.

    Attributes:
        active, candidate: each for itself.
        low, high: of the difference, over days of cameras drawn with return.
        n: of how many things.
    """

    active: float
    candidate: float
    low: float
    high: float
    n: int

    @property
    def value(self) -> float:
        return self.candidate - self.active


Row = TypeVar("Row", PictureSeen, EventSeen)


def compared(
    rows: Sequence[Row], size: Callable[[Row], float], count: Callable[[Row], Pair]
) -> Difference | None:
    """How many for each unit of size, by both models; None where there is nothing to count on.

    With the number of labelled things as size it is the share that is found; with hours as size, a
    rate.
    """
    return _ratio(
        [(row.camera, row.day) for row in rows],
        [size(row) for row in rows],
        [count(row) for row in rows],
    )


def _ratio(
    days: Sequence[tuple[str, str]], sizes: Sequence[float], counts: Sequence[Pair]
) -> Difference | None:
    total = sum(sizes)
    if total <= 0:
        return None
    known = sorted(set(days))
    place = np.array([known.index(day) for day in days])
    below = np.bincount(place, np.array(sizes, np.float64), len(known)).astype(np.float64)
    above = [
        np.bincount(place, np.array(side, np.float64), len(known))
        for side in (
            [pair.active for pair in counts],
            [pair.candidate for pair in counts],
        )
    ]
    low, high = _interval(below, (above[1] - above[0]).astype(np.float64))
    return Difference(
        float(above[0].sum() / total), float(above[1].sum() / total), low, high, round(total)
    )


def _interval(below: NDArray[np.float64], change: NDArray[np.float64]) -> tuple[float, float]:
    """Of the summed change over the summed size, days drawn with return."""
    rng = np.random.default_rng(1)
    drawn = rng.integers(0, len(below), (DRAWS, len(below)))
    sizes = below[drawn].sum(axis=1)
    ratios = change[drawn].sum(axis=1)[sizes > 0] / sizes[sizes > 0]
    low, high = np.percentile(ratios, [2.5, 97.5])
    return float(low), float(high)
