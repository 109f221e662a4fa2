"""How one picture lies over another: a similarity, and what is done with it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image

Matrix = NDArray[np.float64]

IDENTITY: Matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How one picture lies over the anchor.

    Attributes:
        to_anchor: (2, 3) similarity from picture px to anchor px (analysis size).
        still: whether the picture need not be warped.
        trusted: whether enough points agreed; when not, `to_anchor` is the last one known.
        restarted: whether the view was lost and this picture became the new anchor.
        shift: length of the shift of the picture's centre against the anchor, analysis px.
    """

    to_anchor: Matrix
    still: bool
    trusted: bool
    restarted: bool
    shift: float

    def laid_over(self, image: Image) -> Image:
        """The picture in anchor coordinates; what was never seen repeats the border."""
        if self.still:
            return image
        size = (image.shape[1], image.shape[0])
        laid: Image = np.asarray(
            cv2.warpAffine(
                image, self.to_anchor, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            ),
            np.uint8,
        )
        return laid

    def unseen(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """(h, w) where the anchor view of (width, height) lies outside this picture."""
        width, height = size
        if self.still:
            return np.zeros((height, width), bool)
        seen = cv2.warpAffine(
            np.full((height, width), 255, np.uint8), self.to_anchor, size, flags=cv2.INTER_NEAREST
        )
        return np.asarray(seen == 0)

    def box_to_anchor(self, box: Box) -> Box:
        """A box of the picture in anchor coordinates (axis-aligned: turns are small)."""
        return _moved(box, self.to_anchor)

    def box_to_picture(self, box: Box) -> Box:
        """A box of the anchor view in picture coordinates."""
        return _moved(box, inverse(self.to_anchor))

    def towards(self, later: "Motion", share: float) -> "Motion":
        """How a picture between two lay, that share (0..1) of the time after this one."""
        return Motion(
            to_anchor=(1 - share) * self.to_anchor + share * later.to_anchor,
            still=self.still and later.still,
            trusted=self.trusted and later.trusted,
            restarted=False,
            shift=(1 - share) * self.shift + share * later.shift,
        )


def _moved(box: Box, matrix: Matrix) -> Box:
    """The box with its centre moved and its sides scaled by a similarity."""
    x, y = box.centre
    centre = matrix @ np.array([x, y, 1.0])
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    half_width, half_height = box.width * scale / 2, box.height * scale / 2
    return Box(
        float(centre[0]) - half_width,
        float(centre[1]) - half_height,
        float(centre[0]) + half_width,
        float(centre[1]) + half_height,
    )


def product(outer: Matrix, inner: Matrix) -> Matrix:
    """`outer` after `inner`, both (2, 3)."""
    rows: Matrix = np.vstack([outer, [0, 0, 1]]) @ np.vstack([inner, [0, 0, 1]])
    return rows[:2]


def inverse(matrix: Matrix) -> Matrix:
    """The way back, (2, 3)."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def applied(matrix: Matrix, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points (n, 1, 2) taken through it; none stay none."""
    if len(points) == 0:
        return points
    return np.asarray(cv2.transform(points, matrix), np.float32)
