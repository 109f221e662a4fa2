"""Privacy masks: areas of the picture that are black in everything that is kept or shown.

A mask is laid on whole pictures before anything else gets them. Its rim is a little wider than it
was drawn: pictures made small mix neighbouring pixels, and colours are stored for two by two.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from litterwatch.camera_adapters.pictures import Orientation, orientation
from litterwatch.detector.geometry import Point
from litterwatch.detector.types import Image

Outlines = tuple[tuple[Point, ...], ...]
Covered = NDArray[np.bool_]

_RIM: Final = 5  # px across the line
_BLACK, _GREY = 16, 128  # of brightness and colours in video


class Masks:
    """Blackens areas of one camera's pictures.

    Args:
        outlines: corners as shares of the picture as displayed; none covers nothing.
    """

    def __init__(self, outlines: Sequence[Sequence[Point]] = ()) -> None:
        self.outlines: Outlines = tuple(tuple(outline) for outline in outlines)
        self._known: dict[tuple[tuple[int, int], Orientation | None], Covered] = {}

    def __bool__(self) -> bool:
        return bool(self.outlines)

    def paint(self, image: Image) -> Image:
        """The same picture (h, w, 3) as displayed, its masked areas black; changed in place."""
        if self.outlines:
            image[self.covered((image.shape[1], image.shape[0]))] = 0
        return image

    def blackened(self, frame: VideoFrame) -> VideoFrame:
        """The stored picture as yuv420p, its masked areas black; even numbers of pixels."""
        width, height = max(2, frame.width & ~1), max(2, frame.height & ~1)
        turned = orientation(frame)
        picture = frame.reformat(width, height, "yuv420p", threads=1).to_ndarray()
        flat = picture.reshape(-1)
        covered = self.covered((width, height), turned)
        flat[: width * height].reshape(height, width)[covered] = _BLACK
        coarse = covered.reshape(height // 2, 2, width // 2, 2).any(axis=(1, 3))
        quarter = width * height // 4
        for begins in (width * height, width * height + quarter):
            plane = flat[begins : begins + quarter].reshape(height // 2, width // 2)
            plane[coarse] = _GREY
        return VideoFrame.from_ndarray(picture, "yuv420p")

    def covered(self, size: tuple[int, int], turned: Orientation | None = None) -> Covered:
        """Which pixels of a picture are masked, (h, w).

        Args:
            size: (width, height) of the picture, px.
            turned: how it is turned for display; as displayed where nothing is said.
        """
        key = (size, turned)
        if key not in self._known:
            self._known[key] = self._drawn(size, turned)
        return self._known[key]

    def _drawn(self, size: tuple[int, int], turned: Orientation | None) -> Covered:
        width, height = size if turned is None else turned.size(*size)
        drawn = np.zeros((height, width), np.uint8)
        for outline in self.outlines:
            corners = np.array(
                [[round(x * width), round(y * height)] for x, y in outline], np.int32
            )
            cv2.fillPoly(drawn, [corners], 255)
            cv2.polylines(drawn, [corners], isClosed=True, color=255, thickness=_RIM)
        # An outline that crosses itself encloses what it encloses: nothing inside stays open.
        rims, _ = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, rims, -1, 255, cv2.FILLED)
        return np.ascontiguousarray(_as_stored(drawn > 0, turned))


def _as_stored(covered: Covered, turned: Orientation | None) -> Covered:
    """What is masked as displayed, in the picture as stored."""
    if turned is None:
        return covered
    if turned.mirrored_y:
        covered = covered[::-1]
    if turned.mirrored_x:
        covered = covered[:, ::-1]
    return covered.T if turned.transposed else covered
