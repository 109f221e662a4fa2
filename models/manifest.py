r"""The manifest of a model: what its files are, what they must hash to, where they come from.

A folder with a model holds `manifest.json` and the files it names, nothing is loaded without it.
The hash of an export made of several files is the SHA-256 of the lines `<sha256>  <file name>\n`
in the order of the manifest, so that one value says exactly which weights judged.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from litterwatch.detector.errors import ModelIntegrityError, ModelMissing
from litterwatch.detector.types import Label
from litterwatch.models.letterbox import STRIDE

MANIFEST_NAME = "manifest.json"
FORMAT_VERSION = 1

Format = Literal["torch", "openvino", "onnx", "engine"]
FORMATS: tuple[Format, ...] = get_args(Format)

COCO_LABELS: Mapping[str, Label] = {
    "person": Label.PERSON,
    "bicycle": Label.TWO_WHEELER,
    "motorcycle": Label.TWO_WHEELER,
    "car": Label.VEHICLE,
    "bus": Label.VEHICLE,
    "truck": Label.VEHICLE,
    "backpack": Label.WASTE,
    "handbag": Label.WASTE,
    "suitcase": Label.WASTE,
}
"""COCO's names that mean something to us; in development bags stand for waste."""


@dataclass(frozen=True, slots=True)
class Export:
    """The network in one format.

    Attributes:
        format: which runtime reads it.
        precision: of its weights: fp32, fp16 or int8.
        files: SHA-256 by file name, the file to open first.
    """

    format: Format
    precision: str
    files: Mapping[str, str]

    @property
    def main(self) -> str:
        """Name of the file to open."""
        return next(iter(self.files))

    @property
    def sha256(self) -> str:
        """One hash for the whole export."""
        if len(self.files) == 1:
            return next(iter(self.files.values()))
        lines = "".join(f"{digest}  {name}\n" for name, digest in self.files.items())
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known about a model.

    Attributes:
        name: under which it is asked for and stored with events.
        version: of the weights; changes whenever they do.
        architecture: e.g. yolo11n.
        input_size: long side of the input, px.
        classes: label of each class index, None for a class that is not used.
        exports: the formats it comes in, the preferred one of each format first.
        licence: SPDX name.
        training_data: one paragraph.
        scores: measured numbers, as in the card.
        created: ISO date.
        card: file name of the model card, or empty.
        stride: both sides of the input are multiples of it, px.
    """

    name: str
    version: str
    architecture: str
    input_size: int
    classes: tuple[Label | None, ...]
    exports: tuple[Export, ...]
    licence: str = "AGPL-3.0-only"
    training_data: str = ""
    scores: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    card: str = ""
    stride: int = STRIDE

    def of_format(self, wanted: Format) -> Export:
        """The preferred export of a format.

        Raises:
            ModelMissing: the model does not come in it.
        """
        for export in self.exports:
            if export.format == wanted:
                return export
        there = ", ".join(export.format for export in self.exports)
        raise ModelMissing(
            f"model {self.name} comes as {there}, not as {wanted}: make one with "
            f"`litterwatch models export {self.name} --format {wanted}`"
        )


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a folder.

    Raises:
        ModelMissing: there is none.
        ModelIntegrityError: it cannot be understood.
    """
    path = folder / MANIFEST_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelMissing(f"there is no model in {folder}: {MANIFEST_NAME} is missing") from error
    try:
        return _parsed(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelIntegrityError(
            f"{path} is damaged ({error!r}): install the model again"
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write `manifest.json` into the folder."""
    content = {
        "manifest": FORMAT_VERSION,
        "name": manifest.name,
        "version": manifest.version,
        "created": manifest.created,
        "architecture": manifest.architecture,
        "input_size": manifest.input_size,
        "stride": manifest.stride,
        "classes": [None if label is None else label.value for label in manifest.classes],
        "licence": manifest.licence,
        "training_data": manifest.training_data,
        "scores": dict(manifest.scores),
        "card": manifest.card,
        "exports": [
            {"format": e.format, "precision": e.precision, "files": dict(e.files)}
            for e in manifest.exports
        ],
    }
    path = folder / MANIFEST_NAME
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def labels_of(names: Sequence[str]) -> tuple[Label | None, ...]:
    """Our label for each class name of a network: our own names and COCO's, None for others."""
    own = {label.value: label for label in Label}
    return tuple(own.get(name) or COCO_LABELS.get(name) for name in names)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex.

    Raises:
        ModelMissing: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(f"cannot read the model file {path}: {error.strerror}") from error


def export_of(folder: Path, wanted: Format, precision: str, names: Sequence[str]) -> Export:
    """Describe files that lie in `folder` as an export, hashing them."""
    return Export(wanted, precision, {name: file_sha256(folder / name) for name in names})


def check_files(folder: Path, export: Export) -> None:
    """Compare the files of an export with their hashes.

    Raises:
        ModelMissing: a file is missing.
        ModelIntegrityError: a file is not the one the manifest names.
    """
    for name, expected in export.files.items():
        actual = file_sha256(folder / name)
        if actual != expected:
            raise ModelIntegrityError(
                f"{folder / name} is not the file its manifest names (sha256 {actual[:12]}... "
                f"instead of {expected[:12]}...): install the model again"
            )


def _parsed(content: dict[str, Any]) -> Manifest:
    """A manifest from its JSON; raises ValueError, KeyError or TypeError when it is wrong."""
    if content["manifest"] != FORMAT_VERSION:
        raise ValueError(f"manifest format {content['manifest']}, expected {FORMAT_VERSION}")
    classes = content["classes"]
    return Manifest(
        name=str(content["name"]),
        version=str(content["version"]),
        architecture=str(content["architecture"]),
        input_size=int(content["input_size"]),
        classes=tuple(None if name is None else Label(name) for name in classes),
        exports=tuple(_export(item) for item in content["exports"]),
        licence=str(content["licence"]),
        training_data=str(content["training_data"]),
        scores=dict(content["scores"]),
        created=str(content["created"]),
        card=str(content["card"]),
        stride=int(content.get("stride", STRIDE)),
    )


def _export(item: dict[str, Any]) -> Export:
    """One export from its JSON; a file may not lie outside the model's folder."""
    files = {str(name): str(digest) for name, digest in item["files"].items()}
    if item["format"] not in FORMATS or not files:
        raise ValueError(f"no known export: {item['format']}")
    if any(Path(name).name != name for name in files):
        raise ValueError("a file of an export lies outside its folder")
    return Export(item["format"], str(item["precision"]), files)
