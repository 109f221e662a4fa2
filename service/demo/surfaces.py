"""What drawn pictures are made of: mottled surfaces, and patches laid over each other."""

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.types import Image

Picture = NDArray[np.float32]
"""(h, w, 3) float32 BGR, 0..255."""
Colour = tuple[float, float, float]


def cloudy(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> Picture:
    """Smooth noise of unit deviation (h, w), `grain` px large."""
    small = (max(2, int(shape[0] / grain) + 2), max(2, int(shape[1] / grain) + 2))
    noise = rng.standard_normal(small).astype(np.float32)
    large = cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large / max(float(large.std()), 1e-6), np.float32)


def mottled(
    rng: np.random.Generator, shape: tuple[int, int], colour: Colour, fine: float, coarse: float
) -> Picture:
    """A surface of one colour with fine grain and coarse stains (deviations in grey levels)."""
    field = fine * (cloudy(rng, shape, 1.6) + 0.7 * cloudy(rng, shape, 4)) / 1.2
    field += coarse * (cloudy(rng, shape, 60) + 0.6 * cloudy(rng, shape, 17))
    return np.asarray(np.array(colour, np.float32) + field[..., None], np.float32)


def lay_over(
    picture: Picture | Image, bgr: NDArray[np.float32], alpha: NDArray[np.float32],
    corner: tuple[int, int],
) -> None:  # fmt: skip
    """Blends a patch into the picture in place; what hangs over the border is left out."""
    x, y = corner
    height, width = alpha.shape
    x1, y1 = max(x, 0), max(y, 0)
    x2, y2 = min(x + width, picture.shape[1]), min(y + height, picture.shape[0])
    if x1 >= x2 or y1 >= y2:
        return
    patch = (slice(y1 - y, y2 - y), slice(x1 - x, x2 - x))
    weight = alpha[patch][..., None]
    below = picture[y1:y2, x1:x2]
    mixed = below + (np.clip(bgr[patch], 0, 255) - below) * weight
    below[:] = mixed if picture.dtype == np.float32 else np.rint(mixed)
