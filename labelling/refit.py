"""Score weights refitted on verdicts: Bayesian logistic regression, the weights in use as prior.

The estimate is the most probable one (MAP) under independent normal priors: every weight round the
one in use, the bias as well, and an intercept of each camera round zero. How far the weights may
stray is not chosen by hand: of `SPREADS` the one is taken whose weights say best what people said
on days they were not fitted on. With few verdicts that is near the weights in use; with many the
data speaks.

The engine's thresholds stay where they are. A fit gives the chance of being confirmed, and where
most alarms are refused that chance is low for all of them: nothing would be reported any more. So
the bias is raised until what people confirmed is reported as before, on days not fitted on: what is
won is fewer false alarms at equal recall. Decision 0082 has the reasons.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.score import BY_HAND, ScoreWeights
from litterwatch.detector.errors import TooFewVerdicts
from litterwatch.labelling.intervals import wilson
from litterwatch.labelling.judged import Verdict

LEAST_VERDICTS: Final = 50
LEAST_OF_EACH: Final = 5
"""Deposits, and refused alarms, without which nothing can be told apart."""

SPREADS: Final = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Standard deviations of the priors that are tried."""

FOLDS: Final = 5
KEPT: Final = 0.98
"""Part of the confirmed events that are reported now which must be reported still."""

_STEPS: Final = 60
_SETTLED: Final = 1e-9
_BINS: Final = 5
_SURE: Final = 1e-6
_SURE_FROM: Final = DepositParameters().sure

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts that were given about the same score.

    Attributes:
        said: mean score of them, 0..1.
        true: share of them that people confirmed; `low` and `high` are its 95 % interval.
        n: how many.
    """

    said: float
    true: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Refit:
    """What a refit came to.

    Attributes:
        weights: for a camera nothing is known of; the bias is raised by `shift`.
        intercepts: added to the bias, by camera.
        shift: log odds by which scores exceed the chance of being confirmed, to keep recall.
        recall: part of the confirmed events reported before that is reported still, on days not
            fitted on; `false` the same of the refused ones.
        spread: the standard deviation of the priors that did best.
        deposits, refused: how many verdicts of either kind there were.
        loss, loss_before: mean -log(probability given to what people said) on days that were not
            fitted on, by the new weights and by those in use.
        bins: those chances, before the shift, against what people said.
    """

    weights: ScoreWeights
    intercepts: Mapping[str, float]
    shift: float
    recall: float
    false: float
    spread: float
    deposits: int
    refused: int
    loss: float
    loss_before: float
    bins: tuple[Bin, ...]

    @property
    def is_better(self) -> bool:
        """Whether the new weights say better what people will say, and alarm no more for it."""
        return self.loss < self.loss_before and self.false <= 1 and self.recall >= KEPT

    def weights_of(self, camera: str) -> ScoreWeights:
        """The weights for one camera."""
        bias = self.weights.bias + self.intercepts.get(camera, 0.0)
        return ScoreWeights(bias, self.weights.weights)


def refit(verdicts: Sequence[Verdict], prior: ScoreWeights = BY_HAND) -> Refit:
    """Fit the weights to what people said.

    Raises:
        TooFewVerdicts: there are not enough, or only of one kind; says how many are missing.
    """
    _require_enough(verdicts)
    table = _Table.of(verdicts, prior)
    folds = np.array([_fold(verdict) for verdict in verdicts])
    losses = {spread: _held_out(table, folds, spread) for spread in SPREADS}
    spread = min(SPREADS, key=lambda each: table.loss(losses[each]))
    held_out = losses[spread]
    fitted = table.fit(np.ones(len(verdicts), bool), spread)
    deposits = int(table.said.sum())
    before = _chance(table.rows @ table.start)
    reported = before >= _SURE_FROM
    shift = _shift(held_out[reported & (table.said > 0)])
    after = _chance(_log_odds(held_out) + shift) >= _SURE_FROM
    weights = table.weights(fitted)
    return Refit(
        weights=ScoreWeights(round(weights.bias + shift, 6), weights.weights),
        intercepts=table.intercepts(fitted),
        shift=shift,
        recall=_still(after, reported & (table.said > 0)),
        false=_still(after, reported & (table.said == 0)),
        spread=spread,
        deposits=deposits,
        refused=len(verdicts) - deposits,
        loss=table.loss(held_out),
        loss_before=table.loss(before),
        bins=bins(held_out, table.said),
    )


def _require_enough(verdicts: Sequence[Verdict]) -> None:
    deposits = sum(verdict.is_deposit for verdict in verdicts)
    counts = (
        (len(verdicts), LEAST_VERDICTS, "verdicts"),
        (deposits, LEAST_OF_EACH, "confirmed deposits"),
        (len(verdicts) - deposits, LEAST_OF_EACH, "refused alarms"),
    )
    missing = [f"{least - there} more {what}" for there, least, what in counts if there < least]
    if missing:
        raise TooFewVerdicts(
            f"There are {len(verdicts)} verdicts to learn from, {deposits} of them confirmed"
            f" deposits: judge {' and '.join(missing)} first."
        )


def _shift(confirmed: Numbers) -> float:
    """What must be added to the log odds so that all but a few of these chances are reported.

    Never less than nothing: where more is reported than before, people have asked for it.
    """
    if not len(confirmed):
        return 0.0
    lowest = np.sort(_log_odds(confirmed))[int((1 - KEPT) * len(confirmed))]
    needed = float(_log_odds(np.array([_SURE_FROM]))[0] - lowest)
    return max(0.0, ceil(1e6 * needed + 1) / 1e6)  # six digits, as they are written down


def _still(after: NDArray[np.bool_], before: NDArray[np.bool_]) -> float:
    """Which part of what was reported is reported still; 1 where nothing was."""
    return float(after[before].mean()) if before.any() else 1.0


def _fold(verdict: Verdict) -> int:
    """The part a camera's day belongs to, the same on every run."""
    day = f"{verdict.camera} {verdict.at.date().isoformat()}"
    return hashlib.sha256(day.encode()).digest()[0] % FOLDS


@dataclass(frozen=True, slots=True)
class _Table:
    """Verdicts as numbers.

    Attributes:
        rows: (n, 1 + features + cameras): 1, the features, 1 for the verdict's camera.
        said: (n,) 1 for a deposit.
        counts: (n,) how many each stands for.
        start: the prior means.
        names: of the features.
        cameras: in the order of their columns.
    """

    rows: Numbers
    said: Numbers
    counts: Numbers
    start: Numbers
    names: tuple[str, ...]
    cameras: tuple[str, ...]

    @staticmethod
    def of(verdicts: Sequence[Verdict], prior: ScoreWeights) -> "_Table":
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
        return _Table(rows, said, np.array([v.weight for v in verdicts]), start, names, cameras)

    def fit(self, chosen: NDArray[np.bool_], spread: float) -> Numbers:
        """The most probable coefficients: Newton's method, each step halved until it helps."""
        rows, said, counts = self.rows[chosen], self.said[chosen], self.counts[chosen]
        precision = 1 / spread**2

        def cost(at: Numbers) -> float:
            logits = rows @ at
            losses = np.logaddexp(0, logits) - said * logits
            return float(counts @ losses + 0.5 * precision * ((at - self.start) ** 2).sum())

        at = self.start.copy()
        for _ in range(_STEPS):
            chance = _chance(rows @ at)
            slope = rows.T @ (counts * (chance - said)) + precision * (at - self.start)
            curve = (rows.T * (counts * chance * (1 - chance))) @ rows
            step = np.linalg.solve(curve + precision * np.eye(len(at)), slope)
            size, before = 1.0, cost(at)
            while size > _SETTLED and cost(at - size * step) > before:
                size /= 2
            at = at - size * step
            if np.abs(size * step).max() < _SETTLED:
                break
        return at

    def loss(self, chances: Numbers) -> float:
        """Mean -log(probability given to what people said)."""
        right = np.where(self.said > 0, chances, 1 - chances)
        return float(-(self.counts @ np.log(np.clip(right, _SURE, 1))) / self.counts.sum())

    def weights(self, at: Numbers) -> ScoreWeights:
        features = at[1 : 1 + len(self.names)]
        named = {n: round(float(v), 6) for n, v in zip(self.names, features, strict=True)}
        return ScoreWeights(round(float(at[0]), 6), named)

    def intercepts(self, at: Numbers) -> dict[str, float]:
        own = at[1 + len(self.names) :]
        return {c: round(float(v), 6) for c, v in zip(self.cameras, own, strict=True)}


def _held_out(table: _Table, folds: NDArray[np.int_], spread: float) -> Numbers:
    """The chance (n,) each verdict is given by weights that were not fitted on its day."""
    chances = np.zeros(len(table.said))
    for fold in np.unique(folds):
        out = folds == fold
        chances[out] = _chance(table.rows[out] @ table.fit(~out, spread))
    return chances


def _log_odds(chances: Numbers) -> Numbers:
    inside = np.clip(chances, _SURE, 1 - _SURE)
    result: Numbers = np.log(inside / (1 - inside))
    return result


def _chance(logits: Numbers) -> Numbers:
    result: Numbers = 1 / (1 + np.exp(-np.clip(logits, -500, 500)))
    return result


def bins(chances: Numbers, said: Numbers, count: int = _BINS) -> tuple[Bin, ...]:
    """Scores (n,) against what people said (n,), in parts of equal width that hold something."""
    place = np.minimum((chances * count).astype(int), count - 1)
    found = []
    for number in range(count):
        inside = place == number
        n, hits = int(inside.sum()), int(said[inside].sum())
        if n:
            low, high = wilson(hits, n)
            found.append(Bin(float(chances[inside].mean()), hits / n, low, high, n))
    return tuple(found)
