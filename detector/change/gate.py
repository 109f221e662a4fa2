"""The motion gate: whether anything moved since the last analysed picture, for next to nothing."""

import cv2

from litterwatch.detector.change.pixels import grey, resized
from litterwatch.detector.types import Image

# Long side of the tiny grey picture and the difference that counts as moved, grey levels: sensor
# noise averaged over a 4x4 block stays below 5, a walker's clothes lie above 15.
_LONG_SIDE = 160
_STEP = 15


def tiny_grey(image: Image, long_side: int = _LONG_SIDE) -> Image:
    """The picture (h, w, 3) as grey (h', w') with that long side; never enlarged."""
    height, width = image.shape[:2]
    factor = min(1.0, long_side / max(height, width))
    if factor < 1:
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        image = resized(image, size, cv2.INTER_LINEAR)
    return grey(image)


class MotionGate:
    """Compares each picture with the one before it."""

    def __init__(self) -> None:
        self._last: Image | None = None

    def moved(self, image: Image, media_time: float) -> float:
        """Share of the picture that changed since the last call, 0..1.

        The first picture, and the first of another size, is all new: 1.0.
        """
        tiny = tiny_grey(image)
        last, self._last = self._last, tiny
        if last is None or last.shape != tiny.shape:
            return 1.0
        _, changed = cv2.threshold(cv2.absdiff(tiny, last), _STEP, 255, cv2.THRESH_BINARY)
        return cv2.countNonZero(changed) / tiny.size
