"""The shipped fake: a detector that sees what it is told to see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from litterwatch.detector.errors import ModelError
from litterwatch.detector.types import Detections, Image

Sight = Callable[[Image], Detections]
"""What is seen in a picture."""


@dataclass
class ScriptedDetector:
    """An `ObjectDetector` for tests and demonstrations.

    Attributes:
        script: the detections of the first, second, ... picture (none after the last), or a
            function of the picture.
        name, sha256: stored with events, as for a real one.
        seen: size (width, height) of every picture so far.
    """

    script: Sequence[Detections] | Sight = ()
    name: str = "scripted"
    sha256: str = "0" * 64
    seen: list[tuple[int, int]] = field(default_factory=list)
    is_closed: bool = False

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """The next detections of the script, cut at the border of each picture.

        What lies outside is not seen.

        Raises:
            ModelError: the detector was closed.
        """
        if self.is_closed:
            raise ModelError("the detector was closed: load it again")
        return [self._next(image) for image in images]

    def close(self) -> None:
        self.is_closed = True

    def _next(self, image: Image) -> Detections:
        index = len(self.seen)
        height, width = image.shape[:2]
        self.seen.append((width, height))
        if callable(self.script):
            found = self.script(image)
        else:
            found = self.script[index] if index < len(self.script) else Detections.empty()
        limit = np.array([width, height, width, height], np.float32)
        found = replace(found, xyxy=np.clip(found.xyxy, 0, limit).astype(np.float32))
        x1, y1, x2, y2 = found.xyxy.T
        return found.where((x2 > x1) & (y2 > y1))
