"""Whether a camera has lost its focus: sharpness against what is usual for this camera.

Sharpness is how much steeper the steepest edges are in the picture than in the same picture after a
known blur. Contrast, brightness and fog change both alike, noise hardly counts among the steepest
edges, so night is no loss of focus. Infra-red has a reference of its own: lenses focus elsewhere.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.change.health import Health, Mode
from litterwatch.detector.types import Image

_LOOK_EVERY: Final = 5.0  # s
_FINE, _COARSE = 1.0, 3.0  # px at 640 px of width: sigma of the smoothing before edges are measured
_WIDTH: Final = 640  # px the sigmas are about
_STEEPEST: Final = 97  # per cent: the edges that count
_LEAST_EDGE: Final = 0.6  # grey levels a pixel, coarse: below it there is nothing to focus on
_LEARN: Final = 6  # looks before there is a reference: half a minute
_LOST: Final = 0.45  # of the usual sharpness: an edge smeared over some 2 px more than before
_PERSISTS: Final = 60.0  # s, so that a lorry before the lens or a passing cloud of dust is no loss
_UP, _DOWN = 0.2, 0.0005  # a look: the reference follows gain at once, decay over hours


@dataclass(slots=True)
class _Usual:
    """What is usual in one mode; None until enough was seen."""

    seen: list[float]
    reference: float | None = None

    def learn(self, sharpness: float) -> None:
        if self.reference is None:
            self.seen.append(sharpness)
            if len(self.seen) >= _LEARN:
                self.reference = float(np.median(self.seen))
            return
        weight = _UP if sharpness > self.reference else _DOWN
        self.reference += weight * (sharpness - self.reference)


class FocusWatch:
    """Watches the pictures of one camera; one call per analysed picture.

    It knows only what it has seen: a camera that was out of focus from the beginning has that as
    its reference.
    """

    def __init__(self) -> None:
        self._usual: dict[Mode, _Usual] = {}
        self._looked = -np.inf
        self._lost_since: float | None = None
        self._is_lost = False

    def update(self, image: Image, media_time: float, health: Health) -> bool:
        """Whether the camera is out of focus, for a minute at least.

        Args:
            image: (h, w, 3) uint8 BGR, the analysis picture.
            media_time: s.
            health: of this picture: what is blank or frozen says nothing about focus.
        """
        if media_time - self._looked < _LOOK_EVERY:
            return self._is_lost
        self._looked = media_time
        sharpness = None if health.blank or health.frozen else sharpness_of(image)
        if sharpness is None:
            self._lost_since, self._is_lost = None, False
            return False
        usual = self._usual.setdefault(health.mode, _Usual([]))
        if usual.reference is not None and sharpness < _LOST * usual.reference:
            if self._lost_since is None:
                self._lost_since = media_time
            self._is_lost = media_time - self._lost_since >= _PERSISTS
            return self._is_lost
        self._lost_since, self._is_lost = None, False
        usual.learn(sharpness)
        return False


def sharpness_of(image: Image) -> float | None:
    """How sharp the sharpest edges are: 0 where they are as soft as after the coarse smoothing.

    Args:
        image: (h, w, 3) uint8 BGR.

    Returns:
        None where there are no edges to speak of.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    scale = max(image.shape[:2]) / _WIDTH
    coarse = _steepest(grey, _COARSE * scale)
    if coarse < _LEAST_EDGE:
        return None
    return max(0.0, _steepest(grey, _FINE * scale) / coarse - 1.0)


def _steepest(grey: NDArray[np.float32], sigma: float) -> float:
    """Grey levels a pixel of the steepest edges after smoothing."""
    soft = cv2.GaussianBlur(grey, (0, 0), sigma)
    dx, dy = (cv2.Sobel(soft, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    return float(np.percentile(cv2.magnitude(dx, dy)[::2, ::2], _STEEPEST))
