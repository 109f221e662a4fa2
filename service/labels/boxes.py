"""Boxes of a marking: as rows keep them, as people send them, as labelling speaks of them."""

from collections.abc import Sequence
from typing import Any, Final

from litterwatch.detector.errors import InvalidInput
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Label
from litterwatch.labelling.records import LabelledBox
from litterwatch.service.canonical import JsonValue
from litterwatch.service.texts import N_

MOST: Final = 200
"""Boxes in one picture."""

SMALLEST: Final = 2.0
"""Pixels along a side."""

SHOWN: Final = 0.25
"""Confidence from which the machine proposes a box: below, people delete more than they keep."""

_WRONG: Final = N_("A box must lie in the picture, be 2 pixels wide and have a class.")


def stored(boxes: Sequence[LabelledBox]) -> list[JsonValue]:
    """As a row keeps them: [x, y, w, h] in tenths of a pixel."""
    return [
        {
            "box": [round(value, 1) for value in each.box.xywh()],
            "label": str(each.label),
            "sure": each.is_sure,
        }
        for each in boxes
    ]


def labelled(rows: Sequence[Any]) -> tuple[LabelledBox, ...]:
    """From a row."""
    found = []
    for row in rows:
        x, y, width, height = (float(value) for value in row["box"])
        box = Box(x, y, x + width, y + height)
        found.append(LabelledBox(box, Label(row["label"]), is_sure=bool(row["sure"])))
    return tuple(found)


def checked(boxes: Sequence[LabelledBox], size: tuple[int, int]) -> list[LabelledBox]:
    """Boxes cut at the picture's edges.

    Args:
        boxes: px of the picture.
        size: its (width, height), px.

    Raises:
        InvalidInput: too many, or one that lies outside or is too small.
    """
    if len(boxes) > MOST:
        raise InvalidInput(N_("There are too many boxes in this picture: 200 at most."))
    cut = [LabelledBox(each.box.clipped(*size), each.label, each.is_sure) for each in boxes]
    if any(min(each.box.width, each.box.height) < SMALLEST for each in cut):
        raise InvalidInput(_WRONG)
    return cut


def proposed(found: Detections, size: tuple[int, int]) -> list[LabelledBox]:
    """What the machine proposes for a picture, from left to right."""
    shown = found.where(found.confidence >= SHOWN)
    boxes = [
        LabelledBox(box.clipped(*size), label)
        for box, label in zip(shown.boxes(), shown.label, strict=True)
    ]
    large = [each for each in boxes if min(each.box.width, each.box.height) >= SMALLEST]
    return sorted(large, key=lambda each: (each.box.x1, each.box.y1))[:MOST]
