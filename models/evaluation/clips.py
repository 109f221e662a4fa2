"""What a network sees on annotated camera clips: the bag that was put down, people, false waste.

A clip comes with a JSON file of the same name: `events` with `t_release` (s) and
`bbox_xywh_at_release` (px), `negative_clip`. Clips are for evaluation only, never for training.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.errors import SourceUnreadable
from litterwatch.detector.geometry import iou_matrix
from litterwatch.detector.types import Detections, Label
from litterwatch.models.predict import WORKING_CONFIDENCE
from litterwatch.models.yolo import YoloDetector

Picture = NDArray[np.uint8]

SETTLED_S = 0.6
"""Seconds after the release from which a thing is taken to lie where the annotation says."""

STEP_S = 0.5
MEETS_IOU = 0.3
"""Annotated boxes are rough (20 px): half the usual 0.5 is asked for."""

SURE_OF_PERSON = 0.5


@dataclass(slots=True)
class ClipCount:
    """Counts on one clip, over pictures every 0.5 s.

    `lying` pictures show the thing that was put down, `found` of them with a box of waste or
    overflow on it; `weak` at the floor of the detector. `persons` are those COCO is sure of at 640
    px, `kept` of them seen by the network, `kept_by_coco` by COCO at the size of the network.
    `invented` boxes of waste lie on a clip without any event. `height` is that of the thing in
    heights of the tallest person COCO is sure of in that clip, or None.
    """

    clip: str
    pictures: int = 0
    lying: int = 0
    found: int = 0
    weak: int = 0
    persons: int = 0
    kept: int = 0
    kept_by_coco: int = 0
    invented: int = 0
    is_negative: bool = False
    height: float | None = None


def evaluate_clips(
    folder: Path,
    detector: YoloDetector,
    coco: YoloDetector,
    sure: YoloDetector,
    progress: Callable[[str, int, int], None],
) -> list[ClipCount]:
    """Count on every clip below `folder`; `coco` runs at the size of `detector`, `sure` at 640."""
    files = sorted(folder.glob("*.json"))
    result = []
    for number, file in enumerate(files, start=1):
        truth = json.loads(file.read_text())
        result.append(_counted(folder / truth["file"], truth, detector, coco, sure))
        progress("clips", number, len(files))
    return result


def _counted(
    clip: Path, truth: dict[str, Any], ours: YoloDetector, coco: YoloDetector, sure: YoloDetector
) -> ClipCount:
    """Count on one clip."""
    count = ClipCount(clip.stem, is_negative=bool(truth["negative_clip"]))
    tallest = 0.0
    things = [e for e in truth["events"] if e.get("bbox_xywh_at_release")]
    for seconds, picture in pictures_of(clip):
        count.pictures += 1
        seen, known = ours.detect([picture])[0], sure.detect([picture])[0]
        strong = seen.where(seen.confidence >= WORKING_CONFIDENCE)
        people = _people(known, SURE_OF_PERSON)
        if len(people):
            tallest = max(tallest, float((people[:, 3] - people[:, 1]).max()))
        count.persons += len(people)
        count.kept += _met(people, _people(seen, WORKING_CONFIDENCE))
        count.kept_by_coco += _met(people, _people(coco.detect([picture])[0], WORKING_CONFIDENCE))
        if count.is_negative:
            count.invented += int((strong.label == Label.WASTE).sum())
        for event in things:
            if seconds >= event["t_release"] + SETTLED_S:
                box = _box(event["bbox_xywh_at_release"])
                count.lying += 1
                count.found += _met(box, _heaps(strong))
                count.weak += _met(box, _heaps(seen))
    if things and tallest:
        count.height = round(things[0]["bbox_xywh_at_release"][3] / tallest, 2)
    return count


def pictures_of(clip: Path) -> Iterator[tuple[float, Picture]]:
    """Yield a picture (h, w, 3) BGR as displayed every 0.5 s with its time in seconds."""
    try:
        with av.open(str(clip), "r") as container:
            following, start = 0.0, None
            for frame in container.decode(video=0):
                time = float(frame.time or 0.0)
                start = time if start is None else start
                if time - start >= following:
                    following += STEP_S
                    picture = frame.to_ndarray(format="bgr24")
                    turned = np.rot90(picture, round(frame.rotation / 90))
                    yield time - start, np.ascontiguousarray(turned, np.uint8)
    except av.FFmpegError as error:
        raise SourceUnreadable(f"{clip.name}: {error}") from error


def _people(seen: Detections, confidence: float) -> NDArray[np.float32]:
    """Return the boxes (n, 4) of persons from a confidence on."""
    return seen.where((seen.label == Label.PERSON) & (seen.confidence >= confidence)).xyxy


def _heaps(seen: Detections) -> NDArray[np.float32]:
    """Return the boxes (n, 4) of waste and overfull bins."""
    return seen.where((seen.label == Label.WASTE) | (seen.label == Label.OVERFLOW)).xyxy


def _box(xywh: list[float]) -> NDArray[np.float32]:
    """Return (1, 4) corners of x, y, width, height."""
    x, y, width, height = xywh
    return np.array([[x, y, x + width, y + height]], np.float32)


def _met(things: NDArray[np.float32], boxes: NDArray[np.float32]) -> int:
    """Count the things (n, 4) that one of the boxes meets."""
    if not len(things) or not len(boxes):
        return 0
    return int((iou_matrix(things, boxes).max(axis=1) >= MEETS_IOU).sum())
