"""What many outcomes come to: shares with intervals, rates, delays, owners. Pure.

Every number stands beside what it rests on; what nothing was seen of is None, never 0 or 1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import iou
from litterwatch.labelling.intervals import poisson, wilson
from litterwatch.service.evaluation.clips import Outcome
from litterwatch.service.evaluation.scoring import Guess, Truth

RESAMPLES: Final = 2000
_SEED: Final = 20190
LATE_ALERT: Final = 30.0
"""Seconds after the release from which an alert counts as late (it still counts as found)."""
_SAME_ACTOR: Final = 0.3
"""IoU from which the named actor is the true one."""
_A_PICTURE: Final = 0.25
"""Seconds by which a clip may begin after the first sight of somebody: he is a sliver then."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """Found, missed and false, together."""

    found: int
    missed: int
    false: int

    @property
    def precision(self) -> float | None:
        said = self.found + self.false
        return self.found / said if said else None

    @property
    def recall(self) -> float | None:
        due = self.found + self.missed
        return self.found / due if due else None

    def f_measure(self, alpha: float = 1.0) -> float | None:
        """(alpha + 1) R P / (R + alpha P): with alpha above 1 recall counts more (i-LIDS)."""
        total = (alpha + 1) * self.found + alpha * self.missed + self.false
        return (alpha + 1) * self.found / total if total else None


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; None where there was nothing, or too few clips, to tell."""

    value: float | None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """False alarms in so many hours, with the exact 95 % Poisson interval of the rate per hour."""

    count: int
    hours: float

    @property
    def per_hour(self) -> float | None:
        return self.count / self.hours if self.hours > 0 else None

    @property
    def interval(self) -> Interval | None:
        if self.hours <= 0:
            return None
        low, high = poisson(self.count)
        return low / self.hours, high / self.hours


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds from the true release to an alert, over the found deposits.

    Attributes:
        n: deposits for which it is known.
        unknown: found deposits for which it is not: the alert was never given.
        late: those later than `LATE_ALERT`.
    """

    n: int
    unknown: int
    median: float | None
    p95: float | None
    late: int


@dataclass(frozen=True, slots=True)
class Owners:
    """Whether the one who did it was named, over found deposits whose actor is annotated.

    Attributes:
        right, wrong, nobody: add up to all of them; the first one named counts.
        ambiguous: where the machine declared that it is not sure.
    """

    right: int
    wrong: int
    nobody: int
    ambiguous: int

    @property
    def accuracy(self) -> float | None:
        total = self.right + self.wrong + self.nobody
        return self.right / total if total else None


@dataclass(frozen=True, slots=True)
class Held:
    """In how many of n clips of evidence something is to be seen."""

    count: int
    n: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything about a set of clips under one rule.

    Attributes:
        clips, unread: read, and not read.
        counts: found, missed, false.
        precision, recall, f1: with intervals from resampled clips.
        f_alpha: `Counts.f_measure` at the asked alpha.
        false_alarms: over all clips; `quiet` over those in which nothing was left.
        provisional, confirmed: delays.
        withdrawn: alerts given and taken back.
        owners: who was named.
        arrival, act: clips of evidence that begin before whoever did it came, and before the act.
    """

    clips: int
    unread: int
    counts: Counts
    precision: Share
    recall: Share
    f1: Share
    f_alpha: float | None
    false_alarms: Rate
    quiet: Rate
    provisional: Delay
    confirmed: Delay
    withdrawn: int
    owners: Owners
    arrival: Held
    act: Held


def measure(
    outcomes: Sequence[Outcome], *, alpha: float = 1.0, resamples: int = RESAMPLES
) -> Measures:
    """All measures of some clips.

    Args:
        outcomes: matched under one rule.
        alpha: of `Measures.f_alpha`.
        resamples: of the bootstrap.
    """
    read = [outcome for outcome in outcomes if outcome.is_read]
    counts = counts_of(read)
    shares = bootstrap(read, resamples)
    pairs = [pair for outcome in read for pair in outcome.pairs]
    return Measures(
        clips=len(read),
        unread=len(outcomes) - len(read),
        counts=counts,
        precision=_share(counts.found, counts.found + counts.false, shares[0]),
        recall=_share(counts.found, counts.found + counts.missed, shares[1]),
        f1=Share(counts.f_measure(), shares[2]),
        f_alpha=counts.f_measure(alpha),
        false_alarms=rate_of(read),
        quiet=rate_of([outcome for outcome in read if not outcome.clip.truths]),
        provisional=_delay(pairs, lambda guess: guess.t_provisional),
        confirmed=_delay(pairs, lambda guess: guess.t_confirmed),
        withdrawn=sum(outcome.withdrawn for outcome in read),
        owners=_owners(pairs),
        arrival=_held(pairs, lambda truth: truth.t_enter),
        act=_held(pairs, lambda truth: truth.t_start),
    )


def _share(part: int, whole: int, drawn: Interval | None) -> Share:
    """With an interval; all or none in every draw would give it no width: then Wilson's counts."""
    if not whole:
        return Share(None)
    if part not in (0, whole):
        return Share(part / whole, drawn)
    low, high = wilson(part, whole)
    return Share(
        part / whole, (low, high) if drawn is None else (min(low, drawn[0]), max(high, drawn[1]))
    )


def counts_of(outcomes: Iterable[Outcome]) -> Counts:
    """Found, missed and false of the clips that were read."""
    found = missed = false = 0
    for outcome in outcomes:
        if outcome.score is not None:
            found += len(outcome.score.pairs)
            missed += len(outcome.score.missed)
            false += len(outcome.score.false)
    return Counts(found, missed, false)


def rate_of(outcomes: Sequence[Outcome]) -> Rate:
    """False alarms in the hours of the clips that were read."""
    hours = sum(o.clip.seconds for o in outcomes if o.is_read) / 3600
    return Rate(counts_of(outcomes).false, hours)


def bootstrap(
    outcomes: Sequence[Outcome], resamples: int = RESAMPLES
) -> tuple[Interval | None, Interval | None, Interval | None]:
    """95 % intervals of precision, recall and F1: whole clusters are drawn, with replacement.

    The same clips give the same interval, in whatever order. None with fewer than two clusters, or
    where more than a tenth of the draws held nothing to make a share of.
    """
    table = _by_cluster(outcomes)
    if len(table) < 2:
        return None, None, None
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=resamples)
    found, missed, false = (drawn @ table).T.astype(np.float64)
    return (
        _percentiles(found, found + false),
        _percentiles(found, found + missed),
        _percentiles(2 * found, 2 * found + missed + false),
    )


def _by_cluster(outcomes: Iterable[Outcome]) -> NDArray[np.int64]:
    """(clusters, 3) found, missed, false; in an order of their own."""
    clusters: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.is_read:
            clusters.setdefault(outcome.clip.cluster or outcome.clip.name, []).append(outcome)
    rows = [counts_of(clusters[name]) for name in sorted(clusters)]
    return np.array([(c.found, c.missed, c.false) for c in rows], np.int64).reshape(-1, 3)


def _percentiles(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Interval | None:
    known = whole > 0
    if known.mean() < 0.9:
        return None
    low, high = np.percentile(part[known] / whole[known], (2.5, 97.5))
    return float(low), float(high)


def _delay(pairs: Sequence[tuple[Truth, Guess]], moment: Callable[[Guess], float | None]) -> Delay:
    moments = [(truth, moment(guess)) for truth, guess in pairs]
    known = [at - truth.t_release for truth, at in moments if at is not None]
    return Delay(
        n=len(known),
        unknown=len(pairs) - len(known),
        median=float(np.median(known)) if known else None,
        p95=float(np.percentile(known, 95)) if known else None,
        late=sum(delay > LATE_ALERT for delay in known),
    )


def _owners(pairs: Sequence[tuple[Truth, Guess]]) -> Owners:
    judged = [(truth.actor_box, guess) for truth, guess in pairs if truth.actor_box is not None]
    named = [(box, guess) for box, guess in judged if guess.actor_box is not None]
    right = sum(
        guess.actor_box is not None and iou(box, guess.actor_box) >= _SAME_ACTOR
        for box, guess in named
    )
    ambiguous = sum(guess.is_ambiguous for _, guess in judged)
    return Owners(right, len(named) - right, len(judged) - len(named), ambiguous)


def _held(pairs: Sequence[tuple[Truth, Guess]], moment: Callable[[Truth], float | None]) -> Held:
    known = [
        (at, guess.clip[0])
        for truth, guess in pairs
        if (at := moment(truth)) is not None and guess.clip is not None
    ]
    return Held(sum(begins <= at + _A_PICTURE for at, begins in known), len(known))
