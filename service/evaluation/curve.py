"""The DET curve: what is missed against false alarms per hour, as the score is swept. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litterwatch.service.evaluation.clips import Outcome
from litterwatch.service.evaluation.scoring import CENTRE, Rule, match

READ_AT: Final = (0.02, 0.1, 1.0)
"""False alarms per camera-hour at which the curve is read."""


@dataclass(frozen=True, slots=True)
class Point:
    """What comes of keeping only events with at least a score.

    Attributes:
        threshold: that score; above 1 where no event is kept.
        false: alarms.
        missed: share of the deposits, 0..1.
    """

    threshold: float
    false: int
    missed: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from keeping nothing to keeping all.

    Attributes:
        points: false alarms never fall and the missed share never rises along them.
        hours: of footage.
        due: deposits.
    """

    points: tuple[Point, ...]
    hours: float
    due: int

    def missed_at(self, per_hour: float) -> float | None:
        """The missed share with at most that many false alarms an hour; None without deposits."""
        within = [p.missed for p in self.points if p.false <= per_hour * self.hours]
        return min(within, default=None)


def curve_of(outcomes: Sequence[Outcome], rule: Rule = CENTRE) -> Curve:
    """Sweep the score over the clips that were read; each step is matched anew."""
    read = [outcome for outcome in outcomes if outcome.is_read]
    due = sum(len(outcome.clip.truths) for outcome in read)
    hours = sum(outcome.clip.seconds for outcome in read) / 3600
    if not due:
        return Curve((), hours, 0)
    scores = sorted({guess.score for outcome in read for guess in outcome.guesses}, reverse=True)
    points = [Point(float("inf"), 0, 1.0)]
    points += [_point(read, threshold, due, rule) for threshold in scores]
    return Curve(tuple(points), hours, due)


def _point(outcomes: Sequence[Outcome], threshold: float, due: int, rule: Rule) -> Point:
    false = missed = 0
    for outcome in outcomes:
        kept = [guess for guess in outcome.guesses if guess.score >= threshold]
        score = match(outcome.clip.truths, kept, rule)
        false += len(score.false)
        missed += len(score.missed)
    return Point(threshold, false, missed / due)
