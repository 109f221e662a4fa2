import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box, FloatArray, iou
from litterwatch.detector.types import Detections, Label
from litterwatch.models.letterbox import placement
from litterwatch.models.postprocess import (
    CONFIDENCE_FLOOR,
    MAX_DETECTIONS,
    NMS_IOU,
    ClassMap,
    detections,
    suppressed,
)

OURS = ClassMap.of(list(Label))
PLACE = placement(640, 384, 640)  # px of the picture are px of the input
Row = tuple[float, float, float, float, Label, float]


def raw_of(rows: list[Row], classes: int = len(Label), anchors: int = 50) -> FloatArray:
    """A network's raw output with these boxes (x1, y1, x2, y2, label, confidence)."""
    raw = np.zeros((4 + classes, max(anchors, len(rows))), np.float32)
    for column, (x1, y1, x2, y2, label, confidence) in enumerate(rows):
        raw[:4, column] = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        raw[4 + list(Label).index(label), column] = confidence
    return raw


def judged(rows: list[Row]) -> Detections:
    return detections(raw_of(rows), OURS, PLACE)


def test_boxes_come_most_confident_first_in_px_of_the_picture() -> None:
    found = detections(
        raw_of([(10, 22, 30, 62, Label.BIN, 0.4), (100, 112, 140, 212, Label.PERSON, 0.9)]),
        OURS,
        placement(1280, 720, 640),
    )
    assert list(found.label) == [Label.PERSON, Label.BIN]
    assert np.allclose(found.xyxy, [[200, 200, 280, 400], [20, 20, 60, 100]])
    assert np.allclose(found.confidence, [0.9, 0.4])


@pytest.mark.parametrize(
    ("confidence", "count"),
    [(CONFIDENCE_FLOOR, 1), (np.nextafter(np.float32(CONFIDENCE_FLOOR), np.float32(0)), 0)],
)
def test_boxes_below_the_floor_are_dropped(confidence: float, count: int) -> None:
    assert len(judged([(10, 10, 50, 90, Label.PERSON, confidence)])) == count


def test_an_output_of_noise_gives_no_detection() -> None:
    found = judged([])
    assert len(found) == 0
    assert found.xyxy.shape == (0, 4)


def test_the_less_confident_of_two_boxes_of_one_person_goes() -> None:
    found = judged(
        [(10, 10, 50, 90, Label.PERSON, 0.5), (11, 10, 51, 90, Label.PERSON, 0.8)],
    )
    assert found.confidence.tolist() == pytest.approx([0.8])


def test_a_rider_and_his_motorbike_both_stay() -> None:
    same = (10, 10, 50, 90)
    found = judged([(*same, Label.PERSON, 0.8), (*same, Label.TWO_WHEELER, 0.7)])
    assert set(found.label) == {Label.PERSON, Label.TWO_WHEELER}


def test_a_heap_is_waste_or_overflow_and_not_both() -> None:
    same = (10, 10, 50, 90)
    found = judged(
        [
            (*same, Label.WASTE, 0.5),
            (*same, Label.OVERFLOW, 0.7),
            (*same, Label.BIN, 0.6),
        ]
    )
    assert list(found.label) == [Label.OVERFLOW, Label.BIN]


def test_a_box_wholly_in_the_padding_is_dropped() -> None:
    place = placement(640, 360, 640)
    found = detections(raw_of([(10, 0, 50, 11, Label.WASTE, 0.9)]), OURS, place)
    assert len(found) == 0


def test_an_anchor_gives_its_best_class_only() -> None:
    raw = raw_of([(10, 10, 50, 90, Label.PERSON, 0.6)])
    raw[4 + list(Label).index(Label.VEHICLE), 0] = 0.5
    assert list(detections(raw, OURS, PLACE).label) == [Label.PERSON]


def test_classes_that_mean_nothing_to_us_are_not_seen() -> None:
    classes = ClassMap.of([Label.PERSON, None, Label.VEHICLE, None])
    raw = raw_of([], classes=4)
    raw[:4, :3] = np.array([[50, 50, 20, 20], [150, 50, 20, 20], [250, 50, 20, 20]]).T
    raw[4, 0], raw[5, 1], raw[6, 2] = 0.5, 0.9, 0.4
    assert list(detections(raw, classes, PLACE).label) == [Label.PERSON, Label.VEHICLE]


def test_several_classes_may_share_a_label() -> None:
    classes = ClassMap.of([Label.VEHICLE, Label.VEHICLE])
    raw = raw_of([], classes=2)
    raw[:4, :2] = np.array([[50, 50, 20, 20], [50, 50, 20, 20]]).T
    raw[4, 0], raw[5, 1] = 0.5, 0.6
    found = detections(raw, classes, PLACE)
    assert found.confidence.tolist() == pytest.approx([0.6])


def test_a_network_without_any_known_class_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one class"):
        ClassMap.of([None, None])


def test_the_number_of_boxes_is_bounded() -> None:
    rows: list[Row] = [
        (x * 8.0, y * 8.0, x * 8.0 + 8, y * 8.0 + 8, Label.WASTE, 0.2 + 0.0005 * x)
        for x in range(40)
        for y in range(40)
    ]
    found = judged(rows)
    assert len(found) == MAX_DETECTIONS
    assert found.confidence.min() > 0.2


boxes = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.integers(0, 60),
        st.integers(5, 40),
        st.integers(5, 40),
        st.integers(0, 2),
        st.integers(1, 1000),
    ),
    max_size=30,
    unique_by=lambda row: row[5],  # equal confidences may be taken in either order
)


@given(boxes)
def test_suppression_is_the_greedy_rule(rows: list[tuple[int, ...]]) -> None:
    xyxy = np.array([(x, y, x + w, y + h) for x, y, w, h, _, _ in rows], np.float32).reshape(-1, 4)
    confidence = np.array([row[5] / 1000 for row in rows], np.float32)
    groups = np.array([row[4] for row in rows], np.intp)
    expected: list[int] = []
    for index in sorted(range(len(rows)), key=lambda i: -rows[i][5]):
        others = [o for o in expected if groups[o] == groups[index]]
        if all(iou(Box(*xyxy[index]), Box(*xyxy[o])) <= NMS_IOU for o in others):
            expected.append(index)
    assert suppressed(xyxy, confidence, groups).tolist() == expected
