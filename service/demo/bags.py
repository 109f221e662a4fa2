"""Drawn bags: tied sacks, a blue shopper with handles, a carrier bag."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.service.demo.cutouts import Cutout

_SIZE = 200
"""Height of the drawings, px: larger than any use, so they are only made smaller."""

Field = NDArray[np.float32]


def black_sack(rng: np.random.Generator) -> Cutout:
    """A bulging bin liner, knotted at the top, with the highlights of thin plastic."""
    outline = _Sack(width=176, knot=(0.04, 0.25, 0.16, 0.12), belly=(0.63, 0.93, 0.36), ears=True)
    return _sack(rng, outline, grey=16, gains=(1.06, 1.0, 0.97))


def blue_sack(rng: np.random.Generator) -> Cutout:
    """A blue one, broader than high, twisted shut."""
    outline = _Sack(width=230, knot=(0.10, 0.33, 0.10, 0.07), belly=(0.65, 0.95, 0.34), ears=False)
    return _sack(rng, outline, grey=60, gains=(1.9, 0.9, 0.5))


@dataclass(frozen=True, slots=True)
class _Sack:
    """Outline of a sack; across in half widths from the middle, down in heights.

    Attributes:
        width: px at the height of the drawing.
        knot: middle (across, down) and half axes.
        belly: middle (down) and half axes.
        ears: whether the ends stand up above the knot.
    """

    width: int
    knot: tuple[float, float, float, float]
    belly: tuple[float, float, float]
    ears: bool


def _sack(
    rng: np.random.Generator, outline: _Sack, grey: float, gains: tuple[float, float, float]
) -> Cutout:
    """Plastic lit from the upper right, creased out from the knot."""
    v, u = np.mgrid[0:_SIZE, 0 : outline.width].astype(np.float32)
    x, y = (u - outline.width / 2) / (outline.width / 2), (v / _SIZE)
    angle = np.arctan2(y - 0.62, x)
    lumps = 0.045 * np.sin(3 * angle + 0.7) + 0.03 * np.sin(5 * angle + 2.1)
    middle, wide, high = outline.belly
    outside = np.hypot(x / wide, (y - middle) / high) - lumps
    across, down, half_width, half_height = outline.knot
    outside = np.minimum(outside, np.hypot((x - across) / half_width, (y - down) / half_height))
    if outline.ears:
        ears = np.hypot((np.abs(x - 0.03) - 0.12 + 0.5 * (y - 0.10)) / 0.14, (y - 0.11) / 0.10)
        outside = np.minimum(outside, ears)
    alpha = np.clip((1.0 - outside) * 24, 0, 1)
    alpha *= np.clip((0.985 - y) * 60, 0, 1)  # it sits flat on the ground
    below_knot = y - down + 0.03
    folds = _folds(rng, (_SIZE, outline.width), np.arctan2(x, below_knot), np.hypot(x, below_knot))
    light = np.clip(0.45 + 0.3 * x - 0.75 * (y - 0.55), 0.05, 1.0)
    shine = np.clip(folds - 0.75, 0, 1.5) * 120 * light
    return _cutout(grey + 34 * light + 7 * folds + shine, gains, alpha)


def blue_shopper(rng: np.random.Generator) -> Cutout:
    """A square woven bag with white stripes and two handles."""
    width = 170
    v, u = np.mgrid[0:_SIZE, 0:width].astype(np.float32)
    x, y = (u - width / 2) / (width / 2), v / _SIZE
    half = 0.80 + 0.06 * np.sin(y * 7)
    body = np.minimum(np.clip((half - np.abs(x)) * 40, 0, 1), np.clip((y - 0.36) * 60, 0, 1))
    alpha = np.maximum(body, _handles(x, y, 0.40))
    weave = 9 * np.sin(u * 0.9) * np.sin(v * 0.9) + 4 * rng.standard_normal(u.shape)
    shade = np.clip(1.02 + 0.16 * x - 0.35 * (y - 0.6), 0.5, 1.3)
    crease = 1 - 0.25 * np.exp(-(((x + 0.25 - 0.3 * y) / 0.07) ** 2))
    stripes = (np.abs(np.abs(x) - 0.45) < 0.07) & (y > 0.36)
    grey = (112 + weave) * shade * crease
    bgr = _coloured(grey, (1.62, 0.78, 0.30))
    bgr[stripes] = _coloured(grey * 1.7, (1.0, 1.0, 1.0))[stripes]
    return _as_cutout(bgr, alpha)


def carrier_bag(rng: np.random.Generator) -> Cutout:
    """A thin white bag with a red print, pulled narrow at the handles by its load."""
    width = 150
    v, u = np.mgrid[0:_SIZE, 0:width].astype(np.float32)
    x, y = (u - width / 2) / (width / 2), v / _SIZE
    half = np.clip(0.30 + 1.1 * (y - 0.25), 0.30, 0.78) + 0.03 * np.sin(y * 13 + 1)
    body = np.minimum(np.clip((half - np.abs(x)) * 30, 0, 1), np.clip((y - 0.28) * 60, 0, 1))
    body = body * np.clip((0.98 - y - 0.10 * x * x) * 40, 0, 1)
    alpha = np.maximum(body, _handles(x, y, 0.20))
    folds = _folds(rng, (_SIZE, width), np.arctan2(y - 0.2, x), np.hypot(x, y))
    grey = np.clip(196 + 14 * folds + 20 * x - 46 * (y - 0.5), 90, 244)
    bgr = _coloured(grey, (1.0, 1.0, 1.0))
    print_ = (np.hypot(x / 0.42, (y - 0.66) / 0.14) < 1) & (body > 0.5)
    bgr[print_] = _coloured(grey, (0.30, 0.28, 0.92))[print_]
    return _as_cutout(bgr, alpha)


def _folds(rng: np.random.Generator, shape: tuple[int, int], angle: Field, radius: Field) -> Field:
    """Creases running out from a knot, unit deviation."""
    coarse = rng.standard_normal((9, 40)).astype(np.float32)
    columns = np.asarray((angle + np.pi) / (2 * np.pi) * 39, np.float32)
    rows = np.asarray(np.clip(radius * 4.5, 0, 8), np.float32)
    radial = cv2.remap(coarse, columns, rows, cv2.INTER_CUBIC)
    small = rng.standard_normal((shape[0] // 9, shape[1] // 9)).astype(np.float32)
    crumple = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    field = radial + 0.7 * crumple
    return np.asarray(field / field.std(), np.float32)


def _handles(x: Field, y: Field, spread: float) -> Field:
    """Two loops above the bag."""
    near = np.abs(np.hypot(x / spread, (y - 0.38) / 0.36) - 1) * spread
    return np.asarray(np.clip((0.055 - near) * 40, 0, 1) * (y < 0.42), np.float32)


def _coloured(grey: NDArray[np.floating], gains: tuple[float, float, float]) -> Field:
    return np.asarray(np.clip(grey[..., None] * np.array(gains), 0, 255), np.float32)


def _cutout(
    grey: NDArray[np.floating], gains: tuple[float, float, float], alpha: NDArray[np.floating]
) -> Cutout:
    return _as_cutout(_coloured(grey, gains), alpha)


def _as_cutout(bgr: Field, alpha: NDArray[np.floating]) -> Cutout:
    soft = cv2.GaussianBlur(np.asarray(alpha, np.float32), (0, 0), 0.8)
    rows = np.flatnonzero(soft.max(axis=1) > 0.5)
    tall = float(rows[-1] - rows[0] + 1)
    return Cutout(
        bgr, np.asarray(soft, np.float32), ((soft.shape[1] - 1) / 2, float(rows[-1] + 1)), tall
    )
