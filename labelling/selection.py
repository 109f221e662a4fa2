"""Which pictures are worth a person's time next: few, unlike each other, and not only the alarms.

Two parts. Most places go to what the machine is unsure about, spread over looks (greedy k-centre:
the next picture is the one farthest from all chosen and labelled ones, weighted by its doubt),
cameras and hours. The rest goes to what nobody would have been shown: candidates below the
threshold and dwells, drawn by lot, because a choice by doubt would be a biased sample again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import FloatArray
from litterwatch.labelling.records import Origin

AUDITED: Final = frozenset({Origin.BELOW_THRESHOLD, Origin.RANDOM_DWELL})
"""What reached no desk by itself."""

HOURS: Final = 4
"""Hours of the day that count as one: morning, noon, evening, night look different."""

_LEAST_DOUBT: Final = 0.25
"""Weight of what the machine is sure about: it can be surely wrong."""

_FAR: Final = 2.0
"""Distance, where there is nothing to be far from: the largest between descriptions of length 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """A picture that nobody has looked at.

    Attributes:
        id: unique.
        camera: where it comes from.
        origin: why it is here.
        doubt: 0 sure and right, 1 unsure or wrong (`doubt_of`).
        looks: (d,) float32, as `detector/deposits/descriptor.py` gives it.
        hour: 0 to 23 on the clock of the place; None where nobody knows.
    """

    id: str
    camera: str
    origin: Origin
    doubt: float
    looks: FloatArray
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class Quotas:
    """Shares of a batch, 0 to 1.

    Attributes:
        camera: most from one camera, as long as others have something.
        hours: most from the same hours of the day, likewise.
        audited: of what nobody would have been shown, as far as there is any.
    """

    camera: float = 0.4
    hours: float = 0.5
    audited: float = 0.1


def doubt_of(confidence: float, *, is_waste: bool | None = None) -> float:
    """How much a picture can teach, 0 to 1.

    Args:
        confidence: of the machine that waste lies there, 0 to 1.
        is_waste: what people said; None where nobody has.
    """
    if is_waste is not None:
        return abs(float(is_waste) - confidence)
    return 1 - abs(2 * confidence - 1)


def choose(
    waiting: Sequence[Waiting],
    count: int,
    *,
    seed: int,
    known: FloatArray | None = None,
    quotas: Quotas | None = None,
) -> list[str]:
    """Ids of the next pictures, in the order in which they are to be looked at.

    The same pictures, known looks and seed give the same choice, in whatever order they come.

    Args:
        waiting: what there is.
        count: how many are wanted.
        seed: of the lots.
        known: (n, d) looks of what is labelled already.
        quotas: shares; the usual ones by default.
    """
    quotas = quotas or Quotas()
    pool = sorted(waiting, key=lambda one: _lot(seed, one.id))
    audited = [one for one in pool if one.origin in AUDITED]
    others = [one for one in pool if one.origin not in AUDITED]
    places = min(len(audited), ceil(count * quotas.audited)) if count > 0 else 0
    places = max(places, min(len(audited), count - len(others)))
    chosen = _unlike(others, max(0, count - places), known, quotas)
    return _mixed([one.id for one in chosen], [one.id for one in audited[:places]])


def _unlike(
    pool: Sequence[Waiting], count: int, known: FloatArray | None, quotas: Quotas
) -> list[Waiting]:
    """Greedy k-centre under quotas; a quota gives way where nothing else is left."""
    if not pool or count == 0:
        return []
    looks = np.stack([one.looks for one in pool])
    doubts = np.array([max(_LEAST_DOUBT, one.doubt) for one in pool])
    apart = _distances(looks, known)
    ledger = _Ledger(ceil(count * quotas.camera), ceil(count * quotas.hours))
    left = list(range(len(pool)))
    chosen: list[Waiting] = []
    while left and len(chosen) < count:
        open_ones = [i for i in left if ledger.has_room(pool[i])] or left
        best = max(open_ones, key=lambda i: (apart[i] * doubts[i], doubts[i], -i))
        chosen.append(pool[best])
        ledger.note(pool[best])
        left.remove(best)
        apart = np.minimum(apart, np.linalg.norm(looks - looks[best], axis=1))
    return chosen


def _distances(looks: FloatArray, known: FloatArray | None) -> NDArray[np.floating]:
    """How far each is from the nearest one that is known."""
    if known is None or len(known) == 0:
        return np.full(len(looks), _FAR)
    apart: NDArray[np.floating] = np.linalg.norm(looks[:, None] - known[None], axis=2)
    return np.asarray(apart.min(axis=1))


class _Ledger:
    """How many places each camera and each part of the day has taken."""

    def __init__(self, per_camera: int, per_hours: int) -> None:
        self._per_camera = per_camera
        self._per_hours = per_hours
        self._cameras: Counter[str] = Counter()
        self._hours: Counter[int] = Counter()

    def has_room(self, one: Waiting) -> bool:
        """Whether its camera and its hours have a place left."""
        part = _part_of_day(one)
        fits = part is None or self._hours[part] < self._per_hours
        return fits and self._cameras[one.camera] < self._per_camera

    def note(self, one: Waiting) -> None:
        """Take a place."""
        self._cameras[one.camera] += 1
        part = _part_of_day(one)
        if part is not None:
            self._hours[part] += 1


def _part_of_day(one: Waiting) -> int | None:
    return None if one.hour is None else one.hour // HOURS


def _mixed(chosen: list[str], audited: list[str]) -> list[str]:
    """The audited ones at even distances among the others, so that nobody knows which they are."""
    total = len(chosen) + len(audited)
    at = {ceil((i + 1) * total / (len(audited) + 1)) - 1 for i in range(len(audited))}
    rest, lots = iter(chosen), iter(audited)
    return [next(lots) if place in at else next(rest) for place in range(total)]


def _lot(seed: int, name: str) -> bytes:
    return blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()


def is_drawn(name: str, share: float) -> bool:
    """Whether a lot falls on this name: always the same answer, true for that share of names."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
    return number < share * 2**64
