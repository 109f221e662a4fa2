"""One YOLO detector over any runtime: letterbox, network, post-processing.

What differs between OpenVINO, ONNX Runtime and torch is only how numbers go through the network;
that is the `Network` protocol. Everything else is here once, so the backends agree.
"""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import FloatArray
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.letterbox import STRIDE, Placement, letterbox, placement
from litterwatch.models.postprocess import ClassMap, detections


class Network(Protocol):
    """A loaded network on one runtime."""

    def run(self, batch: Image) -> FloatArray:
        """Raw output (n, 4 + classes, anchors) float32 of pictures (n, h, w, 3) uint8 BGR.

        h and w are multiples of the network's stride. The result is valid until the next call.

        Raises:
            ModelError: the runtime failed; the network may be used again.
        """
        ...

    def close(self) -> None:
        """Release everything; may be called twice."""
        ...


class YoloDetector:
    """An `ObjectDetector` over a network of the YOLO family.

    Attributes:
        name, sha256: which weights judge; stored with every event.
        network: the runtime, for measurements of the bare network.
        input_size: long side of the network's input, px.
        stride: both sides of the network's input are multiples of it, px.
    """

    def __init__(
        self,
        network: Network,
        *,
        name: str,
        sha256: str,
        classes: Sequence[Label | None],
        input_size: int,
        stride: int = STRIDE,
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self.network = network
        self.input_size = input_size
        self.stride = stride
        self._classes = ClassMap.of(classes)
        self._n_outputs = 4 + len(classes)

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One `Detections` per picture, (h, w, 3) BGR or (h, w) grey uint8, in its pixels.

        Pictures that fit the same input go through the network together.

        Raises:
            ValueError: something that is no picture was given.
            ModelError: the network failed or does not give what its manifest says.
        """
        pictures = [_as_bgr(image) for image in images]
        places = [self.placed(p) for p in pictures]
        by_shape: dict[tuple[int, int], list[int]] = {}
        for index, place in enumerate(places):
            by_shape.setdefault(place.canvas, []).append(index)
        found = [Detections.empty()] * len(pictures)
        for indices in by_shape.values():
            fitted = [letterbox(pictures[i], places[i]) for i in indices]
            batch = np.stack(fitted) if len(fitted) > 1 else fitted[0][None]
            for index, raw in zip(indices, self._run(batch), strict=True):
                found[index] = detections(raw, self._classes, places[index])
        return found

    def placed(self, picture: Image) -> Placement:
        """Where that picture (h, w, 3) lies in the network's input."""
        return placement(picture.shape[1], picture.shape[0], self.input_size, self.stride)

    def close(self) -> None:
        self.network.close()

    def _run(self, batch: Image) -> FloatArray:
        """The network's output, its shape checked."""
        raw = self.network.run(batch)
        if raw.ndim != 3 or raw.shape[:2] != (len(batch), self._n_outputs):
            raise ModelError(
                f"{self.name} gives an output of shape {raw.shape} where its manifest promises "
                f"({len(batch)}, {self._n_outputs}, n): export it again with "
                "`litterwatch models export`"
            )
        return raw


def _as_bgr(image: Image) -> Image:
    """The picture with three channels."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(f"a picture must be (h, w, 3) uint8, got {image.shape} {image.dtype}")
    if image.ndim == 2 or image.shape[2] == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    if image.shape[2] != 3:
        raise ValueError(f"a picture must have 3 channels, got {image.shape}")
    return image
