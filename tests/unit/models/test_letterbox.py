import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.models.letterbox import GREY, STRIDE, Placement, letterbox, placement


@pytest.mark.parametrize(
    ("size", "canvas"),
    [
        ((640, 360), (640, 384)),  # 16:9, as analysed
        ((1920, 1080), (640, 384)),  # the same aspect from a full picture
        ((360, 640), (384, 640)),  # a phone held upright
        ((640, 480), (640, 480)),  # 4:3 needs no padding
        ((160, 120), (640, 480)),  # small pictures are enlarged
        ((640, 1), (640, 32)),  # a sliver
        ((1, 1), (640, 640)),
    ],
)
def test_the_input_is_the_smallest_rectangle_that_fits(
    size: tuple[int, int], canvas: tuple[int, int]
) -> None:
    assert placement(*size, 640).canvas == canvas


@given(width=st.integers(1, 4000), height=st.integers(1, 4000), side=st.sampled_from([320, 640]))
def test_every_picture_lies_inside_its_input(width: int, height: int, side: int) -> None:
    place = placement(width, height, side)
    assert max(place.inner) == side
    assert max(place.canvas) == side
    assert all(length % STRIDE == 0 for length in place.canvas)
    assert place.left >= 0
    assert place.left + place.inner[0] <= place.canvas[0]
    assert place.top >= 0
    assert place.top + place.inner[1] <= place.canvas[1]
    assert place.canvas[0] - place.inner[0] < STRIDE
    assert place.canvas[1] - place.inner[1] < STRIDE


@given(width=st.integers(2, 2000), height=st.integers(2, 2000))
def test_the_corners_of_the_picture_come_back(width: int, height: int) -> None:
    place = placement(width, height, 640)
    whole = np.array(
        [
            [
                place.left,
                place.top,
                place.left + place.inner[0],
                place.top + place.inner[1],
            ]
        ],
        np.float32,
    )
    back = place.to_picture(whole)
    assert np.allclose(back, [[0, 0, width, height]], atol=1e-3 * max(width, height))


def test_boxes_are_cut_at_the_border() -> None:
    place = placement(640, 360, 640)
    boxes = place.to_picture(np.array([[-50, -50, 900, 900], [10, 0, 20, 5]], np.float32))
    assert boxes.tolist() == [[0, 0, 640, 360], [10, 0, 20, 0]]
    assert boxes.dtype == np.float32


def test_the_picture_is_padded_with_grey_and_else_untouched() -> None:
    image = np.arange(360 * 640 * 3, dtype=np.uint32).reshape(360, 640, 3).astype(np.uint8)
    place = placement(640, 360, 640)
    laid = letterbox(image, place)
    assert laid.shape == (384, 640, 3)
    assert laid.flags.c_contiguous
    assert np.array_equal(laid[12:372], image)
    assert (laid[:12] == GREY).all()
    assert (laid[372:] == GREY).all()


def test_a_picture_is_resized_to_its_place() -> None:
    image = np.full((60, 120, 3), 200, np.uint8)
    place = placement(120, 60, 640)
    assert place == Placement((120, 60), (640, 320), 0, 0, (640, 320))
    assert (letterbox(image, place) == 200).all()


def test_a_view_with_gaps_between_its_rows_is_accepted() -> None:
    wide = np.full((480, 1280, 3), 7, np.uint8)
    laid = letterbox(wide[:, ::2], placement(640, 480, 640))
    assert laid.flags.c_contiguous
    assert (laid == 7).all()


@pytest.mark.parametrize(
    ("width", "height", "canvas"),
    [(1920, 1080, (640, 384)), (640, 480, (640, 512)), (704, 576, (640, 640))],
)
def test_both_sides_are_multiples_of_the_stride_of_the_network(
    width: int, height: int, canvas: tuple[int, int]
) -> None:
    place = placement(width, height, 640, 128)
    assert place.canvas == canvas
    assert place.inner == placement(width, height, 640).inner
