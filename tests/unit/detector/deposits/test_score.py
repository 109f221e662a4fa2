"""The score: bounded, monotone in its features, and right on the worked examples of the design."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.score import WEIGHTS, Features, rescored, score, scoring

VALUES = st.fixed_dictionaries({name: st.floats(-2, 3) for name in WEIGHTS})


@given(VALUES)
def test_features_and_score_stay_in_their_bounds(values: dict[str, float]) -> None:
    features = Features(**values)
    assert all(0 <= value <= 1 for value in features.named().values())
    assert 0 < score(features) < 1


@given(VALUES, st.sampled_from(list(WEIGHTS)))
def test_more_of_a_feature_moves_the_score_its_way(values: dict[str, float], name: str) -> None:
    low = Features(**{**values, name: 0.0})
    high = Features(**{**values, name: 1.0})
    assert (score(high) - score(low)) * WEIGHTS[name] > 0


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        # a typical bag: carried, touched, left
        (
            Features(
                persistence=0.95,
                waste=0.8,
                touch=1,
                carried_before=0.6,
                carry_gone=0.5,
                separation=1,
                zone=1,
                release_cue=0.6,
            ),
            0.98,
        ),
        # light: steady, and nobody touched it
        (Features(persistence=0.9, waste=0.1, zone=1, light=0.9), 0.01),
        # a pushed chair
        (Features(persistence=0.95, waste=0.33, touch=1, carry_gone=0.25, separation=1), 0.86),
    ],
)
def test_the_examples_of_the_design(features: Features, expected: float) -> None:
    assert score(features) == pytest.approx(expected, abs=0.02)


@given(VALUES, st.floats(0.5, 1.0), st.randoms())
def test_a_record_gives_the_same_score_whatever_wrote_it(
    values: dict[str, float], factor: float, random: Random
) -> None:
    """Through JSON, with keys in any order, and nothing but the record."""
    features = Features(**values)
    said = rescored(features.named(), scoring(factor))
    assert said == pytest.approx(factor * score(features), abs=6e-5)
    keys = list(WEIGHTS)
    random.shuffle(keys)
    record = scoring(factor)
    written = {
        "features": {name: features.named()[name] for name in keys},
        "scoring": record | {"weights": {name: record["weights"][name] for name in keys}},
    }
    read = json.loads(json.dumps(written))
    assert rescored(read["features"], read["scoring"]) == said
