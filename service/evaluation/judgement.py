"""The whole evaluation as one value, which the page draws and JSON holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from litterwatch.service.evaluation.clips import Clip, Outcome, compare, overlap
from litterwatch.service.evaluation.curve import READ_AT, Curve, curve_of
from litterwatch.service.evaluation.measures import Measures, Rate, Share, measure
from litterwatch.service.evaluation.predictions import Predictions
from litterwatch.service.evaluation.scoring import CENTRE, RULES, Rule

FORMAT = "litterwatch-evaluation/1"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What predictions are worth against the truth.

    Attributes:
        outcomes: by clip, under the rule that counts.
        whole: of all clips, under that rule.
        by_rule, by_kind, by_condition: of all clips under each rule, and of parts of them.
        curve: as the score is swept.
        alpha: of the F measure beside F1.
        unknown: sources with events of which the truth says nothing; they count nowhere.
    """

    outcomes: tuple[Outcome, ...]
    whole: Measures
    by_rule: tuple[tuple[Rule, Measures], ...]
    by_kind: tuple[tuple[str, Measures], ...]
    by_condition: tuple[tuple[str, Measures], ...]
    curve: Curve
    alpha: float
    unknown: tuple[str, ...]


def judge(clips: Sequence[Clip], predictions: Predictions, *, alpha: float = 1.0) -> Judgement:
    """Evaluate predictions.

    Args:
        clips: what truly happened.
        predictions: what was found.
        alpha: of the F measure beside F1.
    """
    outcomes = tuple(compare(clips, predictions))
    return judged(outcomes, alpha=alpha, unknown=predictions.unknown(clip.name for clip in clips))


def judged(
    outcomes: Sequence[Outcome], *, alpha: float = 1.0, unknown: Iterable[str] = ()
) -> Judgement:
    """The same of outcomes that were matched under the rule that counts."""
    return Judgement(
        outcomes=tuple(outcomes),
        whole=measure(outcomes, alpha=alpha),
        by_rule=tuple((rule, _under(rule, outcomes, alpha)) for rule in RULES),
        by_kind=_parts(outcomes, lambda clip: (clip.kind,), alpha),
        by_condition=_parts(outcomes, lambda clip: clip.conditions, alpha),
        curve=curve_of(outcomes),
        alpha=alpha,
        unknown=tuple(unknown),
    )


def _under(rule: Rule, outcomes: Sequence[Outcome], alpha: float) -> Measures:
    if rule is CENTRE:
        return measure(outcomes, alpha=alpha)
    events = {o.clip.name: o.guesses for o in outcomes}
    failed = {o.clip.name: o.why for o in outcomes if not o.is_read}
    clips = [o.clip for o in outcomes]
    return measure(compare(clips, Predictions(events, failed), rule), alpha=alpha)


def _parts(
    outcomes: Sequence[Outcome], words: Callable[[Clip], Sequence[str]], alpha: float
) -> tuple[tuple[str, Measures], ...]:
    """The measures of every part, by its word; a clip may belong to several."""
    parts: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for word in words(outcome.clip):
            parts.setdefault(word, []).append(outcome)
    return tuple((word, measure(parts[word], alpha=alpha)) for word in sorted(parts))


def as_object(judgement: Judgement) -> dict[str, Any]:
    """For JSON; None where nothing can be told."""
    return {
        "format": FORMAT,
        "rules": {rule.name: rule.says for rule in RULES},
        "alpha": judgement.alpha,
        "whole": measures_object(judgement.whole),
        "by_rule": {rule.name: measures_object(m) for rule, m in judgement.by_rule},
        "by_kind": {word: measures_object(m) for word, m in judgement.by_kind},
        "by_condition": {word: measures_object(m) for word, m in judgement.by_condition},
        "curve": _curve_object(judgement.curve),
        "clips": [_outcome_object(outcome) for outcome in judgement.outcomes],
        "not_in_the_truth": list(judgement.unknown),
    }


def measures_object(measures: Measures) -> dict[str, Any]:
    """Measures for JSON."""
    said = asdict(measures)
    for name in ("precision", "recall", "f1"):
        said[name] = _share_object(getattr(measures, name))
    for name in ("false_alarms", "quiet"):
        said[name] = _rate_object(getattr(measures, name))
    said["owners"]["accuracy"] = measures.owners.accuracy
    return said


def _share_object(share: Share) -> dict[str, Any]:
    interval = None if share.interval is None else list(share.interval)
    return {"value": share.value, "interval": interval}


def _rate_object(rate: Rate) -> dict[str, Any]:
    interval, per_hour = rate.interval, rate.per_hour
    return {
        "count": rate.count,
        "hours": rate.hours,
        "per_hour": per_hour,
        "per_hour_interval": None if interval is None else list(interval),
        "per_day": None if per_hour is None else 24 * per_hour,
        "per_day_interval": None if interval is None else [24 * value for value in interval],
    }


def _curve_object(curve: Curve) -> dict[str, Any]:
    return {
        "hours": curve.hours,
        "deposits": curve.due,
        "points": [
            {
                "score": None if p.threshold == float("inf") else p.threshold,
                "false_alarms": p.false,
                "missed": p.missed,
            }
            for p in curve.points
        ],
        "missed_at_false_alarms_per_hour": {str(at): curve.missed_at(at) for at in READ_AT},
    }


def _outcome_object(outcome: Outcome) -> dict[str, Any]:
    clip, score = outcome.clip, outcome.score
    said: dict[str, Any] = {
        "clip": clip.name,
        "kind": clip.kind,
        "conditions": list(clip.conditions),
        "seconds": clip.seconds,
        "why_unread": outcome.why or None,
        "expected": len(clip.truths),
        "withdrawn": outcome.withdrawn,
        "not_events": dict(outcome.tally),
    }
    if score is None:
        return said
    return said | {
        "found": [
            {
                "t_release": truth.t_release,
                "t_release_said": guess.t_release,
                "t_provisional": guess.t_provisional,
                "t_confirmed": guess.t_confirmed,
                "score": guess.score,
                "iou": overlap(truth, guess),
            }
            for truth, guess in outcome.pairs
        ],
        "missed": [clip.truths[index].t_release for index in score.missed],
        "false": [
            {
                "t_release": outcome.guesses[index].t_release,
                "score": outcome.guesses[index].score,
                "kind": outcome.guesses[index].kind,
            }
            for index in score.false
        ],
    }
