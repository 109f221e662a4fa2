"""Boxes of people and vehicles that a COCO network sees in pictures labelled for waste alone.

Unlabelled people in training pictures teach a network to ignore people, so they are labelled first.
All boxes are kept down to a low confidence in one JSON file; the threshold is applied when the data
set is built and can be changed without running the network again.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import ModelMissing
from litterwatch.models.torch_cure import cure

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and of how many."""

COCO_TO_OURS = {0: 0, 1: 1, 3: 1, 2: 2, 5: 2, 7: 2}
"""COCO person; bicycle, motorcycle; car, bus, truck -> person, two_wheeler, vehicle."""

LOWEST_CONFIDENCE = 0.1
BATCH = 16


def label_with_coco(
    pictures: Sequence[Path], weights: Path, cache: Path, progress: Progress, size_px: int = 640
) -> dict[str, NDArray[np.float32]]:
    """Return per picture name its boxes (n, 6): class of ours, xyxy in 0..1, confidence.

    Names are `data set/split/file`. What `cache` (JSON) already holds is not computed again.
    """
    if not weights.is_file():
        raise ModelMissing(f"COCO weights are needed to label people and vehicles: {weights}")
    known: dict[str, list[list[float]]] = json.loads(cache.read_text()) if cache.is_file() else {}
    todo = [picture for picture in pictures if picture_name(picture) not in known]
    for done, (picture, rows) in enumerate(_detections(todo, weights, size_px), start=1):
        known[picture_name(picture)] = rows
        if done % 200 == 0 or done == len(todo):
            cache.write_text(json.dumps(known))
            progress("labelling people and vehicles", done, len(todo))
    return {name: np.asarray(rows, np.float32).reshape(-1, 6) for name, rows in known.items()}


def picture_name(picture: Path) -> str:
    """Return `data set/split/file`: .../street_waste/train/images/000001.webp without `images`."""
    return f"{picture.parts[-4]}/{picture.parts[-3]}/{picture.name}"


def _detections(
    pictures: Sequence[Path], weights: Path, size_px: int
) -> Iterator[tuple[Path, list[list[float]]]]:
    """Yield each picture with its boxes, a batch at a time."""
    if not pictures:
        return
    cure()
    from ultralytics import YOLO  # noqa: PLC0415 - after the cure

    network: Any = YOLO(str(weights), task="detect")
    for start in range(0, len(pictures), BATCH):
        batch = pictures[start : start + BATCH]
        results = network.predict(
            [str(picture) for picture in batch],
            imgsz=size_px,
            conf=LOWEST_CONFIDENCE,
            classes=list(COCO_TO_OURS),
            verbose=False,
        )
        for picture, result in zip(batch, results, strict=True):
            yield picture, _rows(result.boxes)


def _rows(boxes: Any) -> list[list[float]]:
    """Turn the boxes of one ultralytics result into rows (class of ours, xyxy 0..1, confidence)."""
    return [
        [COCO_TO_OURS[int(label)], *(round(float(value), 5) for value in xyxy), round(float(c), 4)]
        for label, xyxy, c in zip(boxes.cls, boxes.xyxyn, boxes.conf, strict=True)
    ]
