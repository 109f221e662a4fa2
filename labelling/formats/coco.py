"""COCO: `annotations/instances_default.json`, pictures in `images/`, as CVAT and datumaro expect.

A box is [left, top, width, height] in px. What COCO has no field for goes into fields of our own
(`camera`, `taken_at`, `is_sure`), which other readers pass over.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Label
from litterwatch.labelling.formats.foreign import Reading, box_of, moment, picture_of
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.models.data.labels import CLASSES

ANNOTATIONS: Final = "annotations/instances_default.json"


def export_coco(pictures: Sequence[LabelledPicture], out: Path) -> Path:
    """Write pictures and JSON into a new folder; the JSON.

    Raises:
        ConfigError: the folder is there already, or the disk refuses.
    """
    file = out / ANNOTATIONS
    try:
        (out / "images").mkdir(parents=True, exist_ok=False)
        file.parent.mkdir()
        for picture in pictures:
            shutil.copyfile(picture.file, out / "images" / _name(picture))
        file.write_text(json.dumps(coco_object(pictures), ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written ({error.strerror}): name a new folder."
        ) from error
    return file


def coco_object(pictures: Sequence[LabelledPicture]) -> dict[str, Any]:
    """The whole JSON; categories and ids are numbered from 1, as COCO's own are."""
    annotations: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, start=1):
        for each in picture.boxes:
            x, y, width, height = each.box.xywh()
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1 + CLASSES.index(each.label.value),
                    "bbox": [x, y, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                    "segmentation": [],
                    "is_sure": each.is_sure,
                }
            )
    return {
        "info": {"description": "litterwatch"},
        "images": [_image(number, each) for number, each in enumerate(pictures, start=1)],
        "categories": [{"id": 1 + n, "name": name} for n, name in enumerate(CLASSES)],
        "annotations": annotations,
    }


def _image(number: int, picture: LabelledPicture) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": _name(picture),
        "width": picture.size[0],
        "height": picture.size[1],
        "camera": picture.camera,
        "taken_at": None if picture.taken_at is None else picture.taken_at.isoformat(),
    }


def _name(picture: LabelledPicture) -> str:
    return f"{picture.sha256}{picture.file.suffix.lower()}"


def import_coco(file: Path, images: Path, reading: Reading) -> list[LabelledPicture]:
    """Read the pictures of a COCO JSON; pictures without annotations show nothing.

    Args:
        file: the JSON.
        images: the folder that file names are relative to.
        reading: what COCO does not say.

    Raises:
        ConfigError: the JSON cannot be understood or a picture is missing.
    """
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        names = {int(each["id"]): str(each["name"]) for each in said["categories"]}
        by_image = _boxes(said, names, reading)
        return [
            picture_of(
                _inside(images, str(each["file_name"])),
                by_image.get(int(each["id"]), []),
                reading,
                camera=each.get("camera"),
                taken_at=moment(each.get("taken_at")),
            )
            for each in said["images"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{file} is not COCO's JSON of instances ({error}).") from error


def _boxes(
    said: Mapping[str, Any], names: Mapping[int, str], reading: Reading
) -> dict[int, list[LabelledBox]]:
    """By the id of the image; only classes that are used need to mean something."""
    used = {int(each["category_id"]) for each in said["annotations"]}
    labels: dict[str, Label | None] = reading.labels(names[number] for number in sorted(used))
    found: dict[int, list[LabelledBox]] = {}
    for each in said["annotations"]:
        label = labels[names[int(each["category_id"])]]
        if label is not None:
            x, y, width, height = (float(value) for value in each["bbox"])
            is_sure = bool(each.get("is_sure", True)) and not each.get("iscrowd")
            box = LabelledBox(box_of(x, y, width, height), label, is_sure)
            found.setdefault(int(each["image_id"]), []).append(box)
    return found


def _inside(folder: Path, name: str) -> Path:
    """A file below a folder.

    Raises:
        ConfigError: the name leads out of it.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ConfigError(f"The picture {name} would lie outside {folder}.")
    return path
