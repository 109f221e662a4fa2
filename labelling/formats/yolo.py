"""YOLO: a folder with `images/` and `labels/`, a text file per picture, names in a YAML.

A line is `class centre_x centre_y width height`, as shares of the picture. It cannot say that a box
is uncertain, nor which camera took a picture: our own exports say so in `pictures.jsonl` beside it.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.types import Label
from litterwatch.labelling.formats.foreign import SUFFIXES, Reading, box_of, picture_of
from litterwatch.labelling.picture_lines import lines, read_lines
from litterwatch.labelling.records import LabelledBox, LabelledPicture
from litterwatch.models.data.labels import CLASSES

YAML: Final = "data.yaml"
PICTURES: Final = "pictures.jsonl"
_DIGITS: Final = 9
"""Of a share of the picture: a millionth of a pixel of the widest camera."""


def label_text(picture: LabelledPicture) -> str:
    """The label file of a picture, in our six classes; uncertain boxes are left out."""
    width, height = picture.size
    found = []
    for each in picture.boxes:
        if each.is_sure:
            box = each.box.clipped(width, height)
            x, y = box.centre
            shares = (x / width, y / height, box.width / width, box.height / height)
            number = CLASSES.index(each.label.value)
            found.append(" ".join([str(number), *(f"{share:.{_DIGITS}f}" for share in shares)]))
    return "".join(f"{line}\n" for line in found)


def names_yaml(train: str = "train.txt", val: str = "val.txt", test: str = "test.txt") -> str:
    """The YAML of a data set that lies in the same folder."""
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    return f"train: {train}\nval: {val}\ntest: {test}\nnames:\n{names}"


def export_yolo(pictures: Sequence[LabelledPicture], out: Path) -> None:
    """Write pictures and labels into a new folder; everything is in `train`.

    Raises:
        ConfigError: the folder is there already, or the disk refuses.
    """
    try:
        for name in ("images", "labels"):
            (out / name).mkdir(parents=True, exist_ok=False)
        for picture in pictures:
            name = f"{picture.sha256}{picture.file.suffix.lower()}"
            shutil.copyfile(picture.file, out / "images" / name)
            (out / "labels" / f"{picture.sha256}.txt").write_text(label_text(picture))
        (out / YAML).write_text(names_yaml("images", "images", "images"))
        (out / PICTURES).write_bytes(lines(pictures))
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written ({error.strerror}): name a new folder."
        ) from error


def import_yolo(folder: Path, reading: Reading) -> list[LabelledPicture]:
    """Read every labelled picture below a folder with a data set YAML.

    A picture without a label file shows nothing, as YOLO understands it.

    Raises:
        ConfigError: there is no YAML, or a label cannot be understood.
    """
    names = _names(folder)
    labels = reading.labels(names.values())
    by_number = {number: labels[name] for number, name in names.items()}
    files = sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES and "images" in file.relative_to(folder).parts
    )
    if not files:
        raise ConfigError(f"{folder} has no pictures below a folder `images`.")
    found = [_picture(file, _label_file(folder, file), by_number, reading) for file in files]
    beside = folder / PICTURES
    told = {each.sha256: each for each in read_lines(beside, folder)} if beside.is_file() else {}
    return [_with_more(each, told.get(each.sha256)) for each in found]


def _with_more(picture: LabelledPicture, told: LabelledPicture | None) -> LabelledPicture:
    """What YOLO cannot say, from our own file beside the export."""
    if told is None:
        return picture
    uncertain = tuple(box for box in told.boxes if not box.is_sure)
    return replace(
        told, file=picture.file, boxes=(*picture.boxes, *uncertain), may_train=picture.may_train
    )


def _names(folder: Path) -> dict[int, str]:
    """The class names by number."""
    import yaml  # noqa: PLC0415 - comes with litterwatch[train], where YOLO is

    file = next(iter(sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])), folder / YAML)
    try:
        names: Any = yaml.safe_load(file.read_text(encoding="utf-8"))["names"]
        pairs = names.items() if isinstance(names, dict) else enumerate(names)
        return {int(number): str(name) for number, name in pairs}
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{file} is not the YAML of a YOLO data set ({error}).") from error


def _label_file(folder: Path, picture: Path) -> Path:
    """`labels` in place of the last `images`, as YOLO looks for it."""
    parts = list(picture.relative_to(folder).with_suffix(".txt").parts)
    last = len(parts) - 1 - parts[::-1].index("images")
    return folder.joinpath(*parts[:last], "labels", *parts[last + 1 :])


def _picture(
    file: Path, labels: Path, by_number: Mapping[int, Label | None], reading: Reading
) -> LabelledPicture:
    image = cv2.imread(str(file))
    if image is None:
        raise ConfigError(f"{file} is no picture.")
    height, width = image.shape[:2]
    boxes = []
    text = labels.read_text(encoding="utf-8") if labels.is_file() else ""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            label = by_number[int(words[0])]
            x, y, w, h = (float(word) for word in words[1:])
        except (KeyError, ValueError) as error:
            raise ConfigError(f"{labels}, line {number}: not a box of a known class.") from error
        if label is not None:
            box = box_of((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)
            boxes.append(LabelledBox(box, label))
    return picture_of(file, boxes, reading)
