"""Find models by manifest, check their hashes, load them. Anything else is refused."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from litterwatch.detector.errors import ConfigError, ModelError, ModelMissing
from litterwatch.detector.types import Label
from litterwatch.models.manifest import (
    MANIFEST_NAME,
    Export,
    Format,
    Manifest,
    check_files,
    export_of,
    labels_of,
    read_manifest,
)
from litterwatch.models.onnx import OnnxNetwork
from litterwatch.models.openvino import OpenVinoNetwork, Precision
from litterwatch.models.tensorrt import TensorRtNetwork
from litterwatch.models.torch import TorchNetwork, read_checkpoint
from litterwatch.models.yolo import Network, YoloDetector

Backend = Literal["auto", "openvino", "onnx", "torch", "tensorrt"]
Device = Literal["auto", "cpu", "cuda"]

_ON_CPU: tuple[Format, ...] = ("openvino", "onnx", "torch")
_ON_CUDA: tuple[Format, ...] = ("engine", "torch")

WEIGHTS = Path(__file__).resolve().parent / "weights"
"""Where the models lie that come with the package, one folder each."""

DEFAULT_MODEL = "street"


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on disk: its manifest and the folder its files lie in."""

    folder: Path
    manifest: Manifest


def list_models() -> list[InstalledModel]:
    """The models that come with the package, by name."""
    folders = sorted(path.parent for path in WEIGHTS.glob(f"*/{MANIFEST_NAME}"))
    return [InstalledModel(folder, read_manifest(folder)) for folder in folders]


def show(name_or_path: str | Path | None = None) -> InstalledModel:
    """A model by its name, or by the path of its folder, its manifest or one of its files.

    A path to one file of a model narrows its exports to that one. None is the default model. A
    checkpoint (.pt) without a manifest is described from its own content, which needs torch.

    Raises:
        ModelMissing: there is no such model.
        ModelIntegrityError: its manifest is damaged.
    """
    wanted = DEFAULT_MODEL if name_or_path is None else str(name_or_path)
    if (WEIGHTS / wanted / MANIFEST_NAME).is_file() and Path(wanted).name == wanted:
        return InstalledModel(WEIGHTS / wanted, read_manifest(WEIGHTS / wanted))
    path = Path(wanted)
    if path.is_dir() or path.name == MANIFEST_NAME:
        folder = path if path.is_dir() else path.parent
        return InstalledModel(folder, read_manifest(folder))
    if path.is_file():
        return _by_file(path)
    known = ", ".join(model.manifest.name for model in list_models()) or "none"
    raise ModelMissing(
        f"no model {wanted!r}: name one that is installed ({known}) or the folder of an export"
    )


def verify(name_or_path: str | Path | None = None) -> InstalledModel:
    """Check every file of a model against its manifest.

    Raises:
        ModelMissing: the model or one of its files is missing.
        ModelIntegrityError: a file is not the one the manifest names.
    """
    model = show(name_or_path)
    for export in model.manifest.exports:
        check_files(model.folder, export)
    return model


def load_detector(
    name_or_path: str | Path | None = None,
    *,
    backend: Backend = "auto",
    device: Device = "auto",
    threads: int | None = None,
    precision: Precision = "fast",
    input_size: int | None = None,
) -> YoloDetector:
    """Load an object detector.

    Args:
        name_or_path: see `show`; None is the default model.
        backend: the runtime; auto takes the first the model has an export for: on CUDA TensorRT or
            torch, on the processor OpenVINO, ONNX Runtime or torch.
        device: auto takes CUDA where a driver and a torch that can use it are there and the model
            has an export for it.
        threads: processor threads of one inference; None leaves it to the runtime.
        precision: `f32` computes exactly (golden tests); `fast` as the processor does best.
        input_size: long side of the input, px, a multiple of 32; None takes the manifest's.

    Raises:
        ConfigError: backend and device exclude each other.
        ModelMissing: no such model, or not in the format the backend reads.
        ModelIntegrityError: its files are not those its manifest names.
        ModelError: the runtime is not installed or cannot read the network.
    """
    if device == "cuda" and backend in ("openvino", "onnx"):
        raise ConfigError(
            f"{backend} runs on the processor here: choose torch or tensorrt for CUDA"
        )
    model = show(name_or_path)
    formats = {export.format for export in model.manifest.exports}
    on_cuda = device == "cuda" or (
        device == "auto" and not formats.isdisjoint(_ON_CUDA) and has_cuda()
    )
    export = _chosen(model.manifest, backend, on_cuda=on_cuda)
    check_files(model.folder, export)
    path = model.folder / export.main
    return YoloDetector(
        _network(path, export, on_cuda=on_cuda, threads=threads, precision=precision),
        name=model.manifest.name,
        sha256=export.sha256,
        classes=model.manifest.classes,
        input_size=input_size or model.manifest.input_size,
        stride=model.manifest.stride,
    )


def _network(
    path: Path, export: Export, *, on_cuda: bool, threads: int | None, precision: Precision
) -> Network:
    """The network of one file on its runtime."""
    kind = export.format
    if kind == "openvino":
        # What is not in 8 bits in an 8-bit network computes px; exact, it costs nothing measurable.
        is_exact = precision == "f32" or export.precision == "int8"
        return OpenVinoNetwork(path, threads=threads, precision="f32" if is_exact else "fast")
    if kind == "onnx":
        return OnnxNetwork(path, threads=threads)
    if kind == "torch":
        device = "cuda" if on_cuda else "cpu"
        return TorchNetwork(path, device=device, threads=threads, is_exact=precision == "f32")
    return TensorRtNetwork(path)


def _chosen(manifest: Manifest, backend: Backend, *, on_cuda: bool) -> Export:
    """The export to load.

    Raises:
        ModelMissing: the model has none that fits.
    """
    if backend == "tensorrt":
        return manifest.of_format("engine")
    if backend != "auto":
        return manifest.of_format(backend)
    formats = {export.format for export in manifest.exports}
    order = _ON_CUDA if on_cuda else _ON_CPU
    return manifest.of_format(next((kind for kind in order if kind in formats), order[-1]))


def _by_file(path: Path) -> InstalledModel:
    """The model a file belongs to, narrowed to the export that file opens."""
    folder = path.parent
    if (folder / MANIFEST_NAME).is_file():
        manifest = read_manifest(folder)
        exports = tuple(export for export in manifest.exports if path.name in export.files)
        if exports:
            return InstalledModel(folder, replace(manifest, exports=exports))
    if path.suffix == ".pt":
        return InstalledModel(folder, _manifest_of_checkpoint(path))
    raise ModelMissing(
        f"{path} is not named by a manifest beside it: load the .pt checkpoint it was made from, "
        "or make an export with `litterwatch models export`"
    )


def _manifest_of_checkpoint(path: Path) -> Manifest:
    """Describe a lone checkpoint from its own content.

    Raises:
        ModelError: it is no checkpoint, or none of its classes means anything to us.
    """
    checkpoint = read_checkpoint(path)
    classes = labels_of(checkpoint.names)
    if not any(classes):
        raise ModelError(
            f"{path} knows none of our classes ({', '.join(Label)}) under these names or COCO's"
        )
    return Manifest(
        name=path.stem,
        version=checkpoint.created,
        architecture=checkpoint.architecture,
        input_size=checkpoint.input_size,
        classes=classes,
        exports=(export_of(path.parent, "torch", "fp32", [path.name]),),
        licence="unknown",
        created=checkpoint.created,
        stride=checkpoint.stride,
    )


def has_cuda() -> bool:
    """Whether torch can use an NVIDIA GPU; torch is imported only where a driver is loaded."""
    if not Path("/proc/driver/nvidia/version").exists() or find_spec("torch") is None:
        return False
    import torch  # noqa: PLC0415 - slow, and rarely needed

    return bool(torch.cuda.is_available())
