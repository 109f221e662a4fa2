"""Pictures as displayed."""

from fractions import Fraction
from itertools import product

import av
import numpy as np
import pytest

from litterwatch.camera_adapters.pictures import Orientation, PictureMaker, analysis_size


@pytest.mark.parametrize(
    ("stored", "long_side", "aspect", "expected"),
    [
        ((1920, 1080), 640, None, (640, 360)),
        ((1080, 1920), 640, None, (360, 640)),
        ((320, 240), 640, None, (320, 240)),  # never enlarged
        ((161, 131), 640, None, (161, 131)),
        ((161, 131), 100, None, (100, 81)),
        ((4000, 2), 640, None, (640, 1)),  # never empty
        ((704, 288), 640, Fraction(6, 11), (640, 480)),  # half the lines: 4:3 again
        ((720, 576), 640, Fraction(16, 15), (640, 480)),
        ((1440, 1080), 640, Fraction(4, 3), (640, 360)),
        ((320, 240), 640, Fraction(319, 320), (320, 240)),  # rounding
        ((320, 240), 640, Fraction(100, 1), (320, 240)),  # a wrong entry
        ((320, 240), 640, Fraction(0, 1), (320, 240)),
    ],
)
def test_size_of_the_analysis_picture(
    stored: tuple[int, int], long_side: int, aspect: Fraction | None, expected: tuple[int, int]
) -> None:
    assert analysis_size(*stored, long_side, aspect) == expected


@pytest.mark.parametrize("turn", list(product((False, True), repeat=3)))
def test_orientation_turns_the_picture_and_its_size_alike(turn: tuple[bool, bool, bool]) -> None:
    orientation = Orientation(*turn)
    image = np.zeros((4, 6, 3), np.uint8)
    turned = orientation.apply(image)
    assert turned.shape[1::-1] == orientation.size(6, 4)
    assert turned.flags.c_contiguous


@pytest.mark.parametrize(
    ("orientation", "rotation", "corner"),
    [
        (Orientation(), 0, (0, 0)),
        (Orientation(transposed=True, mirrored_x=True), 90, (0, -1)),
        (Orientation(mirrored_x=True, mirrored_y=True), 180, (-1, -1)),
        (Orientation(transposed=True, mirrored_y=True), 270, (-1, 0)),
        (Orientation(mirrored_x=True), 0, (0, -1)),
    ],
)
def test_where_the_upper_left_corner_goes(
    orientation: Orientation, rotation: int, corner: tuple[int, int]
) -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 0] = 255
    assert orientation.rotation == rotation
    assert orientation.apply(image)[corner].tolist() == [255, 255, 255]


def test_all_pictures_of_a_source_have_the_size_of_the_first() -> None:
    maker = PictureMaker(100)
    first = maker.make(av.VideoFrame(200, 100, "gray"))
    later = maker.make(av.VideoFrame(64, 48, "gray"))
    assert first.shape == later.shape == (50, 100, 3)
    assert maker.source_size(av.VideoFrame(64, 48, "gray")) == (64, 48)


@pytest.mark.parametrize(
    "pix_fmt",
    ["gray", "gray10le", "yuv420p", "yuv420p10le", "yuv422p", "yuvj420p", "nv12", "bgr24"],
)
def test_grey_stays_grey_in_every_pixel_format(pix_fmt: str) -> None:
    grey = np.full((48, 64, 3), 120, np.uint8)
    frame = av.VideoFrame.from_ndarray(grey, "bgr24").reformat(format=pix_fmt)
    for maker in (PictureMaker(32), PictureMaker(None)):
        picture = maker.make(frame)
        assert np.abs(picture.astype(int) - 120).max() <= 3
