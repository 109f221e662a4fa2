"""Labelled pictures as lines of JSON, without the folder they lie in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.records import HardNegative, LabelledBox, LabelledPicture, Origin


def as_object(picture: LabelledPicture) -> dict[str, Any]:
    """All that is known about a picture; its file is the name alone."""
    return {
        "file": picture.file.name,
        "sha256": picture.sha256,
        "size": list(picture.size),
        "boxes": [
            {"xyxy": list(b.box), "label": str(b.label), "is_sure": b.is_sure}
            for b in picture.boxes
        ],
        "camera": picture.camera,
        "taken_at": None if picture.taken_at is None else picture.taken_at.isoformat(),
        "model_sha256": picture.model_sha256,
        "origin": str(picture.origin),
        "negative": None if picture.negative is None else str(picture.negative),
        "event_id": picture.event_id,
        "may_train": picture.may_train,
    }


def of_object(said: Mapping[str, Any], folder: Path) -> LabelledPicture:
    """The picture, which lies in `folder`.

    Raises:
        KeyError, TypeError, ValueError: the object is not one of ours.
    """
    width, height = said["size"]
    return LabelledPicture(
        file=folder / Path(said["file"]).name,
        sha256=str(said["sha256"]),
        size=(int(width), int(height)),
        boxes=tuple(
            LabelledBox(_box(each["xyxy"]), Label(each["label"]), bool(each["is_sure"]))
            for each in said["boxes"]
        ),
        camera=str(said["camera"]),
        taken_at=None if said["taken_at"] is None else datetime.fromisoformat(said["taken_at"]),
        model_sha256=said["model_sha256"],
        origin=Origin(said["origin"]),
        negative=None if said["negative"] is None else HardNegative(said["negative"]),
        event_id=said["event_id"],
        may_train=bool(said["may_train"]),
    )


def _box(xyxy: Iterable[Any]) -> Box:
    x1, y1, x2, y2 = (float(value) for value in xyxy)
    return Box(x1, y1, x2, y2)


def lines(pictures: Iterable[LabelledPicture]) -> bytes:
    """One line a picture, in their order."""
    text = "".join(
        json.dumps(as_object(each), ensure_ascii=False, sort_keys=True) + "\n" for each in pictures
    )
    return text.encode()


def read_lines(file: Path, folder: Path) -> Iterator[LabelledPicture]:
    """The pictures of a file of lines; they lie in `folder`.

    Raises:
        ConfigError: the file cannot be read or understood.
    """
    try:
        for line in file.read_text(encoding="utf-8").splitlines():
            yield of_object(json.loads(line), folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file} is no list of labelled pictures ({error}).") from error
