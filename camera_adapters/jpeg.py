"""JPEG files from cameras, made pictures."""

from typing import Final

import cv2
import numpy as np

from litterwatch.detector.errors import SourceUnreadable
from litterwatch.detector.types import Image

MOST_PIXELS: Final = 64_000_000
"""A larger picture is refused: a small file may unfold to any size."""


def decoded(jpeg: bytes, where: str) -> Image:
    """A picture (h, w, 3) uint8 BGR of a JPEG file, turned as the file says.

    Raises:
        SourceUnreadable: it is none, or larger than any camera's.
    """
    buffer = np.frombuffer(jpeg, np.uint8)
    image = None
    width, height = size_of(jpeg)
    if buffer.size and width * height <= MOST_PIXELS:
        image = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
    if image is None:
        raise SourceUnreadable(
            f"The camera at {where} gives something that is no picture; check the address."
        )
    return np.asarray(image, np.uint8)


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height as the file's frame header says, px; (0, 0) where there is none."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = jpeg[at + 5 : at + 7], jpeg[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 2 + length
    return 0, 0


def scaled(image: Image, size: tuple[int, int]) -> Image:
    """The picture at (width, height), px; itself where it has that size."""
    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
