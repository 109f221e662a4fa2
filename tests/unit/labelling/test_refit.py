"""The refit: near the weights in use with little data, near the truth with much, and honest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.score import BY_HAND, WEIGHTS, Features, ScoreWeights, score
from litterwatch.detector.errors import TooFewVerdicts
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.refit import KEPT, bins, refit

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
TRUTH = ScoreWeights(-3.0, {**WEIGHTS, "waste": 4.0, "touch": 0.5, "light": -1.0})
SHIFTS = {"a": 0.0, "b": 2.0, "c": -2.0}


def verdicts(count: int, seed: int = 1, truth: ScoreWeights = TRUTH) -> list[Verdict]:
    """Judged by people who follow `truth`, camera b seeing more deposits and c fewer."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        camera = "abc"[number % 3]
        features = Features(**{name: float(rng.random()) for name in WEIGHTS})
        chance = score(features, truth, -SHIFTS[camera])
        found.append(
            Verdict(
                event_id=str(number),
                camera=camera,
                at=BEGIN + timedelta(hours=3 * number),
                is_deposit=bool(rng.random() < chance),
                score=score(features),
                features=features.named(),
                foot=(0.5, 0.5),
            )
        )
    return found


def test_with_many_verdicts_it_finds_what_people_go_by() -> None:
    found = refit(verdicts(6000))
    for name in ("waste", "touch", "light"):
        assert found.weights.weights[name] == pytest.approx(TRUTH.weights[name], abs=0.5)
    spread = found.intercepts["b"] - found.intercepts["c"]
    assert spread == pytest.approx(4.0, abs=0.6)
    assert found.is_better
    assert found.loss < found.loss_before - 0.1
    assert found.weights_of("b").bias > found.weights_of("new").bias == found.weights.bias
    assert found.weights_of("b").weights == found.weights.weights


def test_where_the_weights_in_use_are_right_they_stay() -> None:
    few = refit(verdicts(60, truth=BY_HAND))
    moved = max(abs(few.weights.weights[name] - WEIGHTS[name]) for name in WEIGHTS)
    assert moved < 1.5
    assert few.deposits + few.refused == 60


def test_the_scores_of_days_not_fitted_on_agree_with_people() -> None:
    found = refit(verdicts(6000))
    assert sum(each.n for each in found.bins) == 6000
    for each in found.bins:
        assert each.low - 0.03 <= each.said <= each.high + 0.03


def test_where_no_feature_tells_the_weights_in_use_are_kept() -> None:
    """People know the place, the machine does not: whatever is fitted is chance."""
    rng = np.random.default_rng(5)
    better = 0
    for seed in range(10):
        some = [
            replace(each, is_deposit=bool(rng.random() < 0.4)) for each in verdicts(200, seed=seed)
        ]
        better += refit(some).is_better
    assert better <= 2


def test_what_people_confirmed_is_reported_as_before() -> None:
    """Most alarms are refused: chances are low, and yet nothing confirmed may be lost."""
    sure = DepositParameters().sure
    often_wrong = ScoreWeights(-3.5, {**dict.fromkeys(WEIGHTS, 0.0), "waste": 2.5})
    some = [
        replace(each, features={**dict.fromkeys(WEIGHTS, 1.0), "waste": each.features["waste"],
                                "light": 0.0, "overlap": 0.0, "authorised": 0.0, "nuisance": 0.0})
        for each in verdicts(900, truth=often_wrong)
    ]  # fmt: skip
    assert all(score(Features(**each.features)) >= sure for each in some)
    found = refit(some)
    assert found.deposits < found.refused
    assert found.shift > 0
    assert found.recall >= KEPT
    assert found.false < 1
    assert found.is_better
    confirmed = [each for each in some if each.is_deposit]
    still = [
        score(Features(**each.features), found.weights_of(each.camera)) >= sure
        for each in confirmed
    ]
    assert sum(still) / len(still) >= KEPT - 0.02


def test_the_same_verdicts_in_any_order_give_the_same() -> None:
    some = verdicts(200)
    ahead, back = refit(some), refit(list(reversed(some)))
    assert ahead.weights.bias == pytest.approx(back.weights.bias, abs=1e-5)
    assert ahead.weights.weights == pytest.approx(back.weights.weights, abs=1e-5)


def test_a_verdict_that_stands_for_many_counts_as_many() -> None:
    some = verdicts(60)
    twice = refit([replace(each, weight=2.0) for each in some])
    doubled = refit([*some, *(replace(each, event_id=f"{each.event_id}b") for each in some)])
    assert twice.weights.weights == pytest.approx(doubled.weights.weights, abs=1e-5)


@pytest.mark.parametrize(
    ("some", "words"),
    [
        (verdicts(12), "38 more verdicts"),
        ([replace(each, is_deposit=False) for each in verdicts(80)], "5 more confirmed deposits"),
        ([replace(each, is_deposit=True) for each in verdicts(80)], "5 more refused alarms"),
        ([], "50 more verdicts and 5 more confirmed deposits and 5 more refused"),
    ],
)
def test_too_few_verdicts_are_refused_and_it_says_how_many_are_missing(
    some: list[Verdict], words: str
) -> None:
    with pytest.raises(TooFewVerdicts, match=words):
        refit(some)


def test_bins_say_how_many_they_hold() -> None:
    found = bins(np.array([0.05, 0.1, 0.95, 1.0]), np.array([0.0, 1.0, 1.0, 1.0]))
    assert [(each.n, each.true) for each in found] == [(2, 0.5), (2, 1.0)]
    assert found[0].low < 0.5 < found[0].high


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"at": datetime(2026, 5, 1)}, "aware"),  # noqa: DTZ001 - what is refused
        ({"features": {"waste": 1.0}}, "persistence"),
        ({"weight": 0.0}, "positive"),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(verdicts(1)[0], **change)
