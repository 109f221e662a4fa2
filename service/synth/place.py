"""The drawn street of a scenario: pavement, kerb, road, houses, what stands there."""

import cv2
import numpy as np

from litterwatch.detector.types import Image
from litterwatch.service.demo.furniture import set_bollard, set_wheelie_bin
from litterwatch.service.demo.surfaces import Picture, mottled
from litterwatch.service.synth.scenario import Street
from litterwatch.service.synth.view import View

ROAD_WIDTH = 6.0
FAR_PAVEMENT = 2.6
WALL_HEIGHT = 7.0
_REACH = 4.0
"""How far the street is drawn beyond the sides of the picture at the wall, m."""


def kerb_depth(view: View, street: Street) -> float:
    """Depth of the kerb before the road, m."""
    return view.near + street.kerb


def wall_depth(view: View, street: Street) -> float:
    """Depth of the house fronts, m."""
    return kerb_depth(view, street) + ROAD_WIDTH + FAR_PAVEMENT


def draw_place(view: View, street: Street) -> Image:
    """The empty street (height, width, 3) uint8 BGR, the same for the same street."""
    rng = np.random.default_rng(street.seed)
    picture = _ground(view, street, rng)
    _set_wall(picture, view, street, rng)
    kerb, half = kerb_depth(view, street), view.half_width(kerb_depth(view, street))
    if street.bollards:
        for x in np.arange(-half - 0.4, half + 0.5, 2.2):
            set_bollard(picture, view, float(x), kerb - 0.3)
    colours = ((62, 92, 48), (70, 62, 60), (48, 96, 150), (120, 84, 40))
    for index in range(street.bins):
        place = (half * 0.62 + 0.85 * index, kerb - 0.55)
        set_wheelie_bin(picture, view, place, colours[(street.seed + index) % 4], rng)
    drawn = np.asarray(np.clip(picture, 0, 255), np.uint8)
    return np.ascontiguousarray(drawn[:, ::-1]) if street.mirrored else drawn


def _ground(view: View, street: Street, rng: np.random.Generator) -> Picture:
    scale = max(40.0, 1.2 * view.px_per_metre(view.near + 1.0))
    half = view.half_width(wall_depth(view, street)) + _REACH
    near = view.near * 0.97
    matrix = view.ground_homography(-half, near, scale, 2.0)
    plan = _plan(view, street, rng, (near, half, scale))
    large = cv2.warpPerspective(
        plan, matrix, (2 * view.width, 2 * view.height), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    # Warped at twice the size and averaged down: far slabs would flicker otherwise.
    small = cv2.resize(large, (view.width, view.height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _plan(
    view: View, street: Street, rng: np.random.Generator, frame: tuple[float, float, float]
) -> Picture:
    """The ground from above: columns along X, rows along Z from the near edge."""
    near, half, scale = frame
    depth = wall_depth(view, street) + 0.3 - near
    shape = (int(depth * scale), int(2 * half * scale))
    plan = mottled(rng, shape, street.road, 6.0, 3.5)
    kerb = int((kerb_depth(view, street) - near) * scale)
    far = int((kerb_depth(view, street) + ROAD_WIDTH - near) * scale)
    tile = max(6, int(street.tile * scale))
    _pave(plan[:kerb], rng, street.pavement, tile)
    _pave(plan[far:], rng, tuple(0.9 * c for c in street.pavement), tile)  # type: ignore[arg-type]
    stone = max(3, int(0.16 * scale))
    for top in (kerb, far - stone):
        plan[top : top + stone] = mottled(rng, (stone, shape[1]), (188, 190, 191), 4, 2)
        plan[top : top + stone, :: int(scale)] *= 0.6
    plan[kerb + stone : kerb + 2 * stone] *= 0.8
    middle = (kerb + far) // 2
    for start in range(0, shape[1], int(5 * scale)):
        dash = plan[middle - 3 : middle + 3, start : start + int(2.2 * scale)]
        dash += 0.75 * (np.array((205, 208, 210), np.float32) - dash)
    _stain(plan, rng, scale)
    return plan


def _pave(
    plan: Picture, rng: np.random.Generator, colour: tuple[float, float, float], tile: int
) -> None:
    """Slabs, each a little different, in running bond."""
    plan[:] = mottled(rng, (plan.shape[0], plan.shape[1]), colour, 5.0, 4.0)
    for row, top in enumerate(range(0, plan.shape[0], tile)):
        for left in range(-(row % 2) * tile // 2, plan.shape[1], tile):
            slab = plan[top : top + tile, max(left, 0) : max(left + tile, 0)]
            slab += float(rng.normal(0, 4.5))
            slab[:1] *= 0.82
            slab[:, :1] *= 0.82


def _stain(plan: Picture, rng: np.random.Generator, scale: float) -> None:
    """Old chewing gum, oil and damp, in one soft map of light."""
    stains = np.zeros(plan.shape[:2], np.float32)
    for _ in range(70):
        centre = (int(rng.integers(0, plan.shape[1])), int(rng.integers(0, plan.shape[0])))
        axes = (int(scale * rng.uniform(0.03, 0.3)), int(scale * rng.uniform(0.03, 0.2)))
        depth, angle = float(rng.uniform(0.06, 0.22)), float(rng.uniform(0, 180))
        cv2.ellipse(stains, centre, axes, angle, 0, 360, depth, -1)
    soft = cv2.GaussianBlur(stains, (0, 0), max(1.0, scale / 30))
    plan *= 1 - np.asarray(soft, np.float32)[..., None]


def _set_wall(picture: Picture, view: View, street: Street, rng: np.random.Generator) -> None:
    """House fronts across the road, with windows and doors."""
    depth = wall_depth(view, street)
    scale = view.px_per_metre(depth)
    _, foot = view.to_picture(0, depth)
    base = round(foot)
    top = max(0, round(foot - WALL_HEIGHT * scale))
    part = picture[top:base]
    part[:] = mottled(rng, (part.shape[0], part.shape[1]), street.wall, 2.5, 4.0)
    if top > 0:
        picture[:top] = mottled(rng, (top, picture.shape[1]), (216, 206, 196), 0.5, 3.0)
    plinth = max(2, round(0.6 * scale))
    picture[base - plinth : base] *= 0.66
    step = max(8, round(2.4 * scale))
    for index, left in enumerate(range(int(rng.integers(0, step)), view.width, step)):
        high = 2.3 if (index + street.seed) % 4 == 0 else 1.3
        low = base - (2 if high > 2 else round(0.95 * scale))
        _set_pane(picture, (left, low, round(1.05 * scale), round(high * scale)), rng)
        _set_pane(
            picture, (left, base - round(3.9 * scale), round(1.0 * scale), round(1.5 * scale)), rng
        )


def _set_pane(picture: Picture, box: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    """A dark window or door, (left, bottom, width, height) px, framed."""
    left, bottom, width, height = box
    top, bottom = max(bottom - height, 0), max(bottom, 0)
    outer = picture[top:bottom, left : left + width]
    outer[:] = (190, 196, 198)
    inner = picture[top + 1 : max(bottom - 1, 0), left + 1 : left + width - 1]
    inner[:] = np.array((72, 66, 60), np.float32) * float(rng.uniform(0.6, 1.3))
