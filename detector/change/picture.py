"""One analysis picture and the smaller ones made of it, each made once and shared by all stages."""

import cv2

from litterwatch.detector.change.pixels import Bytes, grey, resized
from litterwatch.detector.types import Image


class Picture:
    """A picture (h, w, 3) or (h, w) uint8 and what was made of it so far.

    Shrinking averages over areas, so that noise and fine texture fall away and nothing aliases; it
    costs more than most of what is then done with the result. Whoever gets one of the smaller
    pictures must not write into it.

    Args:
        image: the analysis picture; it must not change any more.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self._small: dict[int, Bytes] = {}
        self._grey: dict[int, Bytes] = {}

    @staticmethod
    def of(image: "Image | Picture") -> "Picture":
        """The picture itself, or a new one round an image."""
        return image if isinstance(image, Picture) else Picture(image)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height), px."""
        return self.image.shape[1], self.image.shape[0]

    def small(self, long_side: int) -> Bytes:
        """The picture with that long side, px; never enlarged."""
        if long_side not in self._small:
            size = small_size(self.size, long_side)
            self._small[long_side] = resized(self.image, size, cv2.INTER_AREA)
        return self._small[long_side]

    def small_grey(self, long_side: int) -> Bytes:
        """The same as grey (h, w)."""
        if long_side not in self._grey:
            small = self.small(long_side)
            self._grey[long_side] = grey(small) if small.ndim == 3 else small
        return self._grey[long_side]


def small_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """(width, height) of a picture of that size, px, shrunk to a long side; never enlarged."""
    factor = min(1.0, long_side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
