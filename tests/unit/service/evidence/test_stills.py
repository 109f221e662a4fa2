"""Pictures as files."""

import cv2
import numpy as np
import pytest

from litterwatch.detector.errors import EvidenceError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.evidence.stills import actor_crop, jpeg


def gradient(width: int = 320, height: int = 200) -> Image:
    rows, columns = np.mgrid[0:height, 0:width]
    stacked = np.dstack([rows % 256, columns % 256, (rows + columns) % 256])
    return stacked.astype(np.uint8)


def test_a_still_keeps_the_full_size_and_looks_the_same() -> None:
    image = cv2.GaussianBlur(gradient(), (9, 9), 0)
    encoded = np.frombuffer(jpeg(np.asarray(image, np.uint8)), np.uint8)
    shown = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (200, 320, 3)
    assert np.abs(shown.astype(int) - image.astype(int)).mean() < 3


def test_the_same_picture_gives_the_same_bytes() -> None:
    assert jpeg(gradient()) == jpeg(gradient().copy())


def test_a_still_holds_no_metadata_of_this_machine() -> None:
    assert b"Exif" not in jpeg(gradient())


@pytest.mark.parametrize("shape", [(1, 70000, 3), (0, 0, 3)])
def test_a_picture_that_jpeg_cannot_hold_is_an_error(shape: tuple[int, int, int]) -> None:
    with pytest.raises(EvidenceError, match="JPEG"):
        jpeg(np.zeros(shape, np.uint8))


def test_the_actor_is_shown_with_a_little_around_him() -> None:
    crop = actor_crop(gradient(), Box(100, 50, 140, 150))
    assert crop is not None
    assert crop.shape == (130, 52, 3)
    assert (crop[0, 0] == gradient()[35, 94]).all()


def test_an_actor_at_the_edge_is_cut_at_the_edge() -> None:
    crop = actor_crop(gradient(), Box(-20, 150, 20, 260))
    assert crop is not None
    assert crop.shape == (67, 26, 3)


@pytest.mark.parametrize("box", [Box(400, 10, 500, 90), Box(10, 10, 10, 90), Box(-9, -9, -1, -1)])
def test_an_actor_outside_the_picture_gives_no_crop(box: Box) -> None:
    assert actor_crop(gradient(), box) is None


def test_a_tiny_actor_still_gives_a_picture() -> None:
    crop = actor_crop(gradient(), Box(318.6, 198.6, 320, 200))
    assert crop is not None
    assert crop.size > 0
