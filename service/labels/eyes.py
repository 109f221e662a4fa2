"""The detector of the desk: loaded when somebody first needs it, used by one at a time.

When another model has become the default since, the next look loads that one.
"""

import threading
from collections.abc import Callable, Sequence

from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import Detections, Image


class Eyes:
    """A detector that opens another one at its first look.

    Args:
        opened: loads it; called again when the choice has changed.
        chosen: which one is to be used.
    """

    def __init__(
        self,
        opened: Callable[[], ObjectDetector],
        chosen: Callable[[], object] = lambda: None,
    ) -> None:
        self._opened = opened
        self._chosen = chosen
        self._choice: object = None
        self._detector: ObjectDetector | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._ready().name

    @property
    def sha256(self) -> str:
        return self._ready().sha256

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """As the detector does.

        Raises:
            ModelError: it cannot be loaded, or failed.
        """
        with self._lock:
            return self._open().detect(images)

    def close(self) -> None:
        """Release it; may be called twice."""
        with self._lock:
            if self._detector is not None:
                self._detector.close()
                self._detector = None

    def _ready(self) -> ObjectDetector:
        with self._lock:
            return self._open()

    def _open(self) -> ObjectDetector:
        choice = self._chosen()
        if self._detector is not None and choice != self._choice:
            self._detector.close()
            self._detector = None
        if self._detector is None:
            self._detector, self._choice = self._opened(), choice
        return self._detector
