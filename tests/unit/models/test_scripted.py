import numpy as np
import pytest

from litterwatch.detector.errors import ModelError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, Image, Label
from litterwatch.models.scripted import ScriptedDetector

PICTURE: Image = np.zeros((90, 160, 3), np.uint8)
ONE = Detections.of([(Box(10, 10, 30, 50), 0.9, Label.PERSON)])


def test_a_script_is_read_picture_by_picture() -> None:
    detector = ScriptedDetector([ONE, Detections.empty(), ONE])
    counts = [len(found) for found in detector.detect([PICTURE, PICTURE])]
    counts += [len(found) for found in detector.detect([PICTURE, PICTURE])]
    assert counts == [1, 0, 1, 0]
    assert detector.seen == [(160, 90)] * 4


def test_a_script_may_look_at_the_picture() -> None:
    def bright(image: Image) -> Detections:
        return ONE if image.mean() > 100 else Detections.empty()

    detector = ScriptedDetector(bright)
    dark, light = detector.detect([PICTURE, PICTURE + np.uint8(200)])
    assert (len(dark), len(light)) == (0, 1)


def test_boxes_are_cut_at_the_border() -> None:
    wide = Detections.of([(Box(-5, -5, 500, 50), 0.9, Label.WASTE)])
    (found,) = ScriptedDetector([wide]).detect([PICTURE])
    assert found.boxes() == [Box(0, 0, 160, 50)]


def test_a_closed_detector_says_so() -> None:
    detector = ScriptedDetector()
    detector.close()
    detector.close()
    with pytest.raises(ModelError, match="closed"):
        detector.detect([PICTURE])
