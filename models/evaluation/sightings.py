"""What is labelled in a picture and what a network sees there, in the same shape."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from litterwatch.detector.errors import ConfigError, ModelMissing
from litterwatch.models.data.labels import CLASSES, Boxes, read_labels
from litterwatch.models.letterbox import letterbox
from litterwatch.models.postprocess import suppressed
from litterwatch.models.predict import read_picture
from litterwatch.models.yolo import YoloDetector

Seen = NDArray[np.float32]
"""(n, 6): class, xyxy in 0..1 of the picture, confidence; most confident first."""

FLOOR = 0.01
"""Precision over all recalls needs weak boxes too; the running system starts at 0.10."""

MOST_SEEN = 300


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture: `truth` as labelled and `seen` by the network."""

    path: Path
    truth: Boxes
    seen: Seen


def labelled_pictures(data: Path) -> list[tuple[Path, Boxes]]:
    """Return the val pictures of a data set YAML with their labels.

    The val entry is a list of pictures as `models data build` writes it. A class the YAML names
    otherwise than we do is refused.
    """
    try:
        table = yaml.safe_load(data.read_text())
        folder, names = Path(table["path"]), table["names"]
        listing = folder / table["val"]
        files = [folder / line for line in listing.read_text().split("\n") if line]
    except OSError as error:
        raise ModelMissing(f"{data}: {error.strerror}: {error.filename}") from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError(f"{data} is not the YAML of a data set: {error}") from error
    numbers = dict(names.items() if isinstance(names, dict) else enumerate(names))
    if tuple(numbers[number] for number in sorted(numbers)) != CLASSES:
        raise ConfigError(f"{data}: the classes must be {', '.join(CLASSES)}")
    same = {number: number for number in range(len(CLASSES))}
    return [(file, read_labels(label_file(file), same)) for file in files]


def label_file(picture: Path) -> Path:
    """Return where the labels of a picture lie: `labels` beside `images`."""
    return picture.parent.parent / "labels" / f"{picture.stem}.txt"


def sightings(
    pictures: list[tuple[Path, Boxes]], detector: YoloDetector, classes: list[int | None]
) -> Iterator[Sighting]:
    """Look at every picture; `classes` are ours (or None) by the class number of the network."""
    rows = np.array([row for row, ours in enumerate(classes) if ours is not None])
    ours = np.array([number for number in classes if number is not None])
    for path, truth in pictures:
        yield Sighting(path, truth, _seen(path, detector, rows, ours))


def _seen(
    path: Path, detector: YoloDetector, rows: NDArray[np.intp], ours: NDArray[np.intp]
) -> Seen:
    """Return every box of one picture down to FLOOR; a place may be seen as several classes."""
    image = read_picture(path)
    height, width = image.shape[:2]
    place = detector.placed(image)
    raw = detector.network.run(letterbox(image, place)[None])[0]
    scores = raw[4:][rows]
    row, anchor = np.nonzero(scores >= FLOOR)
    confidence = scores[row, anchor]
    order = np.argsort(-confidence, kind="stable")[:3000]
    row, anchor, confidence = row[order], anchor[order], confidence[order]
    centre, half = raw[:2, anchor], raw[2:4, anchor] / 2
    xyxy = place.to_picture(np.concatenate([centre - half, centre + half]).T.astype(np.float32))
    kept = suppressed(xyxy, confidence, ours[row])[:MOST_SEEN]
    seen = np.column_stack([ours[row], xyxy / [width, height, width, height], confidence])
    return seen[kept].astype(np.float32)


def drawn(picture: Path) -> NDArray[np.uint8]:
    """Read a picture for drawing on it."""
    return np.asarray(cv2.imread(str(picture), cv2.IMREAD_COLOR), np.uint8)
