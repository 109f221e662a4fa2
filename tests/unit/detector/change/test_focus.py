"""Loss of focus is told, and neither night nor infra-red nor weather nor traffic is one."""

from copy import deepcopy
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from litterwatch.detector.change.focus import FocusWatch, sharpness_of
from litterwatch.detector.change.health import Health
from litterwatch.detector.types import Image

COLOUR, INFRARED = Health(), Health(mode="infrared")
GRAINS = 24
"""So many pictures of noise come round again and again: two minutes of looks."""


@cache
def scene(seed: int = 1) -> Image:
    """House fronts, kerbs and wires, as a lens in focus draws them; not to be changed."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(40, 210, (12, 21, 3), np.uint8)
    picture = cv2.resize(blocks, (640, 360), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    for _ in range(60):
        x1, y1, x2, y2 = (int(v) for v in rng.integers(0, [640, 360, 640, 360]))
        colour = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.line(picture, (x1, y1), (x2, y2), colour, int(rng.integers(1, 4)))
    picture = blurred(picture, 0.7)
    picture.setflags(write=False)
    return picture


@cache
def grain_of(number: int) -> NDArray[np.float32]:
    """Noise of one grey level for 640 x 360."""
    return np.random.default_rng(number).standard_normal((360, 640, 3), dtype=np.float32)


def blurred(picture: Image, sigma: float) -> Image:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def noisy(picture: Image, index: int, grain: float = 3.0) -> Image:
    return np.clip(picture + grain * grain_of(index % GRAINS), 0, 255).astype(np.uint8)


def night(picture: Image, index: int) -> Image:
    """A fifth of the light, much grain, and what the camera does against it."""
    dark = noisy((picture * 0.2).astype(np.uint8), index, 6.0)
    return cv2.medianBlur(dark, 5).astype(np.uint8)


def infrared(picture: Image, index: int) -> Image:
    """Grey, a spot of light in the middle, a lens that focuses elsewhere."""
    grey = cv2.cvtColor(blurred(picture, 1.2), cv2.COLOR_BGR2GRAY).astype(np.float32)
    rows, columns = np.mgrid[-1:1:360j, -1:1:640j]
    lit = grey * (0.3 + 0.7 * np.exp(-2 * (rows**2 + columns**2)))
    return noisy(np.repeat(lit[..., None], 3, axis=2).astype(np.uint8), index, 5.0)


class Trial:
    """A camera that looks every five seconds."""

    def __init__(self) -> None:
        self.watch = FocusWatch()
        self.time = 0.0

    def see(self, picture: Image, health: Health = COLOUR) -> bool:
        self.time += 5.0
        return self.watch.update(picture, self.time, health)

    def stay(self, seconds: float, picture: Image, health: Health = COLOUR) -> list[bool]:
        looks = range(round(seconds / 5))
        return [self.see(noisy(picture, look), health) for look in looks]


@pytest.fixture(scope="module")
def used() -> Trial:
    """Two minutes of the scene were seen."""
    made = Trial()
    assert not any(made.stay(120, scene()))
    return made


@pytest.fixture
def trial(used: Trial) -> Trial:
    return deepcopy(used)


@pytest.mark.parametrize("sigma", [2.5, 4.0, 8.0])
def test_a_lens_that_is_turned_is_told_after_a_minute_and_no_longer_when_it_is_back(
    trial: Trial, sigma: float
) -> None:
    told = trial.stay(120, blurred(scene(), sigma))
    assert not any(told[:12])
    assert all(told[13:])
    assert not any(trial.stay(120, scene()))


@pytest.mark.parametrize("seconds", [600, pytest.param(1800, marks=pytest.mark.slow)])
def test_it_is_told_for_as_long_as_it_lasts(trial: Trial, seconds: float) -> None:
    trial.stay(60, blurred(scene(), 4.0))
    assert all(trial.stay(seconds, blurred(scene(), 4.0))[1:])


def test_dew_that_comes_slowly_is_told(trial: Trial) -> None:
    for step in range(40):
        last = trial.stay(30, blurred(scene(), 0.1 + step * 0.1))
    assert last[-1]


def test_a_shiver_of_the_lens_is_nothing(trial: Trial) -> None:
    assert not any(trial.stay(55, blurred(scene(), 4.0)))
    assert not any(trial.stay(30, scene()))


def test_night_is_no_loss_of_focus(trial: Trial) -> None:
    for step in range(10):
        light = 1.0 - step * 0.08
        assert not any(trial.stay(20, (scene() * light).astype(np.uint8)))
    assert not any(trial.see(night(scene(), look)) for look in range(60))


def test_infrared_has_a_reference_of_its_own(trial: Trial) -> None:
    assert not any(trial.see(infrared(scene(), look), INFRARED) for look in range(60))
    assert not any(trial.stay(120, scene()))
    assert not any(trial.see(infrared(scene(), look), INFRARED) for look in range(60))
    # And loses its focus against that.
    soft = [infrared(blurred(scene(), 5.0), look) for look in range(24)]
    assert [trial.see(picture, INFRARED) for picture in soft][-1]


@pytest.mark.parametrize("contrast", [0.7, 0.4, 0.2])
def test_fog_and_rain_before_the_scene_are_no_loss_of_focus(trial: Trial, contrast: float) -> None:
    veiled = (scene() * contrast + 110 * (1 - contrast)).astype(np.uint8)
    assert not any(trial.stay(180, veiled))


def test_a_lorry_that_stands_before_half_of_the_scene_is_no_loss_of_focus(trial: Trial) -> None:
    crowded = scene().copy()
    crowded[60:340, 100:500] = (90, 120, 60)
    assert not any(trial.stay(300, crowded))


def test_what_is_covered_or_frozen_says_nothing_about_focus(trial: Trial) -> None:
    cloth = np.full((360, 640, 3), 90, np.uint8)
    assert not any(trial.stay(120, cloth, Health(blank=True)))
    assert not any(trial.stay(120, blurred(scene(), 4.0), Health(frozen=True)))


def test_a_wall_without_edges_cannot_be_judged() -> None:
    assert sharpness_of(np.full((360, 640, 3), 90, np.uint8)) is None
    assert sharpness_of(noisy(np.full((360, 640, 3), 90, np.uint8), 1, 2.0)) is None


def test_sharpness_does_not_depend_on_the_size_of_the_picture() -> None:
    large = cv2.resize(scene(), (1280, 720), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    here, there = sharpness_of(scene()), sharpness_of(large)
    assert here is not None
    assert there == pytest.approx(here, rel=0.25)
