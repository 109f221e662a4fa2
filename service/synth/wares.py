"""Drawn things that people leave, beyond the bags of the demonstration; and what is no bag."""

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.service.demo.cutouts import Cutout
from litterwatch.service.demo.surfaces import Colour, cloudy

_SIZE = 160
"""Height of the drawings, px: larger than any use, so they are only made smaller."""

Field = NDArray[np.float32]


def round_bag(rng: np.random.Generator, colour: Colour) -> Cutout:
    """A plastic bag tied at the top, round and creased."""
    x, y = _grid(150)
    angle = np.arctan2(y - 0.6, x)
    lumps = 0.05 * np.sin(3 * angle + 1.9) + 0.03 * np.sin(7 * angle)
    belly = np.hypot(x / 0.95, (y - 0.61) / 0.38) - lumps
    neck = np.hypot(x / 0.20, (y - 0.16) / 0.13)
    alpha = np.clip((1 - np.minimum(belly, neck)) * 22, 0, 1) * np.clip((0.985 - y) * 60, 0, 1)
    light = np.clip(0.85 + 0.25 * x - 0.5 * (y - 0.5), 0.4, 1.25)
    creases = 0.10 * cloudy(rng, x.shape, 9) + 0.06 * cloudy(rng, x.shape, 4)
    return _cutout((light + creases)[..., None] * np.array(colour, np.float32), alpha)


def rice_sack(rng: np.random.Generator) -> Cutout:
    """A woven white sack with a printed band, slumped to one side."""
    x, y = _grid(110)
    half = 0.78 + 0.10 * np.sin(4 * y + 0.5)
    body = np.clip((half - np.abs(x - 0.08 * (1 - y))) * 24, 0, 1)
    alpha = body * np.clip((y - 0.06 - 0.05 * np.sin(5 * x)) * 40, 0, 1)
    alpha *= np.clip((0.98 - y) * 60, 0, 1)
    weave = (
        5 * np.sin(np.arange(x.shape[1]) * 1.3)[None, :] * np.sin(np.arange(_SIZE) * 1.3)[:, None]
    )
    grey = 186 + weave + 22 * x - 40 * (y - 0.5) + 10 * cloudy(rng, x.shape, 14)
    bgr = grey[..., None] * np.array((0.94, 1.0, 1.02))
    band = (np.abs(y - 0.5) < 0.11) & (np.abs(x) < 0.6)
    bgr[band] *= np.array((0.85, 0.62, 0.45))
    return _cutout(bgr, alpha)


def carton(rng: np.random.Generator) -> Cutout:
    """A cardboard box, its front and one side, taped."""
    x, y = _grid(190)
    front = (x > -0.96) & (x < 0.42) & (y > 0.16 - 0.02 * x)
    side = (
        (x >= 0.42) & (x < 0.92) & (y > 0.16 - 0.16 * (x - 0.42)) & (y < 0.99 - 0.22 * (x - 0.42))
    )
    lid = (y <= 0.17) & (y > 0.03) & (x > -0.96 + 2.2 * (0.16 - y)) & (x < 0.42 + 3.6 * (0.16 - y))
    shade = np.select([front, side, lid], [1.0, 0.68, 1.2], 0.0)
    grey = 150 * shade + 5 * cloudy(rng, x.shape, 12) + 2 * cloudy(rng, x.shape, 2)
    bgr = grey[..., None] * np.array((0.62, 0.84, 1.05))
    bgr[(np.abs(x + 0.28) < 0.06) & (y < 0.42) & front] *= 1.22
    return _cutout(bgr, np.asarray(front | side | lid, np.float32))


def mattress(rng: np.random.Generator) -> Cutout:
    """A rolled mattress, striped, tied with cord."""
    x, y = _grid(220)
    half = 0.93 - 0.04 * np.cos(6 * y)
    alpha = np.clip((half - np.abs(x)) * 30, 0, 1) * np.clip((y - 0.12) * 40, 0, 1)
    alpha *= np.clip((0.985 - y) * 60, 0, 1)
    grey = 168 * np.clip(0.55 + 0.9 * np.sin(np.pi * np.clip(y, 0, 1)) * 0.6, 0.4, 1.15)
    grey = grey + 6 * cloudy(rng, x.shape, 10)
    bgr = grey[..., None] * np.array((0.95, 0.98, 1.0))
    bgr[np.sin(x * 26) > 0.55] *= np.array((0.9, 0.66, 0.6))
    bgr[np.abs(np.abs(x) - 0.5) < 0.025] *= 0.35
    return _cutout(bgr, alpha)


def open_door(rng: np.random.Generator) -> Cutout:
    """A door that stands open: a dark opening and its leaf."""
    x, y = _grid(150)
    alpha = np.ones_like(x)
    grey = 34 + 26 * y + 5 * cloudy(rng, x.shape, 8)
    bgr = grey[..., None] * np.array((0.9, 1.0, 1.15))
    leaf = x > 0.35
    bgr[leaf] = np.array((96, 132, 168)) * (1.0 - 0.3 * y[leaf])[:, None]
    return _cutout(bgr, alpha)


def _grid(width: int) -> tuple[Field, Field]:
    """Across from -1 to 1, down from 0 at the top to 1."""
    v, u = np.mgrid[0:_SIZE, 0:width].astype(np.float32)
    return np.asarray((u - width / 2) / (width / 2), np.float32), np.asarray(v / _SIZE, np.float32)


def _cutout(bgr: NDArray[np.floating], alpha: NDArray[np.floating]) -> Cutout:
    soft = np.asarray(cv2.GaussianBlur(np.asarray(alpha, np.float32), (0, 0), 0.8), np.float32)
    rows = np.flatnonzero(soft.max(axis=1) > 0.5)
    foot = ((soft.shape[1] - 1) / 2, float(rows[-1] + 1))
    tall = float(rows[-1] - rows[0] + 1)
    return Cutout(np.asarray(np.clip(bgr, 0, 255), np.float32), soft, foot, tall)
