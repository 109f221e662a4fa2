"""The short ways give what the long ones give."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from litterwatch.detector.change.pixels import components, median, thrice

VALUES = arrays.arrays(
    np.float32, st.integers(1, 60), elements=st.floats(-100, 100, width=32, allow_nan=False)
)
MASKS = arrays.arrays(
    np.uint8, st.tuples(st.integers(2, 24), st.integers(2, 24)), elements=st.sampled_from([0, 0, 1])
)


@given(VALUES)
def test_the_median_is_that_of_numpy(values: NDArray[np.float32]) -> None:
    assert np.float32(median(values)) == np.median(values)


@given(MASKS)
def test_regions_are_those_of_the_whole_mask(mask: NDArray[np.uint8]) -> None:
    labels, stats, (left, top) = components(mask)
    count, whole, rows, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    assert len(stats) == count
    assert np.array_equal(stats[1:], rows[1:])
    spread = np.zeros_like(whole)
    spread[top : top + labels.shape[0], left : left + labels.shape[1]] = labels
    assert np.array_equal(spread, whole)


def test_an_empty_mask_has_no_region() -> None:
    labels, stats, _ = components(np.zeros((8, 8), np.uint8))
    assert labels.size == 0
    assert len(stats) == 1


@pytest.mark.parametrize("shape", [(1, 1), (5, 7)])
def test_three_channels_are_equal(shape: tuple[int, int]) -> None:
    plane = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(thrice(plane).reshape(*shape, 3), np.repeat(plane[..., None], 3, axis=2))
