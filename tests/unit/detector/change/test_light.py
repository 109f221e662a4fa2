"""Light against things, and new against revealed."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from litterwatch.detector.change.light import (
    contour_gradient_ratio,
    grey_contour_ratio,
    light_likeness,
    novelty,
    surround_contrast_ratio,
)
from litterwatch.detector.change.pixels import quantile
from litterwatch.detector.types import Image

REGION = np.zeros((60, 80), bool)
REGION[20:45, 25:55] = True


def ground(texture: float, seed: int = 1) -> Image:
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (60, 80, 1)).astype(np.float32), (3, 3), 0)
    picture = np.array([110, 120, 130]) + texture * fine[..., None] / fine.std()
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def seen(picture: Image, seed: int = 2) -> Image:
    grain = np.random.default_rng(seed).normal(0, 1.5, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@settings(max_examples=20)
@given(factor=st.floats(0.4, 2.0), texture=st.sampled_from([0.5, 4.0, 12.0]))
def test_light_on_the_same_ground_is_light(factor: float, texture: float) -> None:
    reference = (ground(texture) * 0.5).astype(np.uint8)
    now = reference.astype(np.float32)
    now[REGION] *= factor
    verdict = light_likeness(
        seen(np.clip(now, 0, 255).astype(np.uint8)), reference, REGION, noise=1.5
    )
    assert verdict.is_light
    assert verdict.ratio == pytest.approx(factor, rel=0.25)
    assert verdict.chroma_spread < 0.02


def test_a_soft_shadow_is_dim_and_a_thing_is_not() -> None:
    rows, columns = np.mgrid[0:60, 0:80].astype(np.float32)
    depth = np.clip(1 - ((columns - 40) / 18) ** 2 - ((rows - 32) / 14) ** 2, 0, 1)
    shadow = (ground(3) * (1 - 0.35 * depth[..., None])).astype(np.uint8)
    assert light_likeness(seen(shadow), ground(3), depth > 0.2, noise=1.5).is_dim
    bag = ground(3)
    bag[REGION] = (30, 90, 160)
    assert not light_likeness(seen(bag), ground(3), REGION, noise=1.5).is_dim
    brighter = np.clip(ground(3) * 1.4, 0, 255).astype(np.uint8)
    assert not light_likeness(seen(brighter), ground(3), REGION, noise=1.5).is_dim


def test_where_hardly_anything_differs_all_may_be_dim() -> None:
    few = np.zeros((60, 80), bool)
    few[20:22, 30:33] = True
    verdict = light_likeness(ground(3), ground(3), few)
    assert (verdict.is_light, verdict.is_dim) == (False, True)


@pytest.mark.parametrize("colour", [(200, 60, 40), (30, 200, 220)])
def test_a_coloured_thing_is_no_light(colour: tuple[int, int, int]) -> None:
    now = ground(3)
    now[REGION] = colour
    verdict = light_likeness(seen(now), ground(3), REGION, noise=1.5)
    assert not verdict.is_light
    assert verdict.likeness < 0.5


def test_a_black_bag_with_folds_is_no_light() -> None:
    now = ground(3)
    now[REGION] = 40
    cv2.line(now, (30, 22), (50, 40), (75, 75, 75), 3)
    cv2.line(now, (50, 22), (32, 42), (20, 20, 20), 3)
    assert not light_likeness(seen(now), ground(3), REGION, noise=1.5).is_light


def test_a_plain_grey_thing_on_rough_ground_is_no_light() -> None:
    now = ground(12)
    now[REGION] = (80, 88, 95)
    verdict = light_likeness(seen(now), ground(12), REGION, noise=1.5)
    assert verdict.texture >= 6
    assert abs(verdict.ncc) < 0.4
    assert not verdict.is_light


@settings(max_examples=25, deadline=None)
@given(
    factor=st.floats(0.45, 1.6),
    texture=st.sampled_from([0.5, 2.0, 4.0]),
    tone=st.sampled_from([0.4, 0.5, 1.6]),
    side=st.integers(7, 10),
    left=st.integers(29, 42),
)
def test_light_brings_no_structure(
    factor: float, texture: float, tone: float, side: int, left: int
) -> None:
    """What is as grey as plain ground and bears a small print or knot is a thing."""
    reference = (ground(texture) * 0.6).astype(np.uint8)
    lit = reference.astype(np.float32)
    lit[REGION] *= factor
    printed = lit.copy()
    printed[28 : 28 + side, left : left + side] *= tone
    shadow, thing = (
        light_likeness(seen(np.clip(p, 0, 255).astype(np.uint8)), reference, REGION, noise=1.5)
        for p in (lit, printed)
    )
    assert shadow.is_light
    assert not thing.is_light
    assert thing.likeness <= 0.5


def test_the_edge_of_a_shadow_is_no_structure() -> None:
    now = ground(1)
    now[REGION] = (now[REGION] * 0.4).astype(np.uint8)
    assert light_likeness(seen(now), ground(1), REGION, noise=1.5).structure < 4


def test_likeness_of_a_clear_shadow_is_high_and_outside_the_range_nil() -> None:
    reference = ground(12)
    shadow = reference.copy()
    shadow[REGION] = (shadow[REGION] * 0.6).astype(np.uint8)
    assert light_likeness(shadow, reference, REGION).likeness > 0.7
    plain = ground(0.5)
    lamp = (plain * 0.2).astype(np.uint8)
    glare = light_likeness(plain, lamp, REGION)
    assert glare.ratio > 2.5
    assert not glare.is_light
    assert glare.likeness == 0.0


def test_too_few_pixels_are_never_light() -> None:
    few = np.zeros_like(REGION)
    few[10, 10:15] = True
    assert not light_likeness(ground(3), ground(3), few).is_light
    thin = np.zeros_like(REGION)
    thin[10, 10:40] = True
    assert light_likeness(ground(3), ground(3), thin).is_light


def test_a_flat_picture_has_no_structure_to_compare() -> None:
    flat = np.full((60, 80, 3), 90, np.uint8)
    assert light_likeness(flat, flat, REGION).ncc == 0.0


@pytest.mark.parametrize("texture", [1.0, 8.0, 20.0])
def test_new_and_revealed_are_told_apart_on_any_ground(texture: float) -> None:
    empty, full = seen(ground(texture)), seen(ground(texture), 3)
    full[REGION] = (35, 40, 150)
    assert novelty(full, empty, REGION) > 1.2
    assert novelty(empty, full, REGION) < 1 / 1.2
    assert contour_gradient_ratio(full, empty, REGION) > contour_gradient_ratio(empty, full, REGION)
    assert surround_contrast_ratio(full, empty, REGION) > 2


def test_a_region_without_surroundings_or_rim_decides_nothing() -> None:
    whole, none = np.ones((60, 80), bool), np.zeros((60, 80), bool)
    grey = np.zeros((60, 80), np.uint8)
    assert surround_contrast_ratio(ground(1), ground(1), whole) == 1.0
    assert surround_contrast_ratio(ground(1), ground(1), none) == 1.0
    assert grey_contour_ratio(grey, grey, none) == 1.0


def test_a_quantile_is_one_of_the_values() -> None:
    values = np.array([5, 1, 4, 2, 3], np.float32)
    assert [quantile(values, share) for share in (0.0, 0.5, 1.0)] == [1.0, 3.0, 5.0]
    assert quantile(values[:1], 0.8) == 5.0
