"""The drawn ground: pavements, kerbs, a road; drawn as a plan and seen in perspective."""

import cv2
import numpy as np

from litterwatch.service.demo.surfaces import Colour, Picture, mottled
from litterwatch.service.demo.viewpoint import Viewpoint

PLAN_SCALE = 110.0
"""Pixels of the ground plan per metre."""
NEAR, KERB, FAR_KERB, WALL = 5.4, 10.0, 16.2, 19.0
"""Depths, m: lower edge of the picture, edge of our pavement, far kerb, house fronts."""
HALF_WIDTH = 15.0
"""How far the street is drawn to either side, m."""


def _ground_plan(rng: np.random.Generator) -> Picture:
    """The ground from above: columns along X from -HALF_WIDTH, rows along Z from NEAR."""
    shape = (int((WALL + 0.3 - NEAR) * PLAN_SCALE), int(2 * HALF_WIDTH * PLAN_SCALE))
    plan = mottled(rng, shape, (98, 97, 96), 6.0, 3.5)  # asphalt
    kerb, far_kerb = (int((z - NEAR) * PLAN_SCALE) for z in (KERB, FAR_KERB))
    _pave(plan[:kerb], rng, (166, 172, 176), tile=int(0.5 * PLAN_SCALE))
    _pave(plan[far_kerb:], rng, (150, 153, 156), tile=int(0.6 * PLAN_SCALE))
    for edge, width in ((kerb, 17), (far_kerb, -17)):
        strip = slice(min(edge, edge + width), max(edge, edge + width))
        plan[strip] = mottled(rng, (17, shape[1]), (188, 190, 191), 4, 2)
        plan[strip][:, :: int(PLAN_SCALE)] *= 0.6  # joints of the kerb stones
    plan[kerb + 17 : kerb + 45] *= np.linspace(0.72, 0.95, 28, dtype=np.float32)[:, None, None]
    middle = (kerb + far_kerb) // 2
    for start in range(0, shape[1], int(5 * PLAN_SCALE)):
        dash = plan[middle - 6 : middle + 6, start : start + int(2.2 * PLAN_SCALE)]
        dash += 0.75 * (np.array((205, 208, 210), np.float32) - dash)
    _stains(plan, rng, 55)
    _manhole(plan, (int(17.6 * PLAN_SCALE), kerb + int(1.6 * PLAN_SCALE)))
    _manhole(plan, (int(12.2 * PLAN_SCALE), int(2.1 * PLAN_SCALE)))
    return plan


def _pave(plan: Picture, rng: np.random.Generator, colour: Colour, tile: int) -> None:
    """Concrete slabs, each a little different, in running bond."""
    plan[:] = mottled(rng, (plan.shape[0], plan.shape[1]), colour, 5.0, 3.0)
    for row, top in enumerate(range(0, plan.shape[0], tile)):
        for left in range(-(row % 2) * tile // 2, plan.shape[1], tile):
            slab = plan[top : top + tile, max(left, 0) : max(left + tile, 0)]
            slab += float(rng.normal(0, 4.5))
            slab[:2] *= 0.80
            slab[:, :2] *= 0.80
            slab[2:3] += 6.0


def _stains(plan: Picture, rng: np.random.Generator, count: int) -> None:
    """Old chewing gum, oil and damp."""
    for _ in range(count):
        centre = (int(rng.integers(0, plan.shape[1])), int(rng.integers(0, plan.shape[0])))
        axes = (int(rng.integers(3, 34)), int(rng.integers(3, 22)))
        mask = np.zeros(plan.shape[:2], np.float32)
        box = _window(centre, 90, plan.shape)
        local = (centre[0] - box[1].start, centre[1] - box[0].start)
        patch = np.zeros(mask[box].shape, np.float32)
        cv2.ellipse(patch, local, axes, float(rng.integers(0, 180)), 0, 360, 1.0, -1)
        patch = np.asarray(cv2.GaussianBlur(patch, (0, 0), 4), np.float32)
        plan[box] *= 1 - 0.22 * float(rng.uniform(0.3, 1)) * patch[..., None]


def _manhole(plan: Picture, centre: tuple[int, int]) -> None:
    radius = int(0.32 * PLAN_SCALE)
    box = _window(centre, radius + 4, plan.shape)
    patch = plan[box].copy()
    local = (centre[0] - box[1].start, centre[1] - box[0].start)
    cv2.circle(patch, local, radius, (74, 76, 80), -1, cv2.LINE_AA)
    cv2.circle(patch, local, radius, (52, 52, 54), 3, cv2.LINE_AA)
    for shift in range(-radius + 8, radius - 4, 9):
        half = int(np.sqrt(radius**2 - shift**2)) - 6
        x, y = local[0], local[1] + shift
        cv2.line(patch, (x - half, y), (x + half, y), (96, 98, 101), 2, cv2.LINE_AA)
    plan[box] = patch


def _window(centre: tuple[int, int], radius: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The square round a point, cut at the border of an array."""
    x, y = centre
    return (
        slice(max(y - radius, 0), min(y + radius + 1, shape[0])),
        slice(max(x - radius, 0), min(x + radius + 1, shape[1])),
    )


def draw_ground(view: Viewpoint, rng: np.random.Generator) -> Picture:
    """The ground in the camera's picture; what stands above it is drawn over later."""
    # Warped at twice the size and averaged down: far slabs would flicker otherwise.
    matrix = view.ground_homography(-HALF_WIDTH, NEAR, PLAN_SCALE, 2.0)
    large = cv2.warpPerspective(
        _ground_plan(rng), matrix, (2 * view.width, 2 * view.height), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    small = cv2.resize(large, (view.width, view.height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)
