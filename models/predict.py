"""Look at pictures on disk and say what is in them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import cv2
import numpy as np

from litterwatch.detector.errors import SourceUnavailable, SourceUnreadable
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image

PICTURE_ENDINGS = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

WORKING_CONFIDENCE = 0.25
"""Boxes below are shown to nobody; the tracker and the deposit engine still use them."""

SeenBox = tuple[float, float, float, float, str, float]


class Prediction(TypedDict):
    """What is in one picture, px as displayed; a box is x, y, width, height, label, confidence."""

    path: str
    width: int
    height: int
    boxes: list[SeenBox]


def predict(
    paths: Iterable[Path], detector: ObjectDetector, *, confidence: float = WORKING_CONFIDENCE
) -> Iterator[Prediction]:
    """Judge pictures one after the other, in the given order.

    Args:
        paths: picture files; see `pictures_in` for folders.
        detector: who judges.
        confidence: boxes below are left out.

    Raises:
        SourceUnavailable, SourceUnreadable: a file is missing or holds no picture; call again
            with the paths behind it to go on.
        ModelError: the network failed.
    """
    for path in paths:
        image = read_picture(path)
        (found,) = detector.detect([image])
        yield {
            "path": str(path),
            "width": image.shape[1],
            "height": image.shape[0],
            "boxes": _rows(found.where(found.confidence >= confidence)),
        }


def pictures_in(paths: Sequence[Path]) -> list[Path]:
    """Files as they are given, folders replaced by the pictures below them in order of path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(path.rglob("*"))
            found += [p for p in below if p.suffix.lower() in PICTURE_ENDINGS and p.is_file()]
        else:
            found.append(path)
    return found


def read_picture(path: Path) -> Image:
    """The picture (h, w, 3) uint8 BGR as displayed: rotation applied, 16 bit and alpha dropped.

    Raises:
        SourceUnavailable: the file is not there or may not be read.
        SourceUnreadable: it holds no picture that can be decoded.
    """
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise SourceUnavailable(f"cannot read the picture {path}: {error.strerror}") from error
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise SourceUnreadable(f"{path} is not a picture that can be decoded")
    return image.astype(np.uint8, copy=False)


def _rows(found: Detections) -> list[SeenBox]:
    """Boxes as JSON values, most confident first."""
    rows: list[SeenBox] = []
    for box, label, confidence in zip(found.boxes(), found.label, found.confidence, strict=True):
        x, y, width, height = (round(value, 2) for value in box.xywh())
        rows.append((x, y, width, height, str(label), round(float(confidence), 4)))
    return rows
