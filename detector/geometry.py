"""Points, boxes and polygons.

Boxes are `Box(x1, y1, x2, y2)` in pixels of the analysis picture, x to the right, y down, the far
edges exclusive. Arrays of boxes are `(n, 4)` float32 in the same order ("xyxy").
"""

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Point = tuple[float, float]


class Box(NamedTuple):
    """An axis-aligned box, pixels, far edges exclusive."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return max(0.0, self.x2 - self.x1)

    @property
    def height(self) -> float:
        return max(0.0, self.y2 - self.y1)

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    @property
    def foot(self) -> Point:
        """Bottom centre: where the thing stands on the ground."""
        return (self.x1 + self.x2) / 2, self.y2

    def scaled(self, factor_x: float, factor_y: float) -> "Box":
        """The same box in a picture `factor` times as large."""
        return Box(self.x1 * factor_x, self.y1 * factor_y, self.x2 * factor_x, self.y2 * factor_y)

    def grown(self, dx: float, dy: float) -> "Box":
        """Each side moved outwards by dx and dy pixels (inwards when negative)."""
        return Box(self.x1 - dx, self.y1 - dy, self.x2 + dx, self.y2 + dy)

    def clipped(self, width: float, height: float) -> "Box":
        """The part inside a picture of that size."""
        x1, x2 = min(max(self.x1, 0.0), width), min(max(self.x2, 0.0), width)
        y1, y2 = min(max(self.y1, 0.0), height), min(max(self.y2, 0.0), height)
        return Box(x1, y1, x2, y2)

    def towards(self, other: "Box", share: float) -> "Box":
        """Part of the way to another box: 0 is this one, 1 the other."""
        return Box(*(a + share * (b - a) for a, b in zip(self, other, strict=True)))

    def joined(self, other: "Box") -> "Box":
        """The smallest box round both."""
        return Box(
            min(self.x1, other.x1),
            min(self.y1, other.y1),
            max(self.x2, other.x2),
            max(self.y2, other.y2),
        )

    def xywh(self) -> tuple[float, float, float, float]:
        """Left, top, width, height."""
        return self.x1, self.y1, self.width, self.height


def intersection_area(a: Box, b: Box) -> float:
    """Shared area of two boxes, px^2."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    return width * height if width > 0 and height > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    shared = intersection_area(a, b)
    union = a.area + b.area - shared
    return shared / union if union > 0 else 0.0


def covered_share(a: Box, by: Box) -> float:
    """Share of `a` that lies inside `by`, 0..1."""
    return intersection_area(a, by) / a.area if a.area > 0 else 0.0


def gap(a: Box, b: Box) -> float:
    """Shortest distance between two boxes, px; 0 where they touch or overlap."""
    dx = max(a.x1 - b.x2, b.x1 - a.x2, 0.0)
    dy = max(a.y1 - b.y2, b.y1 - a.y2, 0.0)
    return hypot(dx, dy)


def distance(a: Point, b: Point) -> float:
    """Euclidean distance, px."""
    return hypot(a[0] - b[0], a[1] - b[1])


def iou_matrix(a: FloatArray, b: FloatArray) -> FloatArray:
    """IoU of every box of `a` (n, 4) with every box of `b` (m, 4): (n, m) float32."""
    if len(a) == 0 or len(b) == 0:
        return np.zeros((len(a), len(b)), np.float32)
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    area_a = np.prod(np.clip(a[:, 2:] - a[:, :2], 0, None), axis=1)
    area_b = np.prod(np.clip(b[:, 2:] - b[:, :2], 0, None), axis=1)
    union = area_a[:, None] + area_b[None, :] - shared
    result: FloatArray = np.zeros_like(shared, np.float32)
    np.divide(shared, union, out=result, where=union > 0, casting="same_kind")
    return result


def contains(outline: Sequence[Point], point: Point) -> bool:
    """Whether a point lies inside a polygon (even-odd rule; edges may count as either side)."""
    x, y = point
    inside = False
    previous = outline[-1]
    for current in outline:
        (x1, y1), (x2, y2) = previous, current
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        previous = current
    return inside
