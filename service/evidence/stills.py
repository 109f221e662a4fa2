"""Pictures of an act as JPEG files: the same picture always gives the same bytes."""

from typing import Final

import cv2

from litterwatch.detector.errors import EvidenceError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image

QUALITY: Final = 95
"""JPEG quality of stills: artefacts stay below what a person sees at full size."""

_MARGIN: Final = 0.15
"""Of the actor's box, shown around it on each side."""


def jpeg(image: Image) -> bytes:
    """A picture (h, w, 3) uint8 BGR as JPEG, without any date or other metadata.

    Raises:
        EvidenceError: the picture cannot be encoded (larger than 65500 px on a side).
    """
    try:
        done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    except cv2.error as error:
        raise EvidenceError("A still could not be written as JPEG.") from error
    if not done:
        raise EvidenceError(
            f"A still of {image.shape[1]}x{image.shape[0]} px is too large for JPEG."
        )
    return encoded.tobytes()


def actor_crop(image: Image, box: Box) -> Image | None:
    """The actor with a little of what is round him; None when the box lies outside.

    Args:
        image: the full picture (h, w, 3).
        box: px of that picture.
    """
    height, width = image.shape[:2]
    if box.clipped(width, height).area < 1:
        return None
    shown = box.grown(_MARGIN * box.width, _MARGIN * box.height).clipped(width, height)
    left, top = int(shown.x1), int(shown.y1)
    return image[top : max(top + 1, round(shown.y2)), left : max(left + 1, round(shown.x2))]
