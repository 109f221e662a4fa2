"""The drawn houses across the road."""

from itertools import pairwise

import cv2
import numpy as np

from litterwatch.service.demo.ground import HALF_WIDTH, WALL
from litterwatch.service.demo.surfaces import Picture, mottled
from litterwatch.service.demo.viewpoint import Viewpoint

WALL_SCALE = 100.0
"""Pixels of the drawn wall per metre."""
WALL_HEIGHT = 6.6
"""Reaches beyond the upper edge of the picture, m."""


def _house_fronts(rng: np.random.Generator) -> Picture:
    """The wall in its own plane: columns along X from -HALF_WIDTH, the last row on the ground."""
    shape = (int(WALL_HEIGHT * WALL_SCALE), int(2 * HALF_WIDTH * WALL_SCALE))
    wall = np.zeros((*shape, 3), np.float32)
    fronts = ((0.0, (148, 186, 206)), (9.4, (160, 172, 178)), (18.2, (134, 160, 196)),
              (25.4, (170, 178, 170)), (30.0, (0, 0, 0)))  # fmt: skip
    for (start, colour), (end, _) in pairwise(fronts):
        part = wall[:, int(start * WALL_SCALE) : int(end * WALL_SCALE)]
        part[:] = mottled(rng, (part.shape[0], part.shape[1]), colour, 2.5, 4.0)
        part[:, :5] *= 0.72
        _plinth(part, rng)
        _openings(part, rng)
    wall[:] *= np.linspace(1.03, 0.93, shape[0], dtype=np.float32)[:, None, None]
    wall[-14:] *= np.linspace(1, 0.62, 14, dtype=np.float32)[:, None, None]
    return wall


def _plinth(wall: Picture, rng: np.random.Generator) -> None:
    """A course of dark stone at the foot of the house."""
    height = int(0.7 * WALL_SCALE)
    wall[-height:] = mottled(rng, (height, wall.shape[1]), (118, 122, 126), 6, 5)
    wall[-height : -height + 3] *= 1.15
    for row, top in enumerate(range(wall.shape[0] - height, wall.shape[0], 23)):
        wall[top : top + 2] *= 0.8
        for left in range((row % 2) * 30, wall.shape[1], 60):
            wall[top : top + 23, left : left + 2] *= 0.8


def _openings(wall: Picture, rng: np.random.Generator) -> None:
    """A door or a shutter, then windows in two rows."""
    scale = WALL_SCALE
    columns = np.arange(0.9, wall.shape[1] / scale - 1.6, 2.45)
    door = int(rng.integers(0, max(len(columns), 1)))
    for index, x in enumerate(columns):
        left = int(x * scale)
        if index == door:
            _shutter(wall, (left - 20, wall.shape[0] - int(2.5 * scale), 190, int(2.5 * scale)))
        else:
            _glazing(wall, (left, wall.shape[0] - int(2.45 * scale), 115, 135), rng)
        _glazing(wall, (left, wall.shape[0] - int(5.6 * scale), 110, 190), rng)


def _glazing(wall: Picture, box: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    x, y, width, height = box
    wall[y - 9 : y + height + 9, x - 9 : x + width + 9] *= 1.13  # the stone frame
    wall[y + height + 5 : y + height + 14, x - 14 : x + width + 14] = (182, 186, 188)
    glass = wall[y : y + height, x : x + width]
    shade = np.linspace(92, 48, height, dtype=np.float32)[:, None, None]
    glass[:] = shade * np.array((1.12, 1.0, 0.92), np.float32)
    slant = (np.arange(width)[None, :] + np.arange(height)[:, None] * 0.6) % 260
    glass += 22.0 * ((slant > 40) & (slant < 90)).astype(np.float32)[..., None]
    glass[:, : int(rng.integers(12, 40))] += 38.0  # a curtain
    for bar in (0, width // 2 - 3, width - 6):
        glass[:, bar : bar + 6] = (206, 210, 212)
    for bar in (0, height // 3, height - 6):
        glass[bar : bar + 6] = (206, 210, 212)


def _shutter(wall: Picture, box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    wall[y - 8 : y + height, x - 8 : x + width + 8] *= 0.78
    slats = wall[y : y + height, x : x + width]
    wave = 128 + 16 * np.sin(np.arange(height) * 2 * np.pi / 11)
    slats[:] = wave[:, None, None] * np.array((0.86, 0.95, 0.90), np.float32)
    slats[:14] = (70, 74, 78)


def set_houses(picture: Picture, view: Viewpoint, rng: np.random.Generator) -> None:
    """Stands the wall on the ground at depth WALL."""
    wall = _house_fronts(rng)
    scale = view.px_per_metre(WALL) / WALL_SCALE
    left, foot = view.to_picture(-HALF_WIDTH, WALL)
    matrix = np.array([[scale, 0, left], [0, scale, foot - wall.shape[0] * scale]], np.float64)
    soft = cv2.GaussianBlur(wall, (0, 0), 0.5 / scale)
    drawn = cv2.warpAffine(
        soft, matrix, (view.width, int(foot)), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    picture[: int(foot)] = drawn
