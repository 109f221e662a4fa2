"""How tall a standing person is at each row of the picture: H(y), the yardstick of all rules.

A straight line through the feet and heights of people seen replaces homography and fixed pixel
distances. An upright adult counts as 1 H, about 1.6 m. Where nobody walks, as on a main road, the
vehicles seen serve until people do (docs/decisions/0029).
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Label, Track

# Boxes of upright people: wider ones sit, ride or are two people, narrower ones are cut off.
_ASPECT = (0.25, 0.60)
_MIN_CONFIDENCE = 0.40
_ENOUGH = 200
_KEPT = 1000
_REFIT_EVERY = 25
# A line through the feet and heights of people 1.6 m tall rises by 1.6 m over the camera's height
# (similar triangles); no camera hangs lower than eye level.
_STEEPEST = 1.0
# The shorter side of a car's box is its width seen from ahead and its height seen from the side,
# 1.8 to 2.0 m; mixed with lorries and buses the middle of all is little more. A camera that
# watches traffic hangs at 3 m or more.
_VEHICLE = 1.2
_STEEPEST_BY_VEHICLES = 0.55
_FEW = 10  # samples from which a kind is believed rather than another
# Before anybody was seen: a surveillance picture usually shows people a fifth of its height.
_GUESS = 0.20
_SMALLEST = 8.0


class PersonHeight:
    """Height of a person in px with the feet at row y: from hints, people or else vehicles seen.

    Args:
        hints: operator's (y of the feet, height), shares of the picture's height; they win over
            what is seen.
    """

    def __init__(self, hints: Sequence[tuple[float, float]] = ()) -> None:
        self._hints = tuple(hints)
        self._seen: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._picture_height = 0
        self._line: tuple[float, float] | None = None
        self._counted = 0
        self._vehicles: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._vehicles_counted = 0
        self._line_by_vehicles: tuple[float, float] | None = None

    @property
    def calibrated(self) -> bool:
        """Whether the yardstick rests on a hint or on at least 200 boxes of upright people."""
        return bool(self._hints) or self._counted >= _ENOUGH

    @property
    def samples(self) -> int:
        """Boxes of upright people counted so far."""
        return self._counted

    @property
    def measured(self) -> bool:
        """Whether it rests on anything but a guess."""
        return bool(self._hints) or self._line is not None or self._line_by_vehicles is not None

    def update(self, actors: Detections | Sequence[Track], size: tuple[int, int]) -> None:
        """Learn from the people and vehicles of one frame of that (width, height), px.

        A picture of another height than before starts the calibration anew.
        """
        if size[1] != self._picture_height:
            self._picture_height = size[1]
            self._seen.clear()
            self._vehicles.clear()
            self._counted = self._vehicles_counted = 0
            self._line = self._line_by_vehicles = None
        people = [b for b in _sure(actors, Label.PERSON) if _upright(b, size)]
        self._seen.extend((box.y2, box.height) for box in people)
        before, self._counted = self._counted, self._counted + len(people)
        if _is_time(before, self._counted) or 0 < self._counted <= _FEW:
            self._line = _robust_line(np.array(self._seen), _STEEPEST)
        self._learn_vehicles([b for b in _sure(actors, Label.VEHICLE) if _whole(b, size)])

    def _learn_vehicles(self, boxes: Sequence[Box]) -> None:
        self._vehicles.extend((b.y2, min(b.width, b.height) / _VEHICLE) for b in boxes)
        before = self._vehicles_counted
        self._vehicles_counted += len(boxes)
        first = self._line_by_vehicles is None and self._vehicles_counted >= _FEW
        if first or (self._line_by_vehicles and _is_time(before, self._vehicles_counted)):
            self._line_by_vehicles = _robust_line(np.array(self._vehicles), _STEEPEST_BY_VEHICLES)

    def at(self, y: float) -> float:
        """Height of a person whose feet are at row y, px; never below 8.

        Raises:
            ValueError: `update` was never called, so the picture's size is unknown.
        """
        if not self._picture_height:
            raise ValueError("the person height model has not seen a picture yet")
        few_people = self._counted < _FEW and self._line_by_vehicles is not None
        line = self._line_by_vehicles if few_people else self._line
        if self._hints:
            height = self._hinted(y)
        elif line is not None:
            height = line[0] * y + line[1]
        else:
            height = _GUESS * self._picture_height
        return max(height, _SMALLEST)

    def _hinted(self, y: float) -> float:
        picture = self._picture_height
        feet = np.array([hint[0] for hint in self._hints]) * picture
        heights = np.array([hint[1] for hint in self._hints]) * picture
        if np.ptp(feet) < 0.02 * picture:
            return float(heights.mean())
        slope, start = np.polyfit(feet, heights, 1)
        return float(slope * y + start)


def _is_time(before: int, counted: int) -> bool:
    return counted // _REFIT_EVERY != before // _REFIT_EVERY


def _sure(actors: Detections | Sequence[Track], label: Label) -> list[Box]:
    if isinstance(actors, Detections):
        found = actors.labelled(label)
        return found.where(found.confidence >= _MIN_CONFIDENCE).boxes()
    return [
        track.box
        for track in actors
        if track.label is label and track.confidence >= _MIN_CONFIDENCE
    ]


def _whole(box: Box, size: tuple[int, int]) -> bool:
    """Whether nothing of it is cut off by the picture's edge."""
    width, height = size
    inside = box.x1 > 2 and box.y1 > 2 and box.x2 < width - 2 and box.y2 < height - 2
    return inside and box.height >= _SMALLEST


def _upright(box: Box, size: tuple[int, int]) -> bool:
    """A whole standing person: right proportions and nothing cut off by the picture's edge."""
    aspect = box.width / max(box.height, 1e-3)
    return _whole(box, size) and _ASPECT[0] <= aspect <= _ASPECT[1]


def _robust_line(samples: NDArray[np.float64], steepest: float) -> tuple[float, float]:
    """Slope and start of the line most people lie on; a level line where all feet are in one row.

    Theil-Sen over at most 200 evenly picked samples: deterministic, and right with up to 29 % of
    wrong boxes (children, people on steps).
    """
    picked = samples[np.linspace(0, len(samples) - 1, min(len(samples), 200)).astype(int)]
    feet, heights = picked[:, 0], picked[:, 1]
    level = float(np.median(heights))
    if len(picked) < 5 or np.ptp(feet) < 0.5 * level:
        return 0.0, level
    i, j = np.triu_indices(len(picked), 1)
    far = np.abs(feet[i] - feet[j]) > 0.1 * np.ptp(feet)
    slope = float(np.median((heights[i] - heights[j])[far] / (feet[i] - feet[j])[far]))
    # A camera that stands upright never shows people larger the farther up they are.
    # People who sit far away and one who stands near by would else make giants of the nearest.
    slope = min(max(slope, 0.0), steepest)
    return slope, float(np.median(heights - slope * feet))
