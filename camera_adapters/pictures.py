"""From a decoded frame to a picture as displayed: size, colours, rotation."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from litterwatch.detector.types import Image

# A stored pixel this many times wider than high, or more, is a wrong entry in the file.
_WIDEST_PIXEL = 4
# And this close to square it is square: 319:320 comes from rounding.
_SQUARE = 0.03


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the stored picture is turned for display: transposed first, then mirrored.

    Attributes:
        transposed: rows and columns change places.
        mirrored_x, mirrored_y: left and right, top and bottom change places afterwards.
    """

    transposed: bool = False
    mirrored_x: bool = False
    mirrored_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise: 0, 90, 180 or 270 (of a mirrored picture: before the mirroring)."""
        if self.transposed:
            return 270 if self.mirrored_y else 90
        return 180 if self.mirrored_x and self.mirrored_y else 0

    def apply(self, image: Image) -> Image:
        """The picture (h, w, 3) as displayed, contiguous."""
        if self.transposed:
            image = image.transpose(1, 0, 2)
        if self.mirrored_x:
            image = image[:, ::-1]
        if self.mirrored_y:
            image = image[::-1]
        return np.ascontiguousarray(image)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) as displayed of a stored picture of that size."""
        return (height, width) if self.transposed else (width, height)


UPRIGHT = Orientation()


def orientation(frame: VideoFrame) -> Orientation:
    """How a frame must be turned, from its display matrix.

    The matrix maps (x, y) to (a x + c y, b x + d y), y down (ISO/IEC 14496-12, 8.3.2). Turns that
    are not by quarters are taken to the nearest.
    """
    # The stubs call it a dictionary; iterating gives the pieces of side data themselves.
    for side_data in cast(Iterable[SideData], frame.side_data):
        if side_data.type == Type.DISPLAYMATRIX:
            a, b, _, c, d = struct.unpack_from("=5i", bytes(side_data))
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Orientation(mirrored_x=a < 0, mirrored_y=d < 0)
            return Orientation(transposed=True, mirrored_x=c < 0, mirrored_y=b < 0)
    return UPRIGHT


def analysis_size(
    width: int, height: int, long_side: int, sample_aspect: Fraction | None = None
) -> tuple[int, int]:
    """(width, height) of the analysis picture of a stored picture, before it is turned.

    Pixels that are not square (older recorders store half the columns or lines) are made square by
    stretching the shorter way, so that people have their true proportions; boxes are mapped back to
    stored pixels by `Frame.to_source`, each way for itself. Apart from that nothing is enlarged.
    """
    wide, high = float(width), float(height)
    aspect = float(sample_aspect or 1)
    if 1 / _WIDEST_PIXEL < aspect < _WIDEST_PIXEL and abs(aspect - 1) > _SQUARE:
        wide *= max(1.0, aspect)
        high *= max(1.0, 1 / aspect)
    scale = min(1.0, long_side / max(wide, high))
    return max(1, round(wide * scale)), max(1, round(high * scale))


class PictureMaker:
    """Makes BGR pictures as displayed of decoded frames, in one step of scaling and colours.

    All pictures have the size of the first, also where the camera changes its resolution within
    the file: what follows compares them pixel by pixel.

    Args:
        long_side: of the analysis picture, px; None: full size, for people to look at.
        sample_aspect: width of a stored pixel through its height, None if unknown or 1.
    """

    def __init__(self, long_side: int | None, sample_aspect: Fraction | None = None) -> None:
        self._long_side = long_side
        self._sample_aspect = sample_aspect
        self._size: tuple[int, int] | None = None
        self._orientation: Orientation | None = None
        self._reformatter = VideoReformatter()
        # Bilinear widens its filter when it shrinks, so nothing aliases; see benchmarks.
        self._interpolation = Interpolation.BILINEAR
        if long_side is None:
            self._interpolation |= Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT

    def make(self, frame: VideoFrame) -> Image:
        """The picture (h, w, 3) uint8 BGR.

        Raises:
            av.error.FFmpegError: the frame's pixel format cannot be converted.
        """
        if self._orientation is None:
            self._orientation = orientation(frame)
        if self._size is None and self._long_side is not None:
            self._size = analysis_size(
                frame.width, frame.height, self._long_side, self._sample_aspect
            )
        width, height = self._size or (frame.width, frame.height)
        converted = self._reformatter.reformat(
            frame, width, height, "bgr24", interpolation=self._interpolation, threads=1
        )
        return self._orientation.apply(np.asarray(converted.to_ndarray(), np.uint8))

    def source_size(self, frame: VideoFrame) -> tuple[int, int]:
        """(width, height) of the full picture as displayed, px; after the first `make`."""
        turned = self._orientation or orientation(frame)
        return turned.size(frame.width, frame.height)
