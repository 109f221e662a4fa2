"""The experiment: how many false alarms are left, at equal recall, after so many verdicts.

Two questions, both about cameras that the engine was not developed on:

* the same cameras, later: verdicts of the first days teach weights and nuisance map, the last days
  test;
* cameras without a verdict: every fifth camera is tested by weights that the others' verdicts
  teach, in turn.

Every point is repeated: the verdicts are drawn by lot, and the cameras that test with return. What
teaches is a still taken after the act, what is tested is what the engine sees when it must decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.labelling.charts import Curve, Point
from litterwatch.labelling.curve import (
    NOTHING,
    Taught,
    at_threshold,
    by_hand,
    false_share,
    maps_of,
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
"""Verdicts; those that there are not enough of to teach are left out, and the page says so."""

RECALLS: Final = (0.9, 0.5)
"""Parts of the true alarms that are kept, before and after."""

TEACHES: Final = 0.75
"""Part of a camera's days, the first ones, whose verdicts teach."""

FOLDS: Final = 5
"""Parts of the cameras, each tested by what the others teach."""

PERSON: Final = 1.65
"""Height of a person, m, for the reach of a nuisance map; the engine measures its own."""


class Rung(StrEnum):
    """What learns from the verdicts."""

    NOTHING = "nothing"
    WEIGHTS = "weights"
    PLACE = "map by place alone"
    LOOKS = "map by place and looks"
    ALL = "weights, and map by place and looks"


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
        rungs: what each way to learn wins by itself, the same cameras, all verdicts.
        pool: verdicts there were to teach with, in either part.
        tested: (true, false) alarms that tested, in either part.
    """

    later: tuple[Measured, ...]
    unseen: tuple[Measured, ...]
    rungs: tuple[tuple[Rung, Measured], ...]
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


@dataclass(frozen=True, slots=True)
class _Part:
    """Verdicts that teach, and alarms that test."""

    pool: Sequence[Verdict]
    test: Sequence[Verdict]


def prove(
    verdicts: Sequence[Verdict],
    asked: Sequence[Verdict],
    repetitions: int,
    told: Callable[[int, int], None],
) -> Proof:
    """Run the experiment.

    Args:
        verdicts: of every alarm of every camera, as people judge them.
        asked: the same alarms, in the same order, as the engine sees them.
        repetitions: of each point.
        told: how far it is.
    """
    days = sorted({verdict.at for verdict in verdicts})
    cut = days[min(round(TEACHES * len(days)), len(days) - 1)]
    later_part = _Part(
        [verdict for verdict in verdicts if verdict.at < cut],
        [verdict for verdict in asked if verdict.at >= cut],
    )
    folds = _folds(verdicts, asked)
    pools = len(later_part.pool), min(len(fold.pool) for fold in folds)
    counts = [_counts(pool) for pool in pools]
    plan: list[tuple[tuple[_Part, ...], int, Rung]] = [
        ((later_part,), n, Rung.ALL) for n in counts[0]
    ]
    plan += [(folds, n, Rung.WEIGHTS) for n in counts[1]]
    plan += [((later_part,), counts[0][-1], rung) for rung in Rung]
    found = []
    for number, (parts, n, rung) in enumerate(plan, start=1):
        found.append(_measured(parts, n, repetitions, days[-1], rung))
        told(number, len(plan))
    split = len(counts[0]), len(counts[0]) + len(counts[1])
    return Proof(
        tuple(found[: split[0]]),
        tuple(found[split[0] : split[1]]),
        tuple(zip(Rung, found[split[1] :], strict=True)),
        pools,
        (_tally(later_part.test), _tally(verdicts)),
    )


def _counts(pool: int) -> list[int]:
    """What is asked for, and all there is where that is less."""
    return [n for n in COUNTS if n < pool] + ([pool] if pool <= COUNTS[-1] else [])


def _folds(verdicts: Sequence[Verdict], asked: Sequence[Verdict]) -> tuple[_Part, ...]:
    """Each part of the cameras, with the verdicts of all the others."""
    cameras = sorted({verdict.camera for verdict in verdicts})
    groups = [set(cameras[start::FOLDS]) for start in range(min(FOLDS, len(cameras)))]
    return tuple(
        _Part(
            [verdict for verdict in verdicts if verdict.camera not in group],
            [verdict for verdict in asked if verdict.camera in group],
        )
        for group in groups
    )


def _tally(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    true = sum(verdict.is_deposit for verdict in verdicts)
    return true, len(verdicts) - true


def _measured(
    parts: Sequence[_Part], n: int, repetitions: int, now: datetime, rung: Rung
) -> Measured:
    rng = np.random.default_rng((n, 7))
    test = [verdict for part in parts for verdict in part.test]
    said = np.array([verdict.is_deposit for verdict in test])
    cameras = sorted({verdict.camera for verdict in test})
    of = np.array([cameras.index(verdict.camera) for verdict in test])
    threshold = DepositParameters().sure
    left: list[list[float]] = [[] for _ in RECALLS]
    orders: list[float] = []
    found: list[tuple[float, float]] = []
    refitted = []
    for _ in range(repetitions):
        learned = [_learned(part.pool, n, now, rng, rung) for part in parts]
        refitted += [by.is_refitted for by in learned]
        given = [
            rescored(part.test, by, person_height) for part, by in zip(parts, learned, strict=True)
        ]
        scores = np.concatenate(given)
        drawn = _with_return(of, len(cameras), rng)
        for values, recall in zip(left, RECALLS, strict=True):
            values.append(false_share(scores[drawn], said[drawn], recall))
        orders.append(order(scores[drawn], said[drawn]))
        found.append(at_threshold(scores, said, threshold))
    true, false = (float(value) for value in np.mean(found, axis=0))
    ranges = tuple(Range.of(values) for values in left)
    return Measured(n, ranges, Range.of(orders), true, false, float(np.mean(refitted)))


def _learned(
    pool: Sequence[Verdict], n: int, now: datetime, rng: np.random.Generator, rung: Rung
) -> Taught:
    if not n or rung is Rung.NOTHING:
        return NOTHING
    drawn = [pool[int(i)] for i in rng.permutation(len(pool))[:n]]
    if rung is Rung.PLACE:
        drawn = [replace(verdict, looks=None) for verdict in drawn]
    if rung in (Rung.PLACE, Rung.LOOKS):
        return Taught(by_hand, maps_of(drawn, now), is_refitted=False)
    by = taught(drawn, now)
    return by if rung is Rung.ALL else Taught(by.weights, {}, by.is_refitted)


def _with_return(of: NDArray[np.int_], cameras: int, rng: np.random.Generator) -> NDArray[np.int_]:
    """The places of all alarms of cameras drawn with return."""
    chosen = rng.integers(0, cameras, cameras)
    found: NDArray[np.int_] = np.concatenate([np.flatnonzero(of == camera) for camera in chosen])
    return found
