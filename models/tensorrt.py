"""YOLO on TensorRT, for engines that `models export --format engine` made on the same machine.

Not run yet: no machine with an NVIDIA GPU was at hand when this was written. Compare an engine with
its checkpoint by `litterwatch models verify-export` before it is used.
"""

import importlib
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image
from litterwatch.models.torch_cure import cure

ENGINE_BATCH = 8
"""Pictures an engine takes at a time, at most; its optimisation profile is built for it."""


class TensorRtNetwork:
    """A `Network` on TensorRT through ultralytics' loader of engines.

    Args:
        path: the .engine file.

    Raises:
        ModelError: torch, ultralytics, TensorRT or the GPU is not there, or the engine was made by
            another version or for another GPU.
    """

    def __init__(self, path: Path) -> None:
        try:
            cure()
            self._torch: Any = importlib.import_module("torch")
            loader: Any = importlib.import_module("ultralytics.nn.autobackend")
            self._engine: Any = loader.AutoBackend(
                model=str(path), device=self._torch.device("cuda:0"), fp16=True, verbose=False
            )
        except ImportError as error:
            raise ModelError(
                f"TensorRT engines need torch, ultralytics, tensorrt: {error}"
            ) from error
        except (RuntimeError, AssertionError, ValueError, AttributeError) as error:
            raise ModelError(
                f"{path} cannot be run here ({error}): make it again on this machine with "
                "`litterwatch models export --format engine`"
            ) from error
        self._lock = Lock()

    def run(self, batch: Image) -> FloatArray:
        """See `Network.run`."""
        starts = range(0, len(batch), ENGINE_BATCH)
        with self._lock:
            if self._engine is None:
                raise ModelError("the detector was closed: load it again")
            try:
                result: FloatArray = np.concatenate([self._some(batch[i:]) for i in starts])
            except (RuntimeError, AssertionError, ValueError) as error:
                raise ModelError(f"TensorRT could not run the network: {error}") from error
        return result

    def close(self) -> None:
        with self._lock:
            self._engine = None

    def _some(self, batch: Image) -> FloatArray:
        """The first pictures of the batch, as many as the engine takes, through it."""
        rgb = np.ascontiguousarray(batch[:ENGINE_BATCH, ..., ::-1].transpose(0, 3, 1, 2))
        given = self._torch.from_numpy(rgb).to("cuda:0")
        given = (given.half() if self._engine.fp16 else given.float()) / 255
        output = self._engine(given)
        raw = output[0] if isinstance(output, list | tuple) else output
        numbers: FloatArray = raw.float().cpu().numpy()
        return numbers
