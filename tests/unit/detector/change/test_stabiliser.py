"""Known sway is found, actors and cuts do not fool it."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from litterwatch.detector.change.stabiliser import Stabiliser
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image


def street(seed: int = 1, size: tuple[int, int] = (640, 360)) -> Image:
    """A textured still view: blocks of many sizes over smooth noise."""
    rng = np.random.default_rng(seed)
    width, height = size
    coarse = rng.integers(60, 190, (height // 20, width // 20, 3)).astype(np.uint8)
    image = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    for _ in range(120):
        x, y = int(rng.integers(0, width - 40)), int(rng.integers(0, height - 40))
        w, h = (int(v) for v in rng.integers(8, 40, 2))
        colour = [int(v) for v in rng.integers(20, 235, 3)]
        cv2.rectangle(image, (x, y), (x + w, y + h), colour, -1)
    return np.asarray(image, np.uint8)


def moved(image: Image, dx: float, dy: float, turn: float = 0.0) -> Image:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    matrix[:, 2] += np.array([dx, dy])
    warped = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


@pytest.mark.parametrize(
    ("dx", "dy", "turn"), [(3.0, -2.0, 0.0), (0.0, 5.5, 0.3), (-8.0, 4.0, -0.5)]
)
def test_a_known_sway_is_found_and_undone(dx: float, dy: float, turn: float) -> None:
    view, stabiliser = street(), Stabiliser()
    stabiliser.update(view, [])
    swayed = moved(view, dx, dy, turn)
    motion = stabiliser.update(swayed, [])
    assert motion.trusted
    assert not motion.still
    assert motion.shift == pytest.approx(np.hypot(dx, dy), abs=0.5)
    inner = np.s_[30:-30, 30:-30]
    before = np.abs(swayed[inner].astype(int) - view[inner]).mean()
    after = np.abs(motion.laid_over(swayed)[inner].astype(int) - view[inner]).mean()
    assert after < before / 3


def test_noise_alone_leaves_the_picture_untouched() -> None:
    rng = np.random.default_rng(3)
    view, stabiliser = street(), Stabiliser()
    stabiliser.update(view, [])
    noisy = np.clip(view + rng.normal(0, 4, view.shape), 0, 255).astype(np.uint8)
    motion = stabiliser.update(noisy, [])
    assert motion.still
    assert motion.laid_over(noisy) is noisy
    assert not motion.unseen((640, 360)).any()


@pytest.mark.parametrize("dx", [0.4, 2.0, 9.0, 24.0])
def test_a_jolt_after_standing_still_is_not_overlooked(dx: float) -> None:
    """The quick look at a camera that stood must not take a jolt for standing."""
    view, stabiliser = street(), Stabiliser()
    for _ in range(3):
        assert stabiliser.update(view, []).still
    motion = stabiliser.update(moved(view, dx, 0.0), [])
    assert motion.shift == pytest.approx(dx, abs=0.5)
    assert motion.still == (dx < stabiliser.parameters.still_px)
    assert stabiliser.update(view, []).shift == pytest.approx(0.0, abs=0.2)


def test_a_lorry_that_crosses_does_not_move_the_scene() -> None:
    view, stabiliser, lorry = street(), Stabiliser(), street(seed=9)[60:300, :320]
    stabiliser.update(view, [])
    for step in range(12):
        picture = view.copy()
        x = step * 25
        picture[60:300, x : x + 320] = lorry[:, : 640 - x][:, :320]
        motion = stabiliser.update(picture, [Box(x, 60, x + 320, 300)])
        assert motion.shift < 0.6
        assert not motion.restarted


def test_a_cut_starts_over_in_new_coordinates() -> None:
    stabiliser = Stabiliser()
    stabiliser.update(street(1), [])
    motion = stabiliser.update(street(2), [])
    assert motion.restarted
    assert motion.still


def test_a_blank_picture_is_held_not_trusted() -> None:
    stabiliser = Stabiliser()
    stabiliser.update(street(), [])
    motion = stabiliser.update(np.zeros((360, 640, 3), np.uint8), [])
    assert not motion.trusted
    assert not motion.restarted


def test_a_slow_drift_is_followed_beyond_the_first_view() -> None:
    wide, stabiliser = street(size=(1280, 360)), Stabiliser()
    motion = None
    for x in range(0, 400, 8):
        motion = stabiliser.update(np.ascontiguousarray(wide[:, x : x + 640]), [])
        assert motion.trusted
        assert not motion.restarted
    assert motion is not None
    assert motion.shift == pytest.approx(392, abs=4)
    assert motion.unseen((640, 360)).mean() > 0.5


def test_what_was_followed_by_mistake_leaves_no_error_behind() -> None:
    """A lorry nobody knows of fills most of the view, creeps, and goes off bit by bit."""
    view, stabiliser = street(), Stabiliser()
    load = speckled(view)
    stabiliser.update(view, [])
    for step in range(1, 13):
        assert not stabiliser.update(beside(view, moved(load, 2.0 * step, 0.0), 520), []).restarted
    for covers in range(500, 0, -20):
        motion = stabiliser.update(beside(view, moved(load, 24.0, 0.0), covers), [])
        assert not motion.restarted
        assert covers < 480 or motion.shift > 10, "it was not followed: nothing is tested"
    shifts = [stabiliser.update(view, []).shift for _ in range(12)]
    assert shifts[-1] == pytest.approx(0.0, abs=0.2)


def test_a_view_that_shows_again_at_once_is_no_cut() -> None:
    view, stabiliser = street(), Stabiliser()
    load = speckled(view)
    stabiliser.update(view, [])
    for step in range(1, 13):
        motion = stabiliser.update(beside(view, moved(load, 2.0 * step, 0.0), 520), [])
    assert motion.shift > 10, "it was not followed: nothing is tested"
    motion = stabiliser.update(view, [])
    assert not motion.restarted
    assert motion.shift == pytest.approx(0.0, abs=0.2)


def beside(view: Image, load: Image, covers: int) -> Image:
    """The view, its first columns hidden by a load."""
    picture = view.copy()
    picture[:, :covers] = load[:, :covers]
    return picture


def speckled(view: Image) -> Image:
    """The same coarse picture with corners of its own."""
    load = cv2.GaussianBlur(view, (41, 41), 0)
    rng = np.random.default_rng(4)
    for _ in range(400):
        x, y = int(rng.integers(0, view.shape[1] - 8)), int(rng.integers(0, view.shape[0] - 8))
        load[y : y + 7, x : x + 7] = rng.integers(0, 255)
    return np.asarray(load, np.uint8)


def test_boxes_go_to_the_anchor_and_back() -> None:
    view, stabiliser = street(), Stabiliser()
    stabiliser.update(view, [])
    motion = stabiliser.update(moved(view, 6, 3), [])
    box = Box(100, 120, 140, 200)
    anchored = motion.box_to_anchor(box)
    assert anchored.x1 == pytest.approx(94, abs=0.7)
    assert motion.box_to_picture(anchored) == pytest.approx(box, abs=0.01)


def test_a_change_of_resolution_starts_over() -> None:
    stabiliser = Stabiliser()
    stabiliser.update(street(), [])
    small: NDArray[np.uint8] = street(size=(320, 240))
    motion = stabiliser.update(small, [])
    assert motion.still
    assert motion.trusted


def test_a_featureless_view_cannot_sway() -> None:
    stabiliser = Stabiliser()
    flat = np.full((360, 640, 3), 128, np.uint8)
    stabiliser.update(flat, [])
    motion = stabiliser.update(flat, [])
    assert not motion.trusted
    assert motion.still
