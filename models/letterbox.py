"""Fit a picture into the rectangle a network wants, and bring boxes back.

The long side becomes the network's input size (small pictures are enlarged: the network knows
things at that scale), the short side follows and is padded with grey to a multiple of the stride.
A 16:9 picture then costs 640 x 384 instead of 640 x 640: 40 % fewer pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image

STRIDE = 32
"""The coarsest grid of the YOLO family: both sides of the input are multiples of it, px.

A network of two branches asks for more (models/branch_names.py).
"""

GREY = 114
"""Value of the padding, as in ultralytics' training."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in the network's input.

    Attributes:
        picture: (width, height) of the picture, px.
        inner: (width, height) it is resized to, px of the input.
        left, top: where its upper left corner lies, px of the input.
        canvas: (width, height) of the input, px.
    """

    picture: tuple[int, int]
    inner: tuple[int, int]
    left: int
    top: int
    canvas: tuple[int, int]

    def to_picture(self, xyxy: FloatArray) -> FloatArray:
        """Boxes (n, 4) px of the input as px of the picture, cut at its border: (n, 4) float32."""
        scale = np.array(self.picture, np.float32) / np.array(self.inner, np.float32)
        origin = np.array((self.left, self.top), np.float32)
        corners = (xyxy.reshape(-1, 2, 2) - origin) * scale
        limit = np.array(self.picture, np.float32)
        result: FloatArray = np.clip(corners, 0, limit).reshape(-1, 4).astype(np.float32)
        return result


def placement(width: int, height: int, input_size: int, stride: int = STRIDE) -> Placement:
    """Place a picture of that size (px) in the smallest input with that long side.

    Both sides of the input are multiples of `stride`, px.
    """
    scale = input_size / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = (_rounded_up(inner[0], stride), _rounded_up(inner[1], stride))
    left, top = (canvas[0] - inner[0]) // 2, (canvas[1] - inner[1]) // 2
    return Placement((width, height), inner, left, top, canvas)


def letterbox(image: Image, place: Placement) -> Image:
    """The picture (h, w, 3) uint8 resized and padded to `place.canvas`: contiguous uint8."""
    if place.picture != place.inner:
        image = cv2.resize(image, place.inner, interpolation=cv2.INTER_LINEAR).astype(
            np.uint8, copy=False
        )
    if place.inner == place.canvas:
        return np.ascontiguousarray(image)
    canvas: Image = np.full((place.canvas[1], place.canvas[0], 3), GREY, np.uint8)
    right, bottom = place.left + place.inner[0], place.top + place.inner[1]
    canvas[place.top : bottom, place.left : right] = image
    return canvas


def _rounded_up(pixels: int, stride: int) -> int:
    return -(-pixels // stride) * stride
