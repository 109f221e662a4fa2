"""False alarms at equal recall, and the drawings of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from litterwatch.detector.deposits.score import BY_HAND, WEIGHTS
from litterwatch.labelling.charts import Curve, Point, calibration_svg, curves_svg
from litterwatch.labelling.curve import (
    NOTHING,
    at_threshold,
    false_share,
    order,
    rescored,
    taught,
)
from litterwatch.labelling.judged import Verdict
from litterwatch.labelling.refit import Bin

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CORNER, ELSEWHERE = (0.25, 0.75), (0.75, 0.75)


def verdict(number: int, *, is_deposit: bool) -> Verdict:
    """Refused at the corner, confirmed elsewhere; nothing else tells them apart."""
    features = {**dict.fromkeys(WEIGHTS, 0.0), "persistence": 1.0, "touch": 1.0, "zone": 1.0}
    features |= {"release_cue": 1.0, "separation": 1.0, "waste": 0.5, "carry_gone": 0.8}
    foot = ELSEWHERE if is_deposit else CORNER
    at = NOW - timedelta(days=number % 10)
    return Verdict(f"{number}{is_deposit}", "gate", at, is_deposit, 0.9, features, foot)


def height(_verdict: Verdict) -> tuple[float, tuple[int, int]]:
    return 60.0, (640, 360)


ALL = [verdict(number, is_deposit=number % 2 == 0) for number in range(40)]
SAID = np.array([each.is_deposit for each in ALL])


def test_a_map_wins_what_no_feature_tells() -> None:
    before = false_share(rescored(ALL, NOTHING, height), SAID, 0.9)
    learned = taught(ALL, NOW)
    assert not learned.is_refitted  # 40 verdicts are too few for weights
    after = false_share(rescored(ALL, learned, height), SAID, 0.9)
    assert (before, after) == (1.0, 0.0)


def test_scores_are_those_of_the_engine_without_lessons() -> None:
    scores = rescored(ALL[:1], NOTHING, height)
    total = BY_HAND.bias + sum(
        BY_HAND.weights[name] * value for name, value in ALL[0].features.items()
    )
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-total)))


def test_enough_verdicts_teach_weights_as_well() -> None:
    rng = np.random.default_rng(3)

    def seen(number: int) -> Verdict:
        given = verdict(number, is_deposit=number % 2 == 0)
        # People go by what looks like waste; the score by hand trusts touch, which says nothing.
        waste, touch = (0.8 if given.is_deposit else 0.3), float(rng.random())
        features = {**given.features, "waste": waste, "touch": touch}
        return replace(given, foot=CORNER, features=features)

    many = [seen(number) for number in range(80)]
    learned = taught(many, NOW)
    assert learned.is_refitted
    assert learned.weights("gate").weights["waste"] > WEIGHTS["waste"]


def test_the_threshold_keeps_the_recall_that_is_asked() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.85, 0.65])
    said = np.array([True, True, True, True, False, False])
    assert false_share(scores, said, 1.0) == 1.0  # down to 0.6
    assert false_share(scores, said, 0.75) == 0.5  # down to 0.7
    assert false_share(scores, said, 0.25) == 0.0  # down to 0.9
    assert np.isnan(false_share(scores, np.ones(6, bool), 0.9))
    assert at_threshold(scores, said, 0.8) == (0.5, 0.5)
    assert order(scores, said) == pytest.approx(4 / 8)
    assert order(np.full(6, 0.5), said) == 0.5
    assert np.isnan(order(scores, np.ones(6, bool)))


def test_drawings_are_whole_and_the_same_again() -> None:
    bins = [Bin(0.1, 0.2, 0.05, 0.5, 10), Bin(0.9, 0.8, 0.5, 0.95, 12)]
    drawn = calibration_svg(bins, "a < b")
    assert drawn == calibration_svg(bins, "a < b")
    root = ET.fromstring(drawn)  # noqa: S314 - our own
    texts = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "a < b" in texts
    assert {"n=10", "n=12"} <= set(texts)
    curve = Curve("later", [Point(0, 1, 0.9, 1), Point(97, 0.5, 0.4, 0.6)])
    root = ET.fromstring(curves_svg([curve, curve, curve], "t", "x", "y"))  # noqa: S314
    texts = ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("later") == 3
    assert "100" in texts  # 97 is rounded up
