"""What reading the formats of other tools has in common."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.records import LabelledBox, LabelledPicture, Origin
from litterwatch.models.manifest import labels_of

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What the foreign format does not say.

    Attributes:
        camera: of pictures whose camera is not told.
        taken_at: UTC, of pictures whose time is not told; None where nobody knows.
        may_train: whether the pictures' use for training is permitted.
        classes: our label for a foreign class name; None leaves its boxes out. Our own names and
            those of COCO that mean something to us are known without.
    """

    camera: str
    taken_at: datetime | None = None
    may_train: bool = False
    classes: Mapping[str, Label | None] = field(default_factory=dict)

    def labels(self, names: Iterable[str]) -> dict[str, Label | None]:
        """Our label of each foreign class.

        Raises:
            ConfigError: a class means nothing to us and nobody said what to do with it.
        """
        wanted = list(dict.fromkeys(names))
        found = dict(zip(wanted, labels_of(wanted), strict=True)) | {
            name: label for name, label in self.classes.items() if name in wanted
        }
        if unknown := [n for n in wanted if found[n] is None and n not in self.classes]:
            raise ConfigError(
                f"The classes {', '.join(unknown)} are not ours ({', '.join(Label)}): say what each"
                " is with --class NAME=LABEL, or leave it out with --class NAME=."
            )
        return found


def picture_of(
    file: Path,
    boxes: Iterable[LabelledBox],
    reading: Reading,
    *,
    camera: str | None = None,
    taken_at: datetime | None = None,
) -> LabelledPicture:
    """A labelled picture of a file, with boxes cut at its border.

    Raises:
        ConfigError: the file is missing or no picture.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} is labelled and cannot be read: {error.strerror}.") from error
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ConfigError(f"{file} is no picture.")
    height, width = image.shape[:2]
    inside = [
        LabelledBox(each.box.clipped(width, height), each.label, each.is_sure) for each in boxes
    ]
    return LabelledPicture(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        size=(width, height),
        boxes=tuple(each for each in inside if each.box.area > 0),
        camera=camera or reading.camera,
        taken_at=taken_at or reading.taken_at,
        origin=Origin.IMPORTED,
        may_train=reading.may_train,
    )


def moment(text: str | None) -> datetime | None:
    """A time with its zone, as we write it; None for none, or for one without a zone."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def box_of(x: float, y: float, width: float, height: float) -> Box:
    """From left, top, width and height."""
    return Box(x, y, x + width, y + height)
