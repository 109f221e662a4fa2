"""The look of a camera, waste-free scenes and things laid into them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from litterwatch.models.data import look
from litterwatch.models.data.composites import Cutout, blob, cutout, height_on_ground, lay_down
from litterwatch.models.data.labels import BIN, NONE, PERSON, WASTE, Boxes, intersection
from litterwatch.models.data.scenes import (
    content_window,
    cropped,
    is_street,
    waste_free_window,
)

Picture = NDArray[np.uint8]
LOOKS = [
    look.few_pixels,
    look.motion_blur,
    look.dusk,
    look.infra_red,
    look.rain,
    look.sensor_noise,
    look.compressed,
    look.camera_look,
]


def street(height: int = 121, width: int = 161) -> Picture:
    """Odd sizes, a gradient and some texture."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[0:height, 0:width]
    base = 60 + 100 * rows / height + 30 * np.sin(columns / 7)
    textured = base[..., None] + rng.uniform(0, 40, (height, width, 3))
    return np.asarray(textured, np.uint8)


def boxes(*rows: tuple[float, ...]) -> Boxes:
    return np.array(rows, np.float32)


@pytest.mark.parametrize("one", LOOKS, ids=lambda one: one.__name__)
def test_a_look_keeps_shape_and_depends_on_the_seed_alone(
    one: Callable[[Picture, np.random.Generator], Picture],
) -> None:
    picture = street()
    before = picture.copy()
    first = one(picture, np.random.default_rng(5))
    second = one(picture, np.random.default_rng(5))
    assert first.shape == picture.shape
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(picture, before)


def test_infra_red_is_grey() -> None:
    grey = look.infra_red(street(), np.random.default_rng(1))
    assert (grey[..., 0] == grey[..., 2]).all()


def test_stronger_compression_leaves_less_of_the_picture() -> None:
    picture = street()

    def error(crf: int) -> float:
        return float(np.abs(look.h264(picture, crf).astype(int) - picture).mean())

    assert error(20) < error(40)


def test_a_waste_free_window_touches_no_waste() -> None:
    waste = boxes((WASTE, 0.0, 0.6, 0.4, 1.0), (PERSON, 0.6, 0.2, 0.7, 0.8))
    window = waste_free_window(waste, np.random.default_rng(1), 0.3, (WASTE,))
    assert window is not None
    shared = intersection(boxes((0, *window)), waste)[0]
    assert shared[0] == 0
    assert (window[2] - window[0]) * (window[3] - window[1]) > 0.3


def test_there_is_no_window_beside_a_heap_that_fills_the_picture() -> None:
    heap = boxes((WASTE, 0.05, 0.05, 0.95, 0.95))
    assert waste_free_window(heap, np.random.default_rng(1), 0.3, (WASTE,)) is None


def test_a_plain_wall_and_a_cut_out_on_white_are_no_street() -> None:
    assert is_street(street())
    assert not is_street(np.full((100, 100, 3), 128, np.uint8))
    on_white = np.full((100, 100, 3), 255, np.uint8)
    on_white[30:60, 30:60] = 20
    assert not is_street(on_white)


def test_bars_are_cut_off() -> None:
    padded = np.full((200, 161, 3), 255, np.uint8)
    padded[30:151] = street()
    left, top, right, bottom = content_window(padded)
    assert (left, right) == (0.0, 1.0)
    assert cropped(padded, (left, top, right, bottom)).shape == (121, 161, 3)


def test_a_picture_of_nothing_but_bar_is_kept_whole() -> None:
    assert content_window(np.full((64, 64, 3), 255, np.uint8)) == (0.0, 0.0, 1.0, 1.0)


def bag() -> Cutout:
    matte = np.zeros((40, 30), np.float32)
    matte[5:38, 4:26] = 1
    return Cutout(np.full((40, 30, 3), 10, np.uint8), matte)


def test_a_laid_thing_changes_the_picture_in_its_box_and_is_waste() -> None:
    picture = street(300, 400)
    result = lay_down(picture, NONE, bag(), np.random.default_rng(2))
    assert result is not None
    changed, box = result
    assert box[0, 0] == WASTE
    assert ((box[0, 1:] >= 0) & (box[0, 1:] <= 1)).all()
    left, top, right, bottom = (box[0, 1:] * [400, 300, 400, 300]).astype(int)
    assert np.abs(
        changed[top:bottom, left:right].astype(int) - picture[top:bottom, left:right]
    ).max()
    np.testing.assert_array_equal(changed[: int(top * 0.8)], picture[: int(top * 0.8)])


def test_nothing_is_stuck_on_the_front_of_a_bin() -> None:
    full = boxes((BIN, 0.0, 0.0, 1.0, 1.0))
    for seed in range(20):
        assert lay_down(street(300, 400), full, bag(), np.random.default_rng(seed)) is None


def test_a_thing_is_0_1_to_0_6_of_the_person_beside_it() -> None:
    person = boxes((PERSON, 0.1, 0.3, 0.2, 0.9))
    sizes = [height_on_ground(0.9, person, np.random.default_rng(seed)) for seed in range(100)]
    assert min(sizes) >= 0.1 * 0.6 - 1e-6
    assert max(sizes) <= 0.6 * 0.6 + 1e-6


def test_things_without_a_person_are_larger_nearby() -> None:
    far = np.mean([height_on_ground(0.5, NONE, np.random.default_rng(s)) for s in range(50)])
    near = np.mean([height_on_ground(0.95, NONE, np.random.default_rng(s)) for s in range(50)])
    assert near > 1.5 * far


def test_a_bright_thing_on_a_dark_ground_is_cut_out() -> None:
    picture = (street(200, 200) // 8).astype(np.uint8)
    rows, columns = np.mgrid[0:200, 0:200]
    round_thing = (rows - 100) ** 2 + (columns - 100) ** 2 < 45**2
    picture[round_thing] = (220, 230, 240)
    thing = cutout(picture, np.array([0.27, 0.27, 0.73, 0.73], np.float32))
    assert thing is not None
    assert 0.6 < float(thing.matte.mean()) < 0.95
    assert float(thing.image[thing.matte > 0.5].mean()) > 180


def test_a_thing_of_a_few_pixels_is_not_cut_out() -> None:
    assert cutout(street(), np.array([0.5, 0.5, 0.53, 0.53], np.float32)) is None


def test_a_decoy_is_a_piece_of_its_picture() -> None:
    piece = blob(street(), np.random.default_rng(1))
    assert piece.image.shape[:2] == piece.matte.shape
    assert 0.2 < float(piece.matte.mean()) < 0.95
