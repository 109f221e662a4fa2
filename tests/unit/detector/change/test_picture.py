"""Smaller pictures are made once, at the right size, and never larger than the picture."""

import cv2
import numpy as np
import pytest

from litterwatch.detector.change.picture import Picture, small_size
from litterwatch.detector.types import Image


def noise(width: int, height: int) -> Image:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_a_smaller_picture_is_the_mean_over_areas() -> None:
    image = noise(640, 360)
    small = Picture(image).small(320)
    assert np.array_equal(small, cv2.resize(image, (320, 180), interpolation=cv2.INTER_AREA))


def test_each_size_is_made_once() -> None:
    picture = Picture(noise(640, 360))
    assert picture.small(320) is picture.small(320)
    assert picture.small_grey(320) is picture.small_grey(320)
    assert picture.small(160) is not picture.small(320)


def test_grey_is_made_of_the_smaller_picture() -> None:
    picture = Picture(noise(640, 360))
    grey = cv2.cvtColor(picture.small(320), cv2.COLOR_BGR2GRAY)
    assert np.array_equal(picture.small_grey(320), grey)


def test_a_small_picture_is_not_enlarged() -> None:
    image = noise(160, 120)
    assert Picture(image).small(320) is image


def test_a_grey_picture_stays_grey() -> None:
    image = noise(640, 360)[..., 0].copy()
    assert Picture(image).small_grey(320).shape == (180, 320)


def test_a_picture_is_taken_as_it_is() -> None:
    picture = Picture(noise(64, 48))
    assert Picture.of(picture) is picture
    assert Picture.of(picture.image).image is picture.image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 360), (320, 180)),  # lying
        ((360, 640), (180, 320)),  # standing
        ((4000, 3), (320, 1)),  # nothing vanishes
        ((320, 320), (320, 320)),
    ],
)
def test_sizes_keep_their_proportions(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert small_size(size, 320) == expected
