"""What tells who somebody is, is hidden; what he is, is left."""

import numpy as np
import pytest

from litterwatch.detector.geometry import Box, covered_share
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.labelling.records import LabelledBox
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.labels.covering import identifying, with_nobody_known

TALL, STOOPED, WIDE = Box(100, 50, 140, 170), Box(100, 50, 160, 140), Box(60, 60, 160, 160)
FACE = Box(110, 52, 130, 75)


def noise() -> Image:
    return np.random.default_rng(3).integers(0, 256, (240, 320, 3)).astype(np.uint8)


def spread(image: Image, box: Box) -> float:
    """How much a region varies: a mosaic of noise is nearly even."""
    x1, y1, x2, y2 = (int(value) for value in box)
    return float(image[y1:y2, x1:x2].std())


@pytest.mark.parametrize("box", [TALL, STOOPED, WIDE])
@pytest.mark.parametrize("label", [Label.PERSON, Label.TWO_WHEELER])
def test_a_head_is_hidden_however_somebody_stands(box: Box, label: Label) -> None:
    head = Box(box.x1, box.y1, box.x2, box.y1 + box.height / 5)
    assert any(covered_share(head, region) == 1 for region, _ in identifying(box, label))


@pytest.mark.parametrize("label", [Label.VEHICLE, Label.TWO_WHEELER])
@pytest.mark.parametrize("box", [TALL, STOOPED, WIDE])
def test_a_plate_is_hidden(box: Box, label: Label) -> None:
    plate = Box(box.x1, box.y2 - box.height / 3, box.x2, box.y2)
    assert any(covered_share(plate, region) == 1 for region, _ in identifying(box, label))


def test_of_somebody_upright_most_is_left() -> None:
    ((region, tiles),) = identifying(TALL, Label.PERSON)
    assert covered_share(TALL, region) <= 0.25
    assert tiles <= 4


def test_seen_by_the_detector_or_drawn_by_somebody_both_are_hidden() -> None:
    image = noise()
    detector = ScriptedDetector([Detections.of([(TALL, 0.13, Label.PERSON)])])
    drawn = [
        LabelledBox(Box(200, 50, 230, 150), Label.PERSON, is_sure=False),
        LabelledBox(Box(10, 10, 60, 60), Label.WASTE),
    ]
    before = image.copy()
    copy = with_nobody_known(image, drawn, detector)
    assert np.array_equal(image, before)
    assert spread(copy, FACE) < 0.5 * spread(image, FACE)
    other = Box(205, 52, 225, 70)
    assert spread(copy, other) < 0.5 * spread(image, other)
    waste = Box(10, 10, 60, 60)
    assert spread(copy, waste) == spread(image, waste)
    feet = Box(105, 130, 135, 168)
    assert spread(copy, feet) == spread(image, feet)


def test_who_is_hardly_seen_is_hidden_and_what_is_noise_is_not() -> None:
    image = noise()
    for confidence, is_hidden in ((0.12, True), (0.11, False)):
        detector = ScriptedDetector([Detections.of([(TALL, confidence, Label.PERSON)])])
        copy = with_nobody_known(image, [], detector)
        assert (not np.array_equal(copy, image)) is is_hidden
