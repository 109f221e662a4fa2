"""Parts of real pictures that hold no waste and no bin: negatives, and streets to compose on."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from litterwatch.models.data.labels import Boxes, area, intersection

Picture = NDArray[np.uint8]
Window = tuple[float, float, float, float]
"""xyxy in 0..1 of the picture."""

TRIES = 300
MARGIN = 0.02


def waste_free_window(
    boxes: Boxes, rng: Generator, least_side: float, labels: tuple[int, ...]
) -> Window | None:
    """Return the best of many random windows that touch no box of `labels`, or None.

    Sides are at least `least_side` of the picture and no longer than twice the other side. The best
    is large and reaches far down, where there is ground and not sky.
    """
    barred = boxes[np.isin(boxes[:, 0], labels)].copy()
    barred[:, 1:3] -= MARGIN
    barred[:, 3:5] += MARGIN
    sides = rng.uniform(least_side, 1.0, (TRIES, 2))
    corner = rng.uniform(0.0, 1.0, (TRIES, 2)) * (1.0 - sides)
    windows = np.column_stack([np.zeros(TRIES), corner, corner + sides]).astype(np.float32)
    ratio = sides[:, 0] / sides[:, 1]
    free = (ratio <= 2.0) & (ratio >= 0.5)
    if len(barred):
        free &= intersection(windows, barred).max(axis=1) <= 0.0
    if not free.any():
        return None
    best = windows[free][np.argmax(area(windows[free]) * (0.3 + windows[free][:, 4]))]
    return float(best[1]), float(best[2]), float(best[3]), float(best[4])


def cropped(picture: Picture, window: Window) -> Picture:
    """Cut a window out of a picture."""
    height, width = picture.shape[:2]
    left, top, right, bottom = window
    part = picture[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ]
    return np.ascontiguousarray(part)


def is_street(picture: Picture) -> bool:
    """Tell a photographed scene from a cut-out on white, a black border or a plain wall."""
    grey = picture.mean(axis=2)
    blank = float(((grey > 247) | (grey < 5)).mean())
    return blank < 0.15 and float(grey.std()) > 18.0


def content_window(picture: Picture) -> Window:
    """Return the window without the white or black bars that some pictures were padded with."""
    grey = picture.mean(axis=2)
    blank = (grey > 250) | (grey < 4)
    rows = np.flatnonzero(blank.mean(axis=1) < 0.9)
    columns = np.flatnonzero(blank.mean(axis=0) < 0.9)
    if len(rows) < 32 or len(columns) < 32:
        return 0.0, 0.0, 1.0, 1.0
    height, width = grey.shape
    return (
        columns[0] / width,
        rows[0] / height,
        (columns[-1] + 1) / width,
        (rows[-1] + 1) / height,
    )
