"""Verdicts as numbers, and the most probable weights for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.score import ScoreWeights
from litterwatch.labelling.judged import Verdict

Numbers = NDArray[np.float64]
Spread = tuple[float, float]
"""Standard deviations of the priors: of the weights, and of the cameras' intercepts."""

FREE: Final = 10.0
"""Standard deviation of the bias."""

_STEPS: Final = 60
_SETTLED: Final = 1e-9
_SURE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Table:
    """Verdicts as numbers.

    Attributes:
        rows: (n, 1 + features + cameras): 1, the features, 1 for the verdict's camera.
        said: (n,) 1 for a deposit.
        counts: (n,) how many each stands for.
        days: (n,) the camera-day of each.
        start: the prior means.
        names: of the features.
        cameras: in the order of their columns.
    """

    rows: Numbers
    said: Numbers
    counts: Numbers
    days: NDArray[np.str_]
    start: Numbers
    names: tuple[str, ...]
    cameras: tuple[str, ...]

    @staticmethod
    def of(verdicts: Sequence[Verdict], prior: ScoreWeights) -> "Table":
        names = tuple(prior.weights)
        cameras = tuple(sorted({verdict.camera for verdict in verdicts}))
        rows = np.array(
            [
                [1.0, *(v.features[name] for name in names), *(v.camera == c for c in cameras)]
                for v in verdicts
            ],
            np.float64,
        )
        start = np.array([prior.bias, *prior.weights.values(), *(0.0 for _ in cameras)])
        said = np.array([float(verdict.is_deposit) for verdict in verdicts])
        counts = np.array([verdict.weight for verdict in verdicts])
        days = np.array([day_of(verdict) for verdict in verdicts])
        return Table(rows, said, counts, days, start, names, cameras)

    def of_score(self) -> "Table":
        """The same verdicts with the score in use as their only feature (Platt's calibration)."""
        score = self.rows @ self.start
        rows = np.column_stack([np.ones(len(score)), score])
        return replace(self, rows=rows, start=np.array([0.0, 1.0]), names=("score",), cameras=())

    def fit(self, chosen: NDArray[np.bool_], spread: Spread) -> Numbers:
        """The most probable coefficients: Newton's method, each step halved until it helps."""
        rows, said, counts = self.rows[chosen], self.said[chosen], self.counts[chosen]
        spreads = [FREE, *(spread[0] for _ in self.names), *(spread[1] for _ in self.cameras)]
        precision = 1 / np.array(spreads) ** 2

        def cost(at: Numbers) -> float:
            logits = rows @ at
            losses = np.logaddexp(0, logits) - said * logits
            return float(counts @ losses + 0.5 * precision @ (at - self.start) ** 2)

        at = self.start.copy()
        for _ in range(_STEPS):
            chance = chance_of(rows @ at)
            slope = rows.T @ (counts * (chance - said)) + precision * (at - self.start)
            curve = (rows.T * (counts * chance * (1 - chance))) @ rows
            step = np.linalg.solve(curve + np.diag(precision), slope)
            size, before = 1.0, cost(at)
            while size > _SETTLED and cost(at - size * step) > before:
                size /= 2
            at = at - size * step
            if np.abs(size * step).max() < _SETTLED:
                break
        return at

    def loss(self, chances: Numbers) -> float:
        """Mean -log(probability given to what people said)."""
        return float(self._losses(chances).sum() / self.counts.sum())

    def standard_error(self, one: Numbers, other: Numbers) -> float:
        """Of the difference of two losses, over days of cameras."""
        change = self._losses(one) - self._losses(other)
        days = np.unique(self.days)
        sums = np.array([change[self.days == day].sum() for day in days])
        sizes = np.array([self.counts[self.days == day].sum() for day in days])
        rest = sums - sizes * sums.sum() / sizes.sum()
        return float(np.sqrt((rest**2).sum()) / sizes.sum())

    def _losses(self, chances: Numbers) -> Numbers:
        right = np.where(self.said > 0, chances, 1 - chances)
        result: Numbers = -self.counts * np.log(np.clip(right, _SURE, 1))
        return result

    def weights(self, at: Numbers) -> ScoreWeights:
        features = at[1 : 1 + len(self.names)]
        named = {n: round(float(v), 6) for n, v in zip(self.names, features, strict=True)}
        return ScoreWeights(round(float(at[0]), 6), named)

    def intercepts(self, at: Numbers) -> dict[str, float]:
        own = at[1 + len(self.names) :]
        return {c: round(float(v), 6) for c, v in zip(self.cameras, own, strict=True)}


def day_of(verdict: Verdict) -> str:
    """The camera-day of a verdict: fitted on as a whole, or not at all."""
    return f"{verdict.camera} {verdict.at.date().isoformat()}"


def log_odds(chances: Numbers) -> Numbers:
    """Of chances (n,), which are kept off 0 and 1."""
    inside = np.clip(chances, _SURE, 1 - _SURE)
    result: Numbers = np.log(inside / (1 - inside))
    return result


def chance_of(logits: Numbers) -> Numbers:
    """The other way round."""
    result: Numbers = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
    return result
