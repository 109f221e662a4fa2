"""Health of the picture: what is wrong with it is said, what is right is not disturbed."""

import cv2
import numpy as np
import pytest

from litterwatch.detector.change.gate import MotionGate, tiny_grey
from litterwatch.detector.change.health import Health, PictureHealth
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image


def scene(seed: int = 1, size: tuple[int, int] = (320, 180)) -> Image:
    rng = np.random.default_rng(seed)
    width, height = size
    coarse = rng.integers(40, 210, (height // 15, width // 15, 3), np.uint8)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def other_scene() -> Image:
    return np.roll(scene(seed=5), (7, 8), axis=(0, 1))


def noisy(picture: Image, index: int) -> Image:
    grain = np.random.default_rng(index).normal(0, 2, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def watch(health: PictureHealth, picture: Image, start: float, seconds: float) -> list[Health]:
    return [health.update(noisy(picture, i), start + i / 6) for i in range(round(seconds * 6))]


def test_a_good_picture_is_healthy() -> None:
    for state in watch(PictureHealth(), scene(), 0.0, 12):
        assert state == Health()


def test_the_very_same_picture_for_ten_seconds_is_frozen() -> None:
    health = PictureHealth()
    states = [health.update(scene(), float(t)) for t in range(12)]
    assert [state.frozen for state in states] == [False] * 10 + [True] * 2
    assert not health.update(noisy(scene(), 1), 12.0).frozen


def test_a_covered_lens_is_blank_and_inhibits() -> None:
    health = PictureHealth()
    watch(health, scene(), 0.0, 2)
    state = health.update(np.full((180, 320, 3), 20, np.uint8), 2.0)
    assert state.blank
    assert state.inhibited
    assert state.inhibited_until == pytest.approx(12.0)
    after = watch(health, scene(), 2.2, 12)
    assert after[0].inhibited
    assert not after[-1].inhibited


def test_a_cut_is_a_moved_camera() -> None:
    health = PictureHealth()
    assert not any(state.moved for state in watch(health, scene(), 0.0, 6))
    states = watch(health, other_scene(), 6.0, 3)
    assert sum(state.moved for state in states) == 1
    assert states[-1].inhibited
    assert not any(state.moved for state in watch(health, other_scene(), 9.0, 6))


def test_a_single_torn_picture_is_no_move() -> None:
    health = PictureHealth()
    watch(health, scene(), 0.0, 6)
    assert not health.update(other_scene(), 6.5).moved
    assert not any(state.moved for state in watch(health, scene(), 7.0, 3))


def test_actors_who_fill_the_view_do_not_move_the_camera() -> None:
    lorry = scene(seed=8)
    crowded = scene()
    crowded[:, 40:] = lorry[:, 40:]
    health = PictureHealth()
    watch(health, scene(), 0.0, 4)
    box = Box(40, 0, 320, 180)
    for i in range(24):
        assert not health.update(noisy(crowded, i), 4 + i / 6, actors=[box]).moved


def test_parts_hidden_at_first_are_learnt_later() -> None:
    health = PictureHealth()
    for i in range(6):
        health.update(noisy(scene(), i), i / 6, actors=[Box(0, 0, 320, 180)])
    watch(health, scene(), 1.0, 6)
    states = watch(health, other_scene(), 7.0, 2)
    assert any(state.moved for state in states)


def test_a_lamp_is_a_light_step_and_no_move() -> None:
    health = PictureHealth()
    watch(health, scene(), 0.0, 4)
    states = watch(health, (scene() * 0.6).astype(np.uint8), 4.0, 4)
    assert sum(state.light_step for state in states) == 1
    assert not any(state.moved for state in states)
    assert states[-1].inhibited


def test_infrared_is_told_by_missing_colour_and_needs_a_second() -> None:
    health = PictureHealth()
    watch(health, scene(), 0.0, 2)
    grey = np.repeat(tiny_grey(scene(), 320)[..., None], 3, axis=2)
    states = [health.update(grey, 2 + i / 6) for i in range(9)]
    assert states[0].mode == "colour"
    assert states[-1].mode == "infrared"
    assert states[-1].inhibited
    assert health.update(scene(), 4.0).mode == "infrared"
    assert PictureHealth().update(grey, 0.0).mode == "infrared"


def test_another_size_starts_anew() -> None:
    health = PictureHealth()
    watch(health, scene(), 0.0, 3)
    state = health.update(scene(size=(180, 320)), 3.0)
    assert state == Health()


def test_the_gate_sees_what_moves_and_not_noise() -> None:
    gate = MotionGate()
    big = scene(size=(640, 360))
    assert gate.moved(big, 0.0) == 1.0
    assert gate.moved(noisy(big, 1), 0.2) == 0.0
    walker = big.copy()
    walker[100:200, 300:340] = 255 - walker[100:200, 300:340]
    assert 0.005 < gate.moved(walker, 0.4) < 0.05
    assert gate.moved(scene(size=(180, 320)), 0.6) == 1.0


def test_the_tiny_picture_is_never_enlarged() -> None:
    assert tiny_grey(scene(size=(120, 90))).shape == (90, 120)
    assert tiny_grey(scene(size=(360, 640))).shape == (160, 90)
