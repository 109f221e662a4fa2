"""What tells who somebody is, hidden; what he is, left to be seen.

A detector must still learn that there is a person or a car: of somebody upright the head is hidden,
of a vehicle its lower half, where the plate is, of a two-wheeler both. Who stoops so far that his
box is nearly as wide as high is hidden whole. Measured in
docs/decisions/0087-pictures-for-training.md.
"""

from collections.abc import Iterable
from typing import Final

from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import ACTOR_LABELS, Image, Label
from litterwatch.labelling.records import LabelledBox
from litterwatch.service.evidence.blur import CONFIDENCE, covered

_LOW: Final = 1.2  # height over width below which nobody knows where the head is
_UPRIGHT: Final = 2.0  # the same from which it is on top
_HEAD: Final = 0.25  # share of the height, from above
_STOOPED_HEAD: Final = 0.4
_PLATE: Final = 0.5  # share of the height, from below
_MARGIN: Final = 0.05  # of the region, hidden around it
_HEAD_TILES: Final = 4
_PLATE_TILES: Final = 16  # along the longer side: four across a plate seen from the front
_WHOLE_TILES: Final = 8

Hidden = tuple[Box, int]
"""A region, and the tiles of the mosaic along its longer side."""


def with_nobody_known(
    image: Image, drawn: Iterable[LabelledBox], detector: ObjectDetector
) -> Image:
    """A copy in which everybody is hidden whom the detector sees or somebody drew.

    Args:
        image: (h, w, 3) uint8 BGR.
        drawn: boxes of people who looked at it, px.
        detector: sees the others.

    Raises:
        ModelError: the detector failed.
    """
    (found,) = detector.detect([image])
    seen = found.where(found.confidence >= CONFIDENCE).labelled(*ACTOR_LABELS)
    actors = list(zip(seen.boxes(), seen.label, strict=True))
    actors += [(each.box, each.label) for each in drawn if each.label in ACTOR_LABELS]
    copy = image
    for box, label in actors:
        for region, tiles in identifying(box, label):
            copy = covered(copy, [region], tiles, margin=_MARGIN, least=1.0)
    return copy


def identifying(box: Box, label: Label) -> list[Hidden]:
    """The parts of an actor that tell who it is: face, plate."""
    if label is Label.VEHICLE:
        return [(_lower(box), _PLATE_TILES)]
    if box.height < _LOW * box.width:
        return [(box, _WHOLE_TILES if label is Label.PERSON else _PLATE_TILES)]
    share = _HEAD if box.height >= _UPRIGHT * box.width else _STOOPED_HEAD
    head = Box(box.x1, box.y1, box.x2, box.y1 + share * box.height)
    hidden = [(head, _HEAD_TILES)]
    return hidden if label is Label.PERSON else [*hidden, (_lower(box), _PLATE_TILES)]


def _lower(box: Box) -> Box:
    return Box(box.x1, box.y2 - _PLATE * box.height, box.x2, box.y2)
