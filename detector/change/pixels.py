"""Masks of 0 and 255 and pictures of bytes: OpenCV's fast operations with exact types."""

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import FloatArray

Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_RING = np.ones((3, 3), np.uint8)


def both(a: Bytes, b: Bytes) -> Bytes:
    """Where a and b."""
    return np.bitwise_and(a, b)


def either(a: Bytes, b: Bytes) -> Bytes:
    """Where a or b."""
    return np.bitwise_or(a, b)


def inverse(a: Bytes) -> Bytes:
    """Where not a."""
    return np.bitwise_not(a)


def bytes_of(mask: Mask) -> Bytes:
    """255 where the mask is true."""
    return np.multiply(mask.view(np.uint8), 255, dtype=np.uint8)


def within(picture: Bytes, low: Bytes, high: Bytes) -> Bytes:
    """(h, w) 255 where every channel lies between its bounds, both included."""
    return cv2.inRange(picture, low, high).astype(np.uint8, copy=False)


def thrice(plane: Bytes) -> Bytes:
    """(h, w) as (h, w, 3) of equal channels."""
    return cv2.merge([plane, plane, plane]).astype(np.uint8, copy=False)


def plus(a: Bytes, b: Bytes) -> Bytes:
    """The sum, at most 255."""
    return cv2.add(a, b).astype(np.uint8, copy=False)


def minus(a: Bytes, b: Bytes) -> Bytes:
    """The difference, at least 0."""
    return cv2.subtract(a, b).astype(np.uint8, copy=False)


def rounded(picture: FloatArray) -> Bytes:
    """The nearest bytes of a picture of floats in 0..255."""
    return cv2.convertScaleAbs(picture).astype(np.uint8, copy=False)


def widened(mask: Mask) -> Mask:
    """The mask and the pixels next to it."""
    wide: Mask = cv2.dilate(mask.view(np.uint8), _RING) > 0
    return wide


def median(values: NDArray[np.float32]) -> float:
    """The median of (n,) values, n at least 1: numpy's own costs three times as much on few."""
    ordered = np.sort(values)  # with vector instructions faster than picking two of them
    lower, upper = ordered[(len(values) - 1) // 2], ordered[len(values) // 2]
    return float((lower + upper) / np.float32(2))


def resized(picture: Bytes, size: tuple[int, int], interpolation: int) -> Bytes:
    """The picture at (width, height)."""
    if (picture.shape[1], picture.shape[0]) == size:
        return picture
    return cv2.resize(picture, size, interpolation=interpolation).astype(np.uint8, copy=False)


def ycrcb(bgr: Bytes) -> Bytes:
    """(h, w, 3) BGR as YCrCb."""
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb).astype(np.uint8, copy=False)


def bgr(ycrcb_picture: Bytes) -> Bytes:
    """(h, w, 3) YCrCb as BGR."""
    return cv2.cvtColor(ycrcb_picture, cv2.COLOR_YCrCb2BGR).astype(np.uint8, copy=False)


def grey(bgr_picture: Bytes) -> Bytes:
    """(h, w, 3) BGR as grey (h, w)."""
    return cv2.cvtColor(bgr_picture, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def components(mask: Bytes) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[int, int]]:
    """The connected regions of what is not 0 in (h, w), looked for only where there is anything.

    Returns:
        Labels of the part that holds them all, 0 for none; a row (left, top, width, height, area)
        for each label, in pixels of the mask, the first for label 0; (left, top) of that part.
    """
    left, top, width, height = cv2.boundingRect(mask)
    if width == 0:
        return np.zeros((0, 0), np.int32), np.zeros((1, 5), np.int32), (0, 0)
    right, bottom = left + width, top + height
    left, top = left & ~1, top & ~1  # labels are given in blocks of 2 x 2: so as in the whole
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        mask[top:bottom, left:right], 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    stats[:, cv2.CC_STAT_LEFT] += left
    stats[:, cv2.CC_STAT_TOP] += top
    return labels.astype(np.int32, copy=False), stats.astype(np.int32, copy=False), (left, top)


def quantile(values: NDArray[np.float32], share: float) -> float:
    """The value below which that share of (n,) values lies; n at least 1.

    A plain pick without interpolation: numpy's own costs ten times as much on small regions.
    """
    rank = round(share * (len(values) - 1))
    return float(np.partition(values, rank)[rank])
