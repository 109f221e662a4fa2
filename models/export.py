"""Make exports of a checkpoint: OpenVINO, ONNX, TensorRT; whole, half or 8 bits.

Exports keep height and width open, so that each picture is computed in the smallest rectangle it
fits. Never with NMS inside the graph (`nms=True`): such exports of these versions find nothing.
"""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from litterwatch.detector.errors import ConfigError, ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.models.letterbox import letterbox, placement
from litterwatch.models.manifest import (
    FORMATS,
    MANIFEST_NAME,
    Export,
    Format,
    Manifest,
    check_files,
    export_of,
    read_manifest,
    write_manifest,
)
from litterwatch.models.onnx import planes
from litterwatch.models.openvino import import_openvino
from litterwatch.models.postprocess import CONFIDENCE_FLOOR
from litterwatch.models.predict import read_picture
from litterwatch.models.registry import InstalledModel, has_cuda, show
from litterwatch.models.tensorrt import ENGINE_BATCH
from litterwatch.models.torch_cure import cure

LEAST_CALIBRATION = 32
"""Pictures below which the ranges of an 8-bit export are guesswork (NNCF's own default is 300)."""

_EXACT = {"INFERENCE_PRECISION_HINT": "f32"}
"""Options of OpenVINO to compute exactly."""

_EXPORT_ERRORS = (
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the exporters of ultralytics and the libraries below them raise."""


def export_model(
    weights: str | Path | None,
    wanted: Format,
    out: Path,
    *,
    int8: bool = False,
    calibration: Sequence[Path] = (),
    input_size: int | None = None,
    is_half: bool = True,
) -> InstalledModel:
    """Export a model into a folder with a manifest.

    If `out` already holds a manifest of the same model, the export is added to it, before others
    of its format.

    Args:
        weights: a name, folder or checkpoint that has torch weights (see `registry.show`).
        wanted: openvino, onnx or engine (TensorRT).
        out: the folder; made if needed.
        int8: 8-bit weights and activations; needs `calibration`.
        calibration: pictures of what the cameras see, at least 32.
        input_size: long side of the input, px; None keeps the model's own.
        is_half: store weights as float16 where not int8 (openvino, engine).

    Raises:
        ConfigError: the options contradict each other.
        ModelError: the export failed, or a library or the GPU it needs is not there.
    """
    _check_options(wanted, int8=int8, calibration=calibration)
    model = show(weights)
    source = model.manifest.of_format("torch")
    check_files(model.folder, source)
    manifest = replace(model.manifest, input_size=input_size or model.manifest.input_size)
    with tempfile.TemporaryDirectory() as work:
        checkpoint = Path(shutil.copy(model.folder / source.main, Path(work) / "network.pt"))
        made, precision = _made(checkpoint, manifest, wanted, is_half=is_half)
        if int8:
            made, precision = _in_8_bits(made[0], manifest, calibration), "int8"
        elif wanted == "openvino" and is_half:
            made, precision = _halved(made[0]), "fp16"
        out.mkdir(parents=True, exist_ok=True)
        names = [_kept(file, out, f"{manifest.name}-{precision}") for file in made]
    return _registered(out, manifest, export_of(out, wanted, precision, names))


def _check_options(wanted: Format, *, int8: bool, calibration: Sequence[Path]) -> None:
    """Refuse what cannot work before anything is computed.

    Raises:
        ConfigError: see `export_model`.
        ModelError: TensorRT is asked for where no GPU is.
    """
    if wanted == "torch" or wanted not in FORMATS:
        raise ConfigError(f"cannot export to {wanted}: choose openvino, onnx or engine")
    if int8 and wanted != "openvino":
        raise ConfigError("8-bit exports are made for openvino only: leave out --int8")
    if int8 and len(calibration) < LEAST_CALIBRATION:
        raise ConfigError(
            f"an 8-bit export needs at least {LEAST_CALIBRATION} pictures to calibrate with, "
            f"got {len(calibration)}"
        )
    if wanted == "engine" and not has_cuda():
        raise ModelError(
            "a TensorRT engine is made on the machine that will run it: no usable NVIDIA GPU here"
        )


def _made(
    checkpoint: Path, manifest: Manifest, wanted: Format, *, is_half: bool
) -> tuple[list[Path], str]:
    """Export beside the checkpoint: the files, the one to open first, and their precision."""
    if wanted == "engine":
        options = {"dynamic": True, "batch": ENGINE_BATCH, "device": 0, "half": is_half}
        engine = _by_ultralytics(checkpoint, manifest, format="engine", **options)
        return [engine], "fp16" if is_half else "fp32"
    if wanted == "onnx":
        options = {"dynamic": True, "simplify": True}
        return [_by_ultralytics(checkpoint, manifest, format="onnx", **options)], "fp32"
    folder = _by_ultralytics(checkpoint, manifest, format="openvino", dynamic=True)
    xml = next(folder.glob("*.xml"))
    return [xml, xml.with_suffix(".bin")], "fp32"


def _by_ultralytics(checkpoint: Path, manifest: Manifest, **options: Any) -> Path:
    """Let ultralytics export; it writes beside the checkpoint.

    Raises:
        ModelError: it is not installed or failed.
    """
    try:
        cure()
        from ultralytics import YOLO  # noqa: PLC0415 - slow, after the cure

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ultralytics' business with torch, not the caller's
            network: Any = YOLO(str(checkpoint), task="detect")
            return Path(network.export(imgsz=manifest.input_size, verbose=False, **options))
    except ImportError as error:
        raise ModelError("exports need ultralytics: pip install 'litterwatch[train]'") from error
    except _EXPORT_ERRORS as error:
        raise ModelError(f"the export of {manifest.name} failed: {error}") from error


def _halved(xml: Path) -> list[Path]:
    """The OpenVINO network with its weights as float16."""
    ov = import_openvino()
    target = xml.parent / "half.xml"
    ov.save_model(ov.Core().read_model(xml), target, compress_to_fp16=True)
    return [target, target.with_suffix(".bin")]


def _in_8_bits(xml: Path, manifest: Manifest, calibration: Sequence[Path]) -> list[Path]:
    """The OpenVINO network with 8-bit weights and activations.

    The decoding behind the last convolutions stays exact: it computes px, and 8 bits over 640 px
    would be steps of 2.5 px. Scores are shifted back (`shift_scores_back`).

    Raises:
        ModelError: NNCF is not installed or failed.
    """
    ov = import_openvino()
    try:
        import nncf  # noqa: PLC0415 - slow, optional
    except ImportError as error:
        raise ModelError("8-bit exports need nncf: pip install 'litterwatch[train]'") from error
    nncf.set_log_level(logging.WARNING)
    network = ov.Core().read_model(xml)
    try:
        small = nncf.quantize(
            network,
            nncf.Dataset(calibration, lambda path: _calibration_input(path, manifest)),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(calibration),
            ignored_scope=nncf.IgnoredScope(names=_decoding(network)),
        )
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"the 8-bit export of {manifest.name} failed: {error}") from error
    pictures = (_calibration_input(path, manifest) for path in calibration)
    shift_scores_back(small, network, pictures)
    target = xml.parent / "small.xml"
    ov.save_model(small, target, compress_to_fp16=True)
    return [target, target.with_suffix(".bin")]


def shift_scores_back(small: Any, exact: Any, pictures: Iterable[FloatArray]) -> FloatArray:
    """Let an 8-bit network be as sure of each class as the exact one is, by the middle of both.

    8 bits make a network less sure of some classes and more of others, by tenths of a logit, which
    at the working threshold costs boxes (docs/decisions/0049). Where the exact network says at
    least CONFIDENCE_FLOOR, the median difference of logits is added before the last sigmoid.

    Args:
        small: an OpenVINO network in 8 bits; changed in place.
        exact: the network it was made from.
        pictures: each (1, 3, h, w) float32, 0..1: those it was calibrated with.

    Returns:
        (classes,) what was added, 0 for a class that the pictures do not hold.
    """
    ov = import_openvino()
    core = ov.Core()
    running = [core.compile_model(network, "CPU", _EXACT) for network in (exact, small)]
    shifts = _median_shifts(running[0], running[1], pictures)
    if shifts.any():
        sigmoid = [op for op in small.get_ordered_ops() if op.get_type_name() == "Sigmoid"][-1]
        logits = sigmoid.input_value(0)
        shifted = ov.opset13.add(logits, shifts.reshape(1, -1, 1), name="scores_shifted_back")
        sigmoid.input(0).replace_source_output(shifted.output(0))
    return shifts


def _median_shifts(exact: Any, small: Any, pictures: Iterable[FloatArray]) -> FloatArray:
    """(classes,) median of the logits of the exact network less those of the other, where it sees.

    Both are compiled OpenVINO networks.
    """
    differences: list[list[FloatArray]] = []
    for picture in pictures:
        before, after = (network(picture)[0][0, 4:] for network in (exact, small))
        differences.append(
            [
                _logit(had[had >= CONFIDENCE_FLOOR]) - _logit(has[had >= CONFIDENCE_FLOOR])
                for had, has in zip(before, after, strict=True)
            ]
        )
    by_class = [np.concatenate(parts) for parts in zip(*differences, strict=True)]
    medians = [float(np.median(values)) if len(values) else 0.0 for values in by_class]
    return np.array(medians, np.float32)


def _logit(scores: FloatArray) -> FloatArray:
    """What went into the sigmoid; between -14 and 14."""
    inside = np.clip(scores, 1e-6, 1 - 1e-6).astype(np.float32)
    result: FloatArray = np.log(inside / (1 - inside))
    return result


def _calibration_input(path: Path, manifest: Manifest) -> FloatArray:
    """One picture as the network sees it in operation: (1, 3, h, w) float32."""
    image = read_picture(path)
    place = placement(image.shape[1], image.shape[0], manifest.input_size, manifest.stride)
    return planes(letterbox(image, place)[np.newaxis])


def _decoding(network: Any) -> list[str]:
    """Names of the operations that turn the head's convolutions into boxes and scores.

    They belong to the last module itself, e.g. `__module.model.23/...`, or to its distribution
    layer `__module.model.23.dfl...`; its convolutions are named `__module.model.23.cv2.0...`.
    """
    names = [operation.get_friendly_name() for operation in network.get_ordered_ops()]
    kinds = {"Constant", "Convert", "Parameter", "Result"}
    modules = [name.split("/")[0] for name in names if name.startswith("__module.model.")]
    head = "__module.model." + str(max(int(name.split(".")[2]) for name in modules))
    return [
        operation.get_friendly_name()
        for operation in network.get_ordered_ops()
        if operation.get_friendly_name().startswith((f"{head}/", f"{head}.dfl"))
        and operation.get_type_name() not in kinds
    ]


def _kept(file: Path, out: Path, stem: str) -> str:
    """Move a made file into the folder under the model's name; its new name."""
    target = out / f"{stem}{file.suffix}"
    shutil.move(file, target)
    return target.name


def _registered(out: Path, manifest: Manifest, export: Export) -> InstalledModel:
    """Write the export into the folder's manifest, in place of one with the same files."""
    others: tuple[Export, ...] = ()
    if (out / MANIFEST_NAME).is_file():
        there = read_manifest(out)
        same = (there.name, there.version, there.input_size, there.classes)
        if same != (manifest.name, manifest.version, manifest.input_size, manifest.classes):
            raise ConfigError(f"{out} holds another model, {there.name}: choose an empty folder")
        manifest = there
        others = tuple(e for e in there.exports if e.main != export.main)
    manifest = replace(manifest, exports=(export, *others), card=manifest.card if others else "")
    write_manifest(out, manifest)
    return InstalledModel(out, manifest)
