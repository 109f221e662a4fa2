"""How alike two places look: a short description of a piece of a picture.

Colour laid out in a grid and the directions of edges, as numbers. It is the same whatever model
judges and on whatever it runs, so what was labelled under the model before can be compared with
what comes today (docs/decisions/0086-looks-are-described-without-the-model.md).
"""

from typing import Final

import cv2
import numpy as np

from litterwatch.detector.geometry import Box, FloatArray
from litterwatch.detector.types import Image

SIDE: Final = 64
"""Pixels of the square that a piece is brought to."""

GRID: Final = 4
"""Cells along a side."""

DIRECTIONS: Final = 8
"""Of edges, over half a turn."""

LENGTH: Final = GRID * GRID * (3 + DIRECTIONS)

_AROUND: Final = 0.5
"""Of the box's size shown around it on each side: a thing is known by what it lies on."""

_FAINT: Final = 4.0
"""Grey levels a pixel below which an edge is noise."""


def described(image: Image, box: Box | None = None) -> FloatArray:
    """A description (LENGTH,) float32, of length 1.

    Args:
        image: (h, w, 3) uint8 BGR.
        box: px of it; the whole picture without one, or with one that lies outside.
    """
    piece = _piece(image, box)
    small = cv2.resize(piece, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    cells = cv2.resize(lab, (GRID, GRID), interpolation=cv2.INTER_AREA)
    colours = (cells.reshape(-1) / 255 - 0.5).astype(np.float32)
    return _unit(np.concatenate([_unit(colours), _unit(_edges(lab[:, :, 0]))]))


def _edges(grey: FloatArray) -> FloatArray:
    """Strength of edges by direction in each cell, (GRID * GRID * DIRECTIONS,)."""
    dx, dy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength = np.hypot(dx, dy)
    strength[strength < _FAINT] = 0
    turn = np.mod(np.arctan2(dy, dx), np.pi) / np.pi * DIRECTIONS
    direction = np.minimum(turn.astype(np.intp), DIRECTIONS - 1)
    rows, columns = np.indices(grey.shape) * GRID // SIDE
    cell = (rows * GRID + columns) * DIRECTIONS + direction
    size = GRID * GRID * DIRECTIONS
    sums = np.bincount(cell.reshape(-1), np.sqrt(strength).reshape(-1), size)
    result: FloatArray = sums.astype(np.float32)
    return result


def _piece(image: Image, box: Box | None) -> Image:
    height, width = image.shape[:2]
    if box is not None:
        around = box.grown(_AROUND * box.width, _AROUND * box.height).clipped(width, height)
        left, top = int(around.x1), int(around.y1)
        right, bottom = int(np.ceil(around.x2)), int(np.ceil(around.y2))
        if right > left and bottom > top:
            return image[top:bottom, left:right]
    return image


def _unit(values: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(values))
    return values / length if length > 0 else values
