"""What a camera adds to a street: drifting exposure, a passing cloud, sensor noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.types import Image
from litterwatch.service.demo.viewpoint import Viewpoint

CLOUD_SPEED = 0.025
"""How fast shade moves over the picture, picture widths per second."""
CLOUD_DEPTH = 0.13
"""How much darker the deepest shade is."""
NOISE = 1.9
"""Deviation of the sensor noise in the luma, grey levels."""
_BLACK = 16.0  # luma of black in video


class Light:
    """Turns drawn pictures into what a camera delivers, the same for the same seed and time."""

    def __init__(self, view: Viewpoint, seconds: float, seed: int) -> None:
        rng = np.random.default_rng(seed + 2)
        self._view = view
        width = int(view.width * (1 + CLOUD_SPEED * seconds)) + 2
        cells = (5, max(4, width // (view.width // 5)))
        coarse = rng.random(cells).astype(np.float32)
        field = cv2.resize(coarse, (width, view.height), interpolation=cv2.INTER_CUBIC)
        shade = np.clip((field - 0.45) * 2.2, 0, 1)
        soft = cv2.GaussianBlur(np.asarray(shade, np.float32), (0, 0), view.width / 40)
        self._clouds = 1 - CLOUD_DEPTH * np.asarray(soft, np.float32)
        self._noise = NOISE * rng.standard_normal((view.height + 96, view.width + 96)).astype(
            np.float32
        )
        self._seed = seed

    def expose(self, picture: Image, t: float, index: int) -> NDArray[np.uint8]:
        """The picture in that moment's light as planar YUV 4:2:0, (h * 3 / 2, w) uint8."""
        height, width = self._view.height, self._view.width
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        drift = 1 + 0.035 * np.sin(2 * np.pi * t / 41) + 0.015 * np.sin(2 * np.pi * t / 13 + 2)
        start = int(self._view.width * CLOUD_SPEED * t)
        gain = self._clouds[:, start : start + width] * np.float32(drift)
        luma = planes[:height] * gain
        luma += _BLACK - _BLACK * gain
        rng = np.random.default_rng((self._seed, index))
        top, left = rng.integers(0, 96, 2)
        luma += self._noise[top : top + height, left : left + width]
        planes[:height] = cv2.convertScaleAbs(np.clip(luma, 0, 255))
        return planes
