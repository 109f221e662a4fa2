"""Make a trained checkpoint the default model of the package.

`install_default` slims the checkpoint, exports it to OpenVINO in 16 and in 8 bits, compares both
with the checkpoint on the given frames, times both, takes the faster one that is accepted and small
enough, and replaces `weights/<name>/` with it, a manifest and a card.
"""

import gzip
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.types import Image
from litterwatch.models.blend import round_weights
from litterwatch.models.export import export_model
from litterwatch.models.letterbox import placement
from litterwatch.models.manifest import Manifest, export_of, write_manifest
from litterwatch.models.predict import read_picture
from litterwatch.models.registry import (
    DEFAULT_MODEL,
    WEIGHTS,
    InstalledModel,
    load_detector,
    show,
)
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.models.torch import save_slim
from litterwatch.models.verify_export import LEAST_FRAMES, ExportCheck, verify_export

LARGEST_BYTES = 12_000_000
"""All files of the default model together: it travels in the package."""

WORTHWHILE = 1.1
"""How many times faster 8 bits must be to be preferred over 16."""

WEIGHT_BITS = 9
"""Of the checkpoint that ships: packed it takes 60 % of what 16 bits take; recall stays."""

TIMED_ROUNDS = 30

_PICTURE = (1920, 1080)
_THREADS = 2


@dataclass(frozen=True)
class Description:
    """What a model's maker says about it.

    Attributes:
        training_data: one paragraph.
        scores: measured numbers, as in the card.
        card: the model card, Markdown.
        licence: SPDX name.
    """

    training_data: str
    card: str
    scores: Mapping[str, Any] = field(default_factory=dict)
    licence: str = "AGPL-3.0-only"


@dataclass(frozen=True)
class Release:
    """What became of it.

    Attributes:
        model: the installed model.
        precision: of the OpenVINO export that was chosen.
        checks: comparison with the checkpoint by precision.
        milliseconds: median time of one picture of 16:9 through the bare network by precision,
            two threads, measured in turns in one run.
    """

    model: InstalledModel
    precision: str
    checks: Mapping[str, ExportCheck]
    milliseconds: Mapping[str, float]


def install_default(
    checkpoint: Path,
    *,
    description: Description,
    calibration: Sequence[Path],
    frames: Sequence[Path],
    input_size: int | None = None,
    name: str = DEFAULT_MODEL,
    weights: Path = WEIGHTS,
    least_frames: int = LEAST_FRAMES,
) -> Release:
    """Replace the default model by a trained checkpoint.

    Args:
        checkpoint: best.pt of a training on our classes.
        description: goes into manifest and card.
        calibration: pictures for the 8-bit export, at least 32.
        frames: pictures to compare the exports on; none used for calibration.
        input_size: long side of the input in operation, px; None is the size of the training.
        name: under which it is installed.
        weights: the folder that holds a folder for each model.
        least_frames: fewer prove nothing about an export.

    Raises:
        ConfigError: too few pictures.
        ModelError: no export is as good as the checkpoint, or the model is too large; what was
            installed before is untouched.
    """
    with tempfile.TemporaryDirectory() as work:
        source = _described(checkpoint, Path(work) / "torch", name, input_size)
        export_model(source.folder, "openvino", Path(work) / "fp16")
        export_model(
            source.folder, "openvino", Path(work) / "int8", int8=True, calibration=calibration
        )
        folders = {precision: Path(work) / precision for precision in ("fp16", "int8")}
        for folder in folders.values():
            _pack_network(folder)
        checks = _checks(folders, source, frames, least_frames)
        milliseconds = _timed(folders)
        chosen = _chosen(checks, milliseconds, _fitting(folders, source))
        ready = _assembled(source, folders[chosen], description, checks[chosen], milliseconds)
        size = _size(ready.folder)
        if size > LARGEST_BYTES:
            raise ModelError(f"the model has {size} bytes; at most {LARGEST_BYTES} may ship")
        target = weights / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(ready.folder, target)
    return Release(InstalledModel(target, ready.manifest), chosen, checks, milliseconds)


def _described(checkpoint: Path, folder: Path, name: str, input_size: int | None) -> InstalledModel:
    """The slimmed checkpoint in a folder of its own with its manifest."""
    folder.mkdir()
    slim = save_slim(
        round_weights(checkpoint, WEIGHT_BITS, folder / "rounded.pt"), folder / f"{name}.pt"
    )
    (folder / "rounded.pt").unlink()
    found = show(slim).manifest
    if None in found.classes:
        raise ModelError(f"{checkpoint} has classes that are not ours: train with our data set")
    export = export_of(folder, "torch", "fp16", [slim.name])
    manifest = replace(
        found,
        name=name,
        version=f"{found.created}-{export.sha256[:8]}",
        input_size=input_size or found.input_size,
        exports=(export,),
    )
    write_manifest(folder, manifest)
    return InstalledModel(folder, manifest)


def _checks(
    folders: Mapping[str, Path], source: InstalledModel, frames: Sequence[Path], least_frames: int
) -> dict[str, ExportCheck]:
    """Each export compared with the checkpoint."""
    reference = load_detector(source.folder, backend="torch", device="cpu", precision="f32")
    expected = [found for image in _pictures(frames) for found in reference.detect([image])]
    reference.close()
    checks = {}
    for precision, folder in folders.items():
        export = load_detector(folder, backend="openvino", device="cpu")
        checks[precision] = verify_export(
            export, ScriptedDetector(expected), _pictures(frames), least_frames=least_frames
        )
        export.close()
    return checks


def _pictures(paths: Sequence[Path]) -> Iterator[Image]:
    for path in paths:
        yield read_picture(path)


def _timed(folders: Mapping[str, Path]) -> dict[str, float]:
    """Median milliseconds of one 16:9 picture through each bare network, in turns."""
    loaded = {
        precision: load_detector(folder, backend="openvino", device="cpu", threads=_THREADS)
        for precision, folder in folders.items()
    }
    some = next(iter(loaded.values()))
    width, height = placement(*_PICTURE, some.input_size, some.stride).canvas
    noise = np.random.default_rng(0).integers(0, 256, (1, height, width, 3)).astype(np.uint8)
    times: dict[str, list[float]] = {precision: [] for precision in loaded}
    for _ in range(TIMED_ROUNDS):
        for precision, detector in loaded.items():
            start = time.perf_counter()
            detector.network.run(noise)
            times[precision].append(1000 * (time.perf_counter() - start))
    return {precision: float(np.median(values[2:])) for precision, values in times.items()}


def _pack_network(folder: Path) -> None:
    """Pack the description of an OpenVINO network, which is long text; OpenVINO's weights stay."""
    manifest = show(folder).manifest
    (export,) = manifest.exports
    plain = folder / export.main
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    plain.unlink()
    names = [packed.name, *(name for name in export.files if name != plain.name)]
    again = export_of(folder, export.format, export.precision, names)
    write_manifest(folder, replace(manifest, exports=(again,)))


def _fitting(folders: Mapping[str, Path], source: InstalledModel) -> set[str]:
    """The precisions that may travel in the package together with the checkpoint.

    Raises:
        ModelError: none.
    """
    sizes = {
        precision: _size(folder) + _size(source.folder) for precision, folder in folders.items()
    }
    fitting = {precision for precision, size in sizes.items() if size <= LARGEST_BYTES}
    if not fitting:
        raise ModelError(
            f"the model has {min(sizes.values())} bytes; at most {LARGEST_BYTES} may ship"
        )
    return fitting


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _chosen(
    checks: Mapping[str, ExportCheck], milliseconds: Mapping[str, float], fitting: Collection[str]
) -> str:
    """The precision to ship.

    Raises:
        ModelError: no export is accepted.
    """
    usable = {name for name, check in checks.items() if check.is_accepted and name in fitting}
    is_faster = milliseconds["fp16"] >= WORTHWHILE * milliseconds["int8"]
    if "int8" in usable and (is_faster or "fp16" not in usable):
        return "int8"
    if "fp16" in usable:
        return "fp16"
    why = "; ".join(f"{name}: {', '.join(check.refusals)}" for name, check in checks.items())
    raise ModelError(
        f"no export is as good as the checkpoint on {checks['fp16'].frames} pictures ({why}): "
        "where few things were found, give more pictures"
    )


def _assembled(
    source: InstalledModel,
    export_folder: Path,
    description: Description,
    check: ExportCheck,
    milliseconds: Mapping[str, float],
) -> InstalledModel:
    """Checkpoint and export in one folder with the full manifest and the card."""
    exported = show(export_folder).manifest
    for export in exported.exports:
        for file in export.files:
            shutil.copy(export_folder / file, source.folder / file)
    (source.folder / "card.md").write_text(description.card, encoding="utf-8")
    rounded = {precision: round(value, 1) for precision, value in milliseconds.items()}
    manifest: Manifest = replace(
        source.manifest,
        exports=(*exported.exports, *source.manifest.exports),
        licence=description.licence,
        training_data=description.training_data,
        scores={
            **description.scores,
            "export_check": {"frames": check.frames, "classes": check.rows()},
            "openvino_ms_per_picture": rounded,
        },
        card="card.md",
    )
    write_manifest(source.folder, manifest)
    return InstalledModel(source.folder, manifest)
