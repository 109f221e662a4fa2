"""Intervals for small counts: what n can and cannot show. Pure."""

import math
from collections.abc import Callable


def wilson(successes: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson score interval of a share, 95 % by default; (0, 1) for n = 0.

    Source: E. B. Wilson, Probable inference, JASA 22 (1927) 209-212.
    """
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def poisson(count: int, alpha: float = 0.05) -> tuple[float, float]:
    """Exact (Garwood) interval of a Poisson mean; one-sided upper bound where nothing was seen.

    Source: F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437-442.
    """
    if count == 0:
        return 0.0, -math.log(alpha)
    high = count + 10 * math.sqrt(count + 1) + 20
    lower = _root(lambda mean: 1 - _at_most(count - 1, mean) - alpha / 2, 0.0, float(count))
    upper = _root(lambda mean: alpha / 2 - _at_most(count, mean), float(count), high)
    return lower, upper


def _at_most(count: int, mean: float) -> float:
    """P(N <= count) of a Poisson variable; what is 12 deviations below the mean adds nothing."""
    first = max(0, int(mean - 12 * math.sqrt(mean + 1)))
    if mean == 0 or first > count:
        return 1.0 if mean == 0 else 0.0
    # From the first term on in logarithms, because e^-mean is 0 to a computer from 746 on.
    term = math.exp(first * math.log(mean) - mean - math.lgamma(first + 1))
    total = term
    for k in range(first + 1, count + 1):
        term *= mean / k
        total += term
    return total


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero, by bisection."""
    for _ in range(100):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
