"""The experiment: how many false alarms are left, at equal recall, after so many verdicts.

Two questions, both about cameras that the engine was not developed on:

* the same cameras, later: verdicts of the first days teach weights and nuisance map, the last days
  test;
* cameras without a verdict: verdicts of half of the cameras teach weights, the other half test.

Every point is repeated: the verdicts are drawn by lot, and the cameras that test with return.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.labelling.charts import Curve, Point
from litterwatch.labelling.curve import (
    NOTHING,
    Taught,
    at_threshold,
    false_share,
    order,
    rescored,
    taught,
)
from litterwatch.labelling.judged import Verdict
from litterwatch.service.learning.proof_films import FIRST_SEED
from litterwatch.service.synth.scenario import Camera
from litterwatch.service.synth.setting import draw_setting
from litterwatch.service.synth.view import View

COUNTS: Final = (0, 25, 50, 100, 200, 500)
"""Verdicts; those that the teaching days do not have are left out and the page says so."""

RECALLS: Final = (0.9, 0.5)
"""Parts of the true alarms that are kept, before and after."""

TEACHES: Final = 0.6
"""Part of a camera's days, the first ones, whose verdicts teach."""

PERSON: Final = 1.65
"""Height of a person, m, for the reach of a nuisance map; the engine measures its own."""


@dataclass(frozen=True, slots=True)
class Range:
    """A mean over repetitions, and the middle 95 % of them."""

    mean: float
    low: float
    high: float

    @staticmethod
    def of(values: Sequence[float]) -> "Range":
        """Of those that are numbers."""
        known = np.array(values)[np.isfinite(values)]
        low, high = np.percentile(known, [2.5, 97.5])
        return Range(float(known.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Measured:
    """One point of a curve.

    Attributes:
        n: verdicts.
        left: part of the false alarms left at each of `RECALLS`.
        order: chance that a true alarm stands above a false one.
        true, false: parts of true and false alarms above the engine's own threshold.
        refitted: part of the repetitions in which new weights were better and used.
    """

    n: int
    left: tuple[Range, ...]
    order: Range
    true: float
    false: float
    refitted: float


@dataclass(frozen=True, slots=True)
class Proof:
    """What the experiment came to.

    Attributes:
        later: the same cameras, later.
        unseen: cameras without a verdict.
        pool: verdicts there were to teach with, in either part.
        tested: (true, false) alarms that tested, in either part.
    """

    later: tuple[Measured, ...]
    unseen: tuple[Measured, ...]
    pool: tuple[int, int]
    tested: tuple[tuple[int, int], tuple[int, int]]

    def curves(self) -> list[Curve]:
        """To be drawn: the same cameras at both recalls, unseen ones at the higher."""
        wanted = [
            (f"same cameras, {RECALLS[0]:.0%} kept", self.later, 0),
            (f"same cameras, {RECALLS[1]:.0%} kept", self.later, 1),
            (f"unseen cameras, {RECALLS[0]:.0%} kept", self.unseen, 0),
        ]
        return [
            Curve(name, [Point(m.n, (r := m.left[which]).mean, r.low, r.high) for m in part])
            for name, part, which in wanted
        ]


def person_height(verdict: Verdict) -> tuple[float, tuple[int, int]]:
    """Of a generated camera: px at the verdict's place, and the picture's size, px."""
    camera = camera_of(int(verdict.camera.removeprefix("camera")))
    view = View.of(camera)
    row = max(verdict.foot[1] * camera.height, view.horizon + 1)
    metre = view.focal / view.depth_of_row(row)
    return PERSON * metre, (camera.width, camera.height)


def camera_of(number: int) -> Camera:
    """A generated camera."""
    return draw_setting(FIRST_SEED + number, "test").camera


def prove(verdicts: Sequence[Verdict], repetitions: int, told: Callable[[int, int], None]) -> Proof:
    """Run the experiment.

    Args:
        verdicts: of every alarm of every camera.
        repetitions: of each point.
        told: how far it is.
    """
    days = sorted({verdict.at for verdict in verdicts})
    cut = days[min(int(TEACHES * len(days)), len(days) - 1)]
    first = [verdict for verdict in verdicts if verdict.at < cut]
    last = [verdict for verdict in verdicts if verdict.at >= cut]
    halves = _halves(verdicts)
    counts = [
        [n for n in COUNTS if n <= len(pool)] + ([len(pool)] if len(pool) not in COUNTS else [])
        for pool in (first, halves[0])
    ]
    total, done = sum(map(len, counts)), 0
    later: list[Measured] = []
    unseen: list[Measured] = []
    for part, pool, test, wanted, with_maps in (
        (later, first, last, counts[0], True),
        (unseen, halves[0], halves[1], counts[1], False),
    ):
        for n in wanted:
            part.append(_measured(pool, test, n, repetitions, days[-1], with_maps=with_maps))
            done += 1
            told(done, total)
    return Proof(
        tuple(later),
        tuple(unseen),
        (len(first), len(halves[0])),
        (_tally(last), _tally(halves[1])),
    )


def _halves(verdicts: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """Of every other camera, and of the others."""
    cameras = sorted({verdict.camera for verdict in verdicts})
    teaching = set(cameras[::2])
    return (
        [verdict for verdict in verdicts if verdict.camera in teaching],
        [verdict for verdict in verdicts if verdict.camera not in teaching],
    )


def _tally(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    true = sum(verdict.is_deposit for verdict in verdicts)
    return true, len(verdicts) - true


def _measured(
    pool: Sequence[Verdict],
    test: Sequence[Verdict],
    n: int,
    repetitions: int,
    now: datetime,
    *,
    with_maps: bool,
) -> Measured:
    rng = np.random.default_rng((n, 7))
    said = np.array([verdict.is_deposit for verdict in test])
    cameras = sorted({verdict.camera for verdict in test})
    of = np.array([cameras.index(verdict.camera) for verdict in test])
    threshold = DepositParameters().sure
    left: list[list[float]] = [[] for _ in RECALLS]
    orders: list[float] = []
    found: list[tuple[float, float]] = []
    refitted = 0
    for _ in range(repetitions):
        by = _learned(pool, n, now, rng, with_maps=with_maps)
        refitted += by.is_refitted
        scores = rescored(test, by, person_height)
        drawn = _with_return(of, len(cameras), rng)
        for values, recall in zip(left, RECALLS, strict=True):
            values.append(false_share(scores[drawn], said[drawn], recall))
        orders.append(order(scores[drawn], said[drawn]))
        found.append(at_threshold(scores, said, threshold))
    true, false = (float(value) for value in np.mean(found, axis=0))
    ranges = tuple(Range.of(values) for values in left)
    return Measured(n, ranges, Range.of(orders), true, false, refitted / repetitions)


def _learned(
    pool: Sequence[Verdict], n: int, now: datetime, rng: np.random.Generator, *, with_maps: bool
) -> Taught:
    if not n:
        return NOTHING
    by = taught([pool[int(i)] for i in rng.permutation(len(pool))[:n]], now)
    return by if with_maps else Taught(by.weights, {}, by.is_refitted)


def _with_return(of: NDArray[np.int_], cameras: int, rng: np.random.Generator) -> NDArray[np.int_]:
    """The places of all alarms of cameras drawn with return."""
    chosen = rng.integers(0, cameras, cameras)
    found: NDArray[np.int_] = np.concatenate([np.flatnonzero(of == camera) for camera in chosen])
    return found
