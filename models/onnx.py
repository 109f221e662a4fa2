"""YOLO on ONNX Runtime: the third way, for machines OpenVINO does not serve."""

from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image


class OnnxNetwork:
    """A `Network` on ONNX Runtime's CPU provider, float32.

    Args:
        path: the .onnx file, exported with dynamic height and width.
        threads: processor threads of one inference; None leaves it to the runtime.

    Raises:
        ModelError: onnxruntime is not installed or cannot read the file.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        runtime = _import_onnxruntime()
        self._errors = _errors_of(runtime)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Its threads otherwise wait by spinning, which starves everything else on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._lock = Lock()
        try:
            session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except self._errors as error:
            raise ModelError(f"{path} is not a network ONNX Runtime can read: {error}") from error
        self._input: str = session.get_inputs()[0].name
        self._session: Any = session

    def run(self, batch: Image) -> FloatArray:
        """See `Network.run`."""
        with self._lock:
            if self._session is None:
                raise ModelError("the detector was closed: load it again")
            try:
                outputs = self._session.run(None, {self._input: planes(batch)})
            except self._errors as error:
                raise ModelError(f"ONNX Runtime could not run the network: {error}") from error
            result: FloatArray = outputs[0]
            return result

    def close(self) -> None:
        with self._lock:
            self._session = None


def planes(batch: Image) -> FloatArray:
    """(n, h, w, 3) uint8 BGR -> (n, 3, h, w) float32 RGB 0..1, contiguous."""
    blob = cv2.dnn.blobFromImages(list(batch), 1 / 255, swapRB=True)
    return np.asarray(blob, np.float32)


def _import_onnxruntime() -> Any:
    """The package onnxruntime, loaded when first needed.

    Raises:
        ModelError: it is not installed.
    """
    try:
        import onnxruntime  # noqa: PLC0415 - optional, and slow to load
    except ImportError as error:
        raise ModelError("onnxruntime is not installed: pip install 'litterwatch[onnx]'") from error
    return onnxruntime


def _errors_of(runtime: Any) -> tuple[type[Exception], ...]:
    """What it raises: its own errors share no base class, so all of them, and Python's."""
    own = vars(runtime.capi.onnxruntime_pybind11_state).values()
    found = [kind for kind in own if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*found, RuntimeError, ValueError)
