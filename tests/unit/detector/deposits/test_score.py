"""The score: bounded, monotone in its features, and right on the worked examples of the design."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.score import WEIGHTS, Features, score

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
