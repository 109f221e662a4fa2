"""Boxes of a picture and the text files YOLO keeps them in."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError

CLASSES = ("person", "two_wheeler", "vehicle", "waste", "bin", "overflow")
PERSON, TWO_WHEELER, VEHICLE, WASTE, BIN, OVERFLOW = range(len(CLASSES))

ACTORS = (PERSON, TWO_WHEELER, VEHICLE)

Boxes = NDArray[np.float32]
"""(n, 5): class, left, top, right, bottom; 0..1 of the picture."""

SURE = 0.5
"""Confidence at which a person proposed in the middle of a heap is believed."""

NONE: Boxes = np.zeros((0, 5), np.float32)


def read_labels(file: Path, classes: Mapping[int, int]) -> Boxes:
    """Read a YOLO label file (class, centre x and y, width, height) and map its classes."""
    rows: list[list[float]] = []
    for number, line in enumerate(file.read_text().splitlines(), start=1):
        values = [float(word) for word in line.split()]
        if not values:
            continue
        if len(values) != 5 or int(values[0]) not in classes:
            raise ConfigError(f"{file.name}, line {number}: not a box of a known class")
        x, y, width, height = values[1:]
        label = classes[int(values[0])]
        rows.append([label, x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return clipped(np.asarray(rows, np.float32).reshape(-1, 5))


def written(boxes: Boxes) -> str:
    """Return the text of a YOLO label file."""
    lines = [
        f"{int(label)} {(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f} {x1 - x0:.6f} {y1 - y0:.6f}\n"
        for label, x0, y0, x1, y1 in boxes
    ]
    return "".join(lines)


def clipped(boxes: Boxes) -> Boxes:
    """Cut boxes at the border of the picture."""
    result = boxes.copy()
    result[:, 1:] = np.clip(result[:, 1:], 0.0, 1.0)
    return result


def turned(boxes: Boxes, *, clockwise: bool) -> Boxes:
    """Return the boxes of a picture that is turned by a quarter."""
    left, top, right, bottom = boxes[:, 1], boxes[:, 2], boxes[:, 3], boxes[:, 4]
    sides = (1 - bottom, left, 1 - top, right) if clockwise else (top, 1 - right, bottom, 1 - left)
    result: Boxes = np.column_stack([boxes[:, 0], *sides]).astype(np.float32)
    return result


def seen_in(boxes: Boxes, window: tuple[float, float, float, float], least: float = 0.3) -> Boxes:
    """Return the boxes as seen in a window (xyxy, 0..1) of the picture, in 0..1 of the window.

    A box of which less than `least` of its area lies inside the window is left out.
    """
    left, top, right, bottom = window
    origin = np.array([left, top, left, top], np.float32)
    size = np.array([right - left, bottom - top] * 2, np.float32)
    moved = boxes.copy()
    moved[:, 1:] = (moved[:, 1:] - origin) / size
    inside = clipped(moved)
    return inside[area(inside) >= least * np.maximum(area(moved), 1e-9)]


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area (n,) of each box as a part of the picture."""
    result: NDArray[np.float32] = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    return result


def intersection(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return the shared area (n, m) of every box of `a` with every box of `b`."""
    low = np.maximum(a[:, None, 1:3], b[None, :, 1:3])
    high = np.minimum(a[:, None, 3:5], b[None, :, 3:5])
    result: NDArray[np.float32] = np.clip(high - low, 0, None).prod(axis=2)
    return result


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Return intersection over union (n, m)."""
    shared = intersection(a, b)
    result: NDArray[np.float32] = shared / np.maximum(
        area(a)[:, None] + area(b)[None, :] - shared, 1e-9
    )
    return result


def merged(ours: Boxes, others: NDArray[np.float32], thresholds: Mapping[int, float]) -> Boxes:
    """Join labels of waste with boxes (n, 6) of people and vehicles that a network proposed.

    A proposal needs the confidence of its class. A label of waste always wins over a proposal that
    overlaps it by half, and over one that lies in it for 4/5 (a heap seen as a car, a bag as a
    person) unless it is a person the network is sure of.
    """
    enough = np.array([thresholds[int(row[0])] <= row[5] for row in others], bool)
    proposed = clipped(others[enough, :5]) if len(others) else NONE
    if not len(proposed) or not len(ours):
        return np.concatenate([ours, proposed]).astype(np.float32)
    rival = iou(proposed, ours).max(axis=1) >= 0.5
    covered = intersection(proposed, ours).max(axis=1) >= 0.8 * area(proposed)
    sure = (proposed[:, 0] == PERSON) & (others[enough, 5] >= SURE)
    rival |= covered & ~sure
    return np.concatenate([ours, proposed[~rival]]).astype(np.float32)
