"""CVAT's XML for images, version 1.1: `annotations.xml`, pictures beside it.

    <annotations>
      <version>1.1</version>
      <meta>...<labels><label><name>waste</name>...
      <image id="0" name="a.jpg" width="1920" height="1080">
        <tag label="camera_day"><attribute name="camera">gate</attribute>...
        <box label="waste" xtl="" ytl="" xbr="" ybr="" occluded="0" z_order="0" source="manual">
          <attribute name="is_sure">true</attribute>

Written from CVAT's description of the format. Shapes other than boxes are refused, so that nothing
is lost without a word.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lxml import etree

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Label
from litterwatch.labelling.formats.foreign import Reading, moment, picture_of
from litterwatch.labelling.records import LabelledBox, LabelledPicture

ANNOTATIONS: Final = "annotations.xml"
VERSION: Final = "1.1"
_PLACE: Final = "camera_day"
"""Label of the tag that says which camera took a picture, and when."""

_SHAPES: Final = frozenset(
    {"polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton"}
)


def export_cvat(pictures: Sequence[LabelledPicture], out: Path) -> Path:
    """Write pictures and `annotations.xml` into a new folder; the XML.

    Raises:
        ConfigError: the folder is there already, or the disk refuses.
    """
    file = out / ANNOTATIONS
    try:
        (out / "images").mkdir(parents=True, exist_ok=False)
        for picture in pictures:
            shutil.copyfile(picture.file, out / "images" / _name(picture))
        file.write_bytes(cvat_xml(pictures))
    except OSError as error:
        raise ConfigError(
            f"{out} cannot be written ({error.strerror}): name a new folder."
        ) from error
    return file


def cvat_xml(pictures: Sequence[LabelledPicture]) -> bytes:
    """The whole XML."""
    root = etree.Element("annotations")
    _text(root, "version", VERSION)
    task = etree.SubElement(etree.SubElement(root, "meta"), "task")
    _text(task, "name", "litterwatch")
    _text(task, "size", str(len(pictures)))
    _text(task, "mode", "annotation")
    labels = etree.SubElement(task, "labels")
    for label in Label:
        _label(labels, str(label), "rectangle", {"is_sure": ("checkbox", "true", "false\ntrue")})
    _label(labels, _PLACE, "tag", {"camera": ("text", "", ""), "taken_at": ("text", "", "")})
    for number, picture in enumerate(pictures):
        _image(root, number, picture)
    result: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return result


def _text(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, name).text = value


def _label(
    parent: etree._Element, name: str, kind: str, attributes: dict[str, tuple[str, str, str]]
) -> None:
    label = etree.SubElement(parent, "label")
    _text(label, "name", name)
    _text(label, "type", kind)
    listed = etree.SubElement(label, "attributes")
    for attribute, (entry, default, values) in attributes.items():
        said = etree.SubElement(listed, "attribute")
        for tag, value in (
            ("name", attribute), ("mutable", "False"), ("input_type", entry),
            ("default_value", default), ("values", values),
        ):  # fmt: skip
            _text(said, tag, value)


def _image(root: etree._Element, number: int, picture: LabelledPicture) -> None:
    width, height = picture.size
    image = etree.SubElement(
        root, "image", id=str(number), name=_name(picture), width=str(width), height=str(height)
    )
    tag = etree.SubElement(image, "tag", label=_PLACE, source="manual")
    _attribute(tag, "camera", picture.camera)
    if picture.taken_at is not None:
        _attribute(tag, "taken_at", picture.taken_at.isoformat())
    for each in picture.boxes:
        corners = zip(("xtl", "ytl", "xbr", "ybr"), each.box, strict=True)
        box = etree.SubElement(
            image, "box", label=str(each.label), source="manual", occluded="0", z_order="0",
            **{name: f"{value:.4f}" for name, value in corners},
        )  # fmt: skip
        _attribute(box, "is_sure", str(each.is_sure).lower())


def _attribute(parent: etree._Element, name: str, value: str) -> None:
    etree.SubElement(parent, "attribute", name=name).text = value


def _name(picture: LabelledPicture) -> str:
    return f"{picture.sha256}{picture.file.suffix.lower()}"


def import_cvat(file: Path, images: Path, reading: Reading) -> list[LabelledPicture]:
    """Read the pictures of a CVAT XML; pictures without boxes show nothing.

    Args:
        file: the XML.
        images: the folder that file names are relative to.
        reading: what the XML does not say.

    Raises:
        ConfigError: it cannot be understood, holds other shapes than boxes, or a picture is
            missing.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(file.read_bytes(), parser)
        _require_version(root)
        names = [str(box.get("label")) for box in root.iterfind("image/box")]
        labels = reading.labels(dict.fromkeys(names))
        return [_picture(image, images, labels, reading) for image in root.iterfind("image")]
    except (OSError, etree.XMLSyntaxError, KeyError, ValueError) as error:
        raise ConfigError(f"{file} is not CVAT's XML for images ({error}).") from error


def _require_version(root: etree._Element) -> None:
    if root.tag != "annotations" or root.findtext("version") != VERSION:
        raise ValueError(f"it is not version {VERSION} of CVAT for images")


def _picture(
    image: etree._Element, folder: Path, labels: dict[str, Label | None], reading: Reading
) -> LabelledPicture:
    name = str(image.get("name"))
    others = sorted({str(child.tag) for child in image} & _SHAPES)
    if others:
        raise ConfigError(f"{name} holds shapes that are no boxes ({', '.join(others)}).")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ConfigError(f"The picture {name} would lie outside {folder}.")
    place = image.find(f"tag[@label='{_PLACE}']")
    found = []
    for box in image.iterfind("box"):
        label = labels[str(box.get("label"))]
        if label is not None:
            corners = Box(*(float(box.attrib[side]) for side in ("xtl", "ytl", "xbr", "ybr")))
            found.append(LabelledBox(corners, label, _said(box, "is_sure") != "false"))
    return picture_of(
        path,
        found,
        reading,
        camera=None if place is None else _said(place, "camera"),
        taken_at=None if place is None else moment(_said(place, "taken_at")),
    )


def _said(parent: etree._Element, name: str) -> str | None:
    """The text of an attribute of ours."""
    found: str | None = parent.findtext(f"attribute[@name='{name}']")
    return found
