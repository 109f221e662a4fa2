"""The three formats by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from litterwatch.labelling.formats.coco import export_coco, import_coco
from litterwatch.labelling.formats.cvat import export_cvat, import_cvat
from litterwatch.labelling.formats.foreign import Reading
from litterwatch.labelling.formats.yolo import export_yolo, import_yolo
from litterwatch.labelling.records import LabelledPicture

Format = Literal["yolo", "coco", "cvat"]

_EXPORTS: Final[Mapping[Format, Callable[[Sequence[LabelledPicture], Path], object]]] = {
    "yolo": export_yolo,
    "coco": export_coco,
    "cvat": export_cvat,
}


def export_to(kind: Format, pictures: Sequence[LabelledPicture], out: Path) -> None:
    """Write pictures and labels into a new folder.

    Raises:
        ConfigError: the folder is there already, or the disk refuses.
    """
    _EXPORTS[kind](pictures, out)


def import_from(
    kind: Format, source: Path, images: Path | None, reading: Reading
) -> list[LabelledPicture]:
    """Read the pictures that another tool has labelled.

    Args:
        kind: of format.
        source: the folder for YOLO, else the file.
        images: the folder of the pictures; None is `images` beside the file or beside its folder
            `annotations`, else the file's own.
        reading: what the format does not say.

    Raises:
        ConfigError: it cannot be understood.
    """
    if kind == "yolo":
        return import_yolo(source, reading)
    reader = import_coco if kind == "coco" else import_cvat
    return reader(source, images or _images_of(source), reading)


def _images_of(source: Path) -> Path:
    """Where the pictures of a file lie; those of one part in a folder of its name, as CVAT does."""
    home = source.parent.parent if source.parent.name == "annotations" else source.parent
    part = source.stem.removeprefix("instances_")
    places = (home / "images" / part, home / "images")
    return next((place for place in places if place.is_dir()), source.parent)
