"""YOLO on torch: ultralytics checkpoints (.pt), and the only backend for CUDA.

Only ultralytics' loader and layers are used; picture and boxes go through our own letterbox and
post-processing. A checkpoint is a pickle, which could run code: it is loaded by ultralytics'
restricted loader, which makes nothing but known layers and plain data.
"""

import importlib
import io
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image
from litterwatch.models.letterbox import STRIDE
from litterwatch.models.torch_cure import cure

LoadError = (
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)
"""What unpickling raises for a file that is damaged or is no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says about itself.

    Attributes:
        network: the torch module, float32, in evaluation mode, giving raw one-to-many output.
        names: class names by index.
        input_size: the size it was trained at, px.
        architecture: name of the network's description, e.g. yolo11n.
        created: ISO date, or empty.
        stride: both sides of its input are multiples of it, px.
    """

    network: Any
    names: tuple[str, ...]
    input_size: int
    architecture: str
    created: str
    stride: int


def read_checkpoint(path: Path) -> Checkpoint:
    """Load an ultralytics detection checkpoint.

    Raises:
        ModelError: torch or ultralytics is not installed, or the file is no such checkpoint.
    """
    tasks = _ultralytics_tasks()
    try:
        content, _ = tasks.torch_safe_load(path, safe_only=True)
        network = (content.get("ema") or content["model"]).float()
        names = tuple(str(network.names[index]) for index in range(len(network.names)))
        options = content.get("train_args") or {}
        if hasattr(network, "end2end"):
            network.end2end = False  # yolo26: raw boxes and our own NMS, as for every export
        network = network.fuse().eval()
        described = str(getattr(network, "yaml", {}).get("yaml_file", "unknown"))
        return Checkpoint(
            network=network,
            names=names,
            input_size=_input_size(options.get("imgsz", 640)),
            architecture=Path(described).stem,
            created=str(content.get("date") or "")[:10],
            stride=max(STRIDE, int(max(network.stride))),
        )
    except LoadError as error:
        reason = str(error).strip().splitlines()
        raise ModelError(
            f"{path} is not an ultralytics detection checkpoint that can be read: "
            f"{reason[0] if reason else type(error).__name__}"
        ) from error


def save_slim(path: Path, target: Path) -> Path:
    """Write a checkpoint again with nothing but the network in float16 and its training size.

    What training adds (optimiser, copies of the weights, options with folders of the machine it
    ran on) is left out.

    Raises:
        ModelError: see `read_checkpoint`.
    """
    tasks = _ultralytics_tasks()
    torch: Any = importlib.import_module("torch")
    try:
        content, _ = tasks.torch_safe_load(path, safe_only=True)
        network = content.get("ema") or content["model"]
        size = _input_size((content.get("train_args") or {}).get("imgsz", 640))
        date, version = str(content.get("date") or ""), str(content.get("version") or "")
    except LoadError as error:
        raise ModelError(f"{path} is not an ultralytics checkpoint: {error}") from error
    options = {"task": "detect", "imgsz": size}
    network.criterion = None
    network.args = options
    network.pt_path = target.name
    for parameter in network.parameters():
        parameter.requires_grad = False
    slim = {"model": network.half(), "ema": None, "train_args": options}
    torch.save(slim | {"date": date, "version": version, "license": "AGPL-3.0"}, target)
    _pack(target)
    return target


def _pack(checkpoint: Path) -> None:
    """Compress the parts of a checkpoint, which is a zip file that torch leaves uncompressed.

    torch reads it as before. Weights that were once in 8 bits take a third less.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(checkpoint) as plain,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
    ):
        for part in plain.infolist():
            small.writestr(
                zipfile.ZipInfo(part.filename), plain.read(part), zipfile.ZIP_DEFLATED, 9
            )
    checkpoint.write_bytes(packed.getvalue())


class TorchNetwork:
    """A `Network` on torch.

    Args:
        path: an ultralytics checkpoint.
        device: cpu or cuda.
        threads: processor threads of torch in this whole process; None leaves it to torch.
        is_exact: compute in float32 also on CUDA, where float16 is usual.

    Raises:
        ModelError: the checkpoint cannot be read or the device is not there.
    """

    def __init__(
        self, path: Path, *, device: str = "cpu", threads: int | None = None, is_exact: bool = False
    ) -> None:
        network = read_checkpoint(path).network
        self._torch: Any = importlib.import_module("torch")
        if threads is not None:
            self._torch.set_num_threads(threads)
        self._device = device
        self._half = device != "cpu" and not is_exact
        self._lock = Lock()
        try:
            network = network.to(device)
        except (RuntimeError, AssertionError) as error:
            raise ModelError(f"torch cannot use {device} here: choose --device cpu") from error
        self._network: Callable[[Any], Any] | None = network.half() if self._half else network

    def run(self, batch: Image) -> FloatArray:
        """See `Network.run`."""
        with self._lock:
            if self._network is None:
                raise ModelError("the detector was closed: load it again")
            try:
                with self._torch.inference_mode():
                    output = self._network(self._tensor(batch))
            except RuntimeError as error:
                raise ModelError(f"torch could not run the network: {error}") from error
            raw = output[0] if isinstance(output, tuple) else output
            result: FloatArray = raw.float().cpu().numpy()
            return result

    def close(self) -> None:
        with self._lock:
            self._network = None

    def _tensor(self, batch: Image) -> Any:
        """(n, h, w, 3) BGR 0..255 -> (n, 3, h, w) RGB 0..1 on the device."""
        given = self._torch.from_numpy(np.ascontiguousarray(batch[..., ::-1])).to(self._device)
        given = given.permute(0, 3, 1, 2).contiguous()
        return (given.half() if self._half else given.float()) / 255


def _ultralytics_tasks() -> Any:
    """Load ultralytics' module of networks, after the cure.

    Raises:
        ModelError: torch or ultralytics is not installed.
    """
    try:
        cure()
        return importlib.import_module("ultralytics.nn.tasks")
    except ImportError as error:
        raise ModelError(
            "this needs torch and ultralytics: pip install 'litterwatch[train]'"
        ) from error


def _input_size(trained_at: int | list[int] | tuple[int, ...]) -> int:
    """The long side of the size a network was trained at."""
    return int(trained_at) if isinstance(trained_at, int | float) else int(max(trained_at))
