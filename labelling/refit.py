"""Score weights refitted on verdicts: Bayesian logistic regression, the weights in use as prior.

The estimate is the most probable one (MAP) under independent normal priors: every weight round the
one in use, and an intercept of each camera round zero; the bias is free. How far weights and
intercepts may stray is not chosen by hand: of `SPREADS` the pair is taken that says best what
people said on days it was not fitted on. It must do better than the score in use, brought to the
same scale (Platt's calibration), and by more than chance would: an alarm's features may simply not
tell what people know.

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
from litterwatch.labelling.regression import (
    FREE,
    Numbers,
    Spread,
    Table,
    chance_of,
    day_of,
    log_odds,
)

LEAST_VERDICTS: Final = 50
LEAST_OF_EACH: Final = 5
"""Deposits, and refused alarms, without which nothing can be told apart."""

SPREADS: Final = tuple(
    (weights, cameras) for weights in (0.125, 0.25, 0.5, 1.0, 2.0) for cameras in (0.05, 0.5)
)
"""Standard deviations that are tried: of the weights, and of the cameras' intercepts."""


FOLDS: Final = 5
KEPT: Final = 0.98
"""Part of the confirmed events that are reported now which must be reported still."""

_SETTLED: Final = 1e-9
_BINS: Final = 5
_SURE_FROM: Final = DepositParameters().sure


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
        spread: the standard deviations that did best.
        deposits, refused: how many verdicts of either kind there were.
        loss, loss_before: mean -log(probability given to what people said) on days that were not
            fitted on, by the new weights and by the score in use, brought to the same scale.
        chance: by how much the first may be lower by chance (the standard error of the difference,
            over days of cameras).
        bins: those chances, before the shift, against what people said.
    """

    weights: ScoreWeights
    intercepts: Mapping[str, float]
    shift: float
    recall: float
    false: float
    spread: Spread
    deposits: int
    refused: int
    loss: float
    loss_before: float
    chance: float
    bins: tuple[Bin, ...]

    @property
    def is_better(self) -> bool:
        """Whether the new weights say better what people will say, by more than chance."""
        return self.loss_before - self.loss > self.chance and self.recall >= KEPT

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
    table = Table.of(verdicts, prior)
    folds = np.array([_fold(verdict) for verdict in verdicts])
    losses = {spread: _held_out(table, folds, spread) for spread in SPREADS}
    spread = min(SPREADS, key=lambda each: table.loss(losses[each]))
    held_out = losses[spread]
    rescaled = _held_out(table.of_score(), folds, (FREE, FREE))
    fitted = table.fit(np.ones(len(verdicts), bool), spread)
    deposits = int(table.said.sum())
    before = chance_of(table.rows @ table.start)
    reported = before >= _SURE_FROM
    shift = _shift(held_out[reported & (table.said > 0)])
    after = chance_of(log_odds(held_out) + shift) >= _SURE_FROM
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
        loss_before=table.loss(rescaled),
        chance=table.standard_error(held_out, rescaled),
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
    lowest = np.sort(log_odds(confirmed))[int((1 - KEPT) * len(confirmed))]
    needed = float(log_odds(np.array([_SURE_FROM]))[0] - lowest)
    return max(0.0, ceil(1e6 * needed + 1) / 1e6)  # six digits, as they are written down


def _still(after: NDArray[np.bool_], before: NDArray[np.bool_]) -> float:
    """Which part of what was reported is reported still; 1 where nothing was."""
    return float(after[before].mean()) if before.any() else 1.0


def _fold(verdict: Verdict) -> int:
    """The part a camera's day belongs to, the same on every run."""
    return hashlib.sha256(day_of(verdict).encode()).digest()[0] % FOLDS


def _held_out(table: Table, folds: NDArray[np.int_], spread: Spread) -> Numbers:
    """The chance (n,) each verdict is given by weights that were not fitted on its day."""
    chances = np.zeros(len(table.said))
    for fold in np.unique(folds):
        out = folds == fold
        chances[out] = chance_of(table.rows[out] @ table.fit(~out, spread))
    return chances


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
