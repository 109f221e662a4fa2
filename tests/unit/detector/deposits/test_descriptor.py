"""Descriptions of looks: like things near, unlike things far."""

import numpy as np
import pytest

from litterwatch.detector.deposits.descriptor import LENGTH, described
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image


def street(colour: tuple[int, int, int], seed: int = 1, at: int = 60) -> Image:
    noise = np.random.default_rng(seed).integers(-4, 5, (120, 160, 3))
    picture = np.full((120, 160, 3), 120) + noise
    picture[50:80, at : at + 30] = np.array(colour) + noise[:30, :30]
    return np.clip(picture, 0, 255).astype(np.uint8)


BOX = Box(60, 50, 90, 80)


def test_it_has_a_length_of_one() -> None:
    looks = described(street((30, 30, 30)), BOX)
    assert looks.shape == (LENGTH,)
    assert looks.dtype == np.float32
    assert np.linalg.norm(looks) == pytest.approx(1)


def test_the_same_thing_is_nearer_than_another() -> None:
    black = described(street((20, 20, 20)), BOX)
    again = described(street((24, 22, 20), seed=2, at=62), BOX)
    blue = described(street((220, 60, 30), seed=3), BOX)
    assert np.linalg.norm(black - again) < 0.5 * np.linalg.norm(black - blue)


@pytest.mark.parametrize("box", [None, Box(500, 500, 600, 600), Box(10, 10, 10, 10)])
def test_without_a_place_the_whole_picture_is_described(box: Box | None) -> None:
    picture = street((20, 20, 20))
    assert np.array_equal(described(picture, box), described(picture))
    assert not np.allclose(described(picture, BOX), described(picture))


def test_a_picture_without_any_edge_or_colour_is_described() -> None:
    grey = np.full((40, 40, 3), 128, np.uint8)
    assert np.isfinite(described(grey)).all()
