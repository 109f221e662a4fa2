"""What verdicts taught: it raises the bar at a place, and never silences what is certain."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.deposits.learned import (
    HIGHEST_BAR,
    Learned,
    NuisanceMap,
    Spot,
    likeness,
)
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.score import BIAS, WEIGHTS, Features, ScoreWeights, score
from litterwatch.detector.geometry import FloatArray

SIZE = (640, 360)
HERE = (0.5, 0.5)
FEATURES = st.fixed_dictionaries({name: st.floats(0, 1) for name in WEIGHTS})
SPOTS = st.lists(
    st.builds(
        Spot,
        st.tuples(st.floats(0, 1), st.floats(0, 1)),
        st.floats(0, 1),
        st.booleans(),
    ),
    max_size=30,
)


def refused(count: int, weight: float = 1.0) -> tuple[Spot, ...]:
    return (Spot(HERE, weight, is_refused=True),) * count


def bar(spots: tuple[Spot, ...], foot: tuple[float, float] = (320, 180)) -> float:
    return NuisanceMap(spots).bar(foot, SIZE, 80.0)


@given(SPOTS, FEATURES)
def test_what_is_certain_stays_an_event_whatever_was_refused_there(
    spots: list[Spot], values: dict[str, float]
) -> None:
    features, at = Features(**values), NuisanceMap(spots).bar((320, 180), SIZE, 400.0)
    assert 0 <= at <= HIGHEST_BAR
    before, after = score(features), score(features, bar=at)
    assert after <= before
    parameters = DepositParameters()
    if before >= 0.95:
        assert after >= parameters.sure
        assert 0.8 * after >= parameters.provisional  # the owner stays


def test_nothing_learned_changes_nothing() -> None:
    assert bar(()) == 0
    assert Learned().weights == ScoreWeights(BIAS, dict(WEIGHTS))
    features = Features(persistence=0.95, waste=0.33, touch=1)
    assert score(features, Learned().weights, bar(())) == score(features)


def test_the_bar_rises_with_every_refusal_and_falls_with_confirmations() -> None:
    bars = [bar(refused(count)) for count in range(20)]
    assert bars == sorted(bars)
    assert bars[1] < 0.5 < bars[6] < HIGHEST_BAR == bars[19]
    confirmed = tuple(replace(spot, is_refused=False) for spot in refused(6))
    assert bar(refused(6) + confirmed) == 0
    assert bar(confirmed) == 0  # a place where much is confirmed needs no less certainty


def test_what_was_refused_long_ago_counts_less() -> None:
    assert 0 < bar(refused(6, 0.25)) < bar(refused(6, 0.5)) < bar(refused(6))


@pytest.mark.parametrize(("foot", "is_near"), [((338, 180), True), ((342, 180), False)])
def test_only_a_quarter_of_a_person_height_round_it(
    foot: tuple[float, float], *, is_near: bool
) -> None:
    assert (bar(refused(6), foot) > 0) is is_near


def turned(angle: float) -> FloatArray:
    """A description of length 1."""
    return np.array([np.cos(angle), np.sin(angle), 0], np.float32)


def test_what_was_refused_speaks_against_what_looks_like_it_and_nothing_else() -> None:
    goods = tuple(replace(spot, looks=turned(0.0)) for spot in refused(3))
    assert NuisanceMap(goods).knows_looks
    assert not NuisanceMap(refused(3)).knows_looks

    def at(looks: FloatArray | None) -> float:
        return NuisanceMap(goods).bar((320, 180), SIZE, 80.0, looks)

    assert at(None) == bar(refused(3))
    assert at(turned(0.1)) > bar(refused(3))  # the same thing again says more than the place
    bars = [at(turned(angle)) for angle in np.linspace(0, 1.5, 12)]
    assert bars == sorted(bars, reverse=True)
    assert at(turned(0.9)) == 0
    assert likeness(turned(0), None) == likeness(None, None) == 1
    assert likeness(turned(0), np.ones(2, np.float32)) == 1  # of another version


def test_a_dump_at_the_corner_does_not_whitewash_the_goods_there() -> None:
    goods = tuple(replace(spot, looks=turned(0.0)) for spot in refused(3))
    dumps = tuple(replace(spot, looks=turned(1.5), is_refused=False) for spot in refused(9))
    known = NuisanceMap(goods + dumps)
    assert known.bar((320, 180), SIZE, 80.0, turned(0)) > 1
    assert known.bar((320, 180), SIZE, 80.0, turned(1.5)) == 0
    assert known.bar((320, 180), SIZE, 80.0) == 0  # the place alone cannot tell them apart


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        Spot(HERE, 1.5, is_refused=True)
    with pytest.raises(ValueError, match="persistence"):
        ScoreWeights(0.0, {"waste": 1.0})
