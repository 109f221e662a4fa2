"""YOLO on OpenVINO: the default on CPU. Loads neither torch nor ultralytics.

The picture goes in as it lies in memory (uint8, height x width x BGR); reordering the channels
and the scale to 0..1 are part of the compiled graph. One graph is compiled per input shape, since
fixed shapes run faster than dynamic ones, and the last few are kept. A network that ships is packed
(`.xml.gz`): its description is a megabyte of text.
"""

import gzip
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Image

Precision = Literal["fast", "f32"]
"""`fast`: what the processor does best (bf16 where it can); `f32`: exact, for golden tests."""

SHAPES_KEPT = 8
"""Compiled graphs kept at a time: cameras of a site have few different aspects."""


class OpenVinoNetwork:
    """A `Network` on OpenVINO's CPU plugin.

    Inference gives up the GIL. Calls from several threads are answered one after the other: one
    inference already uses all the threads.

    Args:
        xml: the network, packed with gzip or not; its weights lie beside it with the ending .bin.
        threads: processor threads to use; None leaves it to OpenVINO.
        precision: see `Precision`.

    Raises:
        ModelError: the file cannot be read.
    """

    def __init__(
        self, xml: Path, *, threads: int | None = None, precision: Precision = "fast"
    ) -> None:
        self._openvino = import_openvino()
        self._core: Any = self._openvino.Core()
        # Pinned threads wait for a core that another process holds; measured in
        # docs/decisions/0020-openvino-on-cpu.md.
        self._options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False}
        if threads is not None:
            self._options["INFERENCE_NUM_THREADS"] = threads
        if precision == "f32":
            self._options["INFERENCE_PRECISION_HINT"] = "f32"
        self._xml = xml
        self._compiled: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._lock = Lock()
        self._closed = False
        try:
            self._read()
        except (RuntimeError, OSError, EOFError) as error:
            raise ModelError(_reason(f"{xml} is not a network OpenVINO can read", error)) from error

    def run(self, batch: Image) -> FloatArray:
        """See `Network.run`; the pictures go through one by one."""
        outputs = []
        with self._lock:
            request = self._request((batch.shape[1], batch.shape[2]))
            try:
                for picture in batch:
                    given = request.infer([picture[None]], share_inputs=True, share_outputs=False)
                    outputs.append(given[0])
            except RuntimeError as error:
                raise ModelError(_reason("OpenVINO could not run the network", error)) from error
        result: FloatArray = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        return result

    def close(self) -> None:
        with self._lock:
            self._compiled.clear()
            self._closed = True

    def _request(self, shape: tuple[int, int]) -> Any:
        """The inference request for inputs of that (height, width)."""
        if self._closed:
            raise ModelError("the detector was closed: load it again")
        if shape not in self._compiled:
            try:
                compiled = self._core.compile_model(self._graph(shape), "CPU", self._options)
                self._compiled[shape] = compiled.create_infer_request()
            except RuntimeError as error:
                text = f"{self._xml} cannot take pictures of {shape[1]} x {shape[0]}"
                raise ModelError(_reason(text, error)) from error
            if len(self._compiled) > SHAPES_KEPT:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(shape)
        return self._compiled[shape]

    def _read(self) -> Any:
        """The network as it lies on the disk."""
        if self._xml.suffix != ".gz":
            return self._core.read_model(self._xml)
        weights = self._xml.with_suffix("").with_suffix(".bin")
        return self._core.read_model(gzip.decompress(self._xml.read_bytes()), weights.read_bytes())

    def _graph(self, shape: tuple[int, int]) -> Any:
        """The network for that (height, width) with the colour order and scale inside."""
        ov = self._openvino
        model = self._read()
        model.reshape([1, 3, *shape])
        steps = ov.preprocess.PrePostProcessor(model)
        given = steps.input().tensor()
        given.set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
        given.set_color_format(ov.preprocess.ColorFormat.BGR)
        steps.input().model().set_layout(ov.Layout("NCHW"))
        change = steps.input().preprocess()
        change.convert_element_type(ov.Type.f32)
        change.convert_color(ov.preprocess.ColorFormat.RGB).scale(255.0)
        steps.output().tensor().set_element_type(ov.Type.f32)
        return steps.build()


def import_openvino() -> Any:
    """The package openvino, loaded when first needed: its import costs a fifth of a second.

    Raises:
        ModelError: it is not installed.
    """
    try:
        import openvino  # noqa: PLC0415 - see above
    except ImportError as error:
        raise ModelError("openvino is not installed: pip install openvino") from error
    return openvino


def _reason(text: str, error: Exception) -> str:
    """One line: what failed, and the last line of the runtime's own, longer text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{text}: {lines[-1]}" if lines else text
