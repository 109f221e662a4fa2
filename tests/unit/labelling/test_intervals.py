"""Against published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.labelling.intervals import poisson, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 4, 0.0456, 0.6994)],
)
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-4)


def test_nothing_tried_shows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 2.9957), (1, 0.0253, 5.5716), (3, 0.6187, 8.7673), (10, 4.7954, 18.3904)],
)
def test_exact_poisson(count: int, low: float, high: float) -> None:
    """Zero is bounded one-sided (rule of three), the others two-sided (tables of Garwood)."""
    assert poisson(count) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(700, 649.0978, 753.8334), (2000, 1913.2987, 2089.6174), (50000, 49562.687, 50440.212)],
)
def test_exact_poisson_of_many(count: int, low: float, high: float) -> None:
    """Halves of quantiles of chi squared; e^-count itself is 0 to a computer."""
    assert poisson(count) == pytest.approx((low, high), rel=1e-6)


@given(st.integers(0, 60))
def test_the_interval_holds_the_count_and_grows_with_it(count: int) -> None:
    low, high = poisson(count)
    assert low <= count <= high
    assert poisson(count + 1)[1] > high
