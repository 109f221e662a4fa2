"""Boxes, their files, and which of two labels stands."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.errors import ConfigError
from litterwatch.models.data.labels import (
    BIN,
    NONE,
    PERSON,
    VEHICLE,
    WASTE,
    Boxes,
    iou,
    merged,
    read_labels,
    seen_in,
    written,
)

THRESHOLDS = {0: 0.33, 1: 0.25, 2: 0.3}


def boxes(*rows: tuple[float, ...]) -> Boxes:
    return np.array(rows, np.float32)


def test_written_labels_are_read_back(tmp_path: Path) -> None:
    original = boxes((WASTE, 0.1, 0.2, 0.5, 0.6), (BIN, 0.0, 0.0, 1.0, 1.0))
    file = tmp_path / "a.txt"
    file.write_text(written(original))
    again = read_labels(file, {3: 3, 4: 4})
    np.testing.assert_allclose(again, original, atol=1e-5)


@pytest.mark.parametrize("line", ["9 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0.1 0.9"])
def test_a_line_that_is_no_box_of_a_known_class_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f"\n{line}\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_labels(file, {0: 3})


def test_an_empty_file_has_no_boxes(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("")
    assert read_labels(file, {}).shape == (0, 5)


def test_a_person_the_network_proposes_is_added() -> None:
    waste = boxes((WASTE, 0.5, 0.5, 0.9, 0.9))
    person = boxes((PERSON, 0.1, 0.1, 0.2, 0.6, 0.4))
    assert merged(waste, person, THRESHOLDS)[:, 0].tolist() == [WASTE, PERSON]


def test_a_weak_proposal_is_left_out() -> None:
    person = boxes((PERSON, 0.1, 0.1, 0.2, 0.6, 0.32))
    assert len(merged(NONE, person, THRESHOLDS)) == 0


def test_waste_wins_over_a_proposal_at_the_same_place() -> None:
    waste = boxes((WASTE, 0.5, 0.5, 0.9, 0.9))
    person = boxes((PERSON, 0.5, 0.5, 0.9, 0.85, 0.9))
    assert merged(waste, person, THRESHOLDS)[:, 0].tolist() == [WASTE]


def test_a_car_seen_in_a_heap_is_left_out_and_a_sure_person_before_it_stays() -> None:
    heap = boxes((WASTE, 0.0, 0.0, 1.0, 1.0))
    proposals = boxes(
        (VEHICLE, 0.1, 0.1, 0.3, 0.3, 0.9),
        (PERSON, 0.4, 0.4, 0.5, 0.6, 0.4),
        (PERSON, 0.6, 0.4, 0.7, 0.6, 0.8),
    )
    kept = merged(heap, proposals, THRESHOLDS)
    assert kept[:, 0].tolist() == [WASTE, PERSON]
    assert kept[1, 1] == pytest.approx(0.6)


def test_a_window_moves_boxes_and_drops_what_is_mostly_outside() -> None:
    all_boxes = boxes((WASTE, 0.5, 0.5, 0.7, 0.7), (BIN, 0.0, 0.5, 0.55, 0.7))
    inside = seen_in(all_boxes, (0.5, 0.5, 1.0, 1.0))
    np.testing.assert_allclose(inside, [[WASTE, 0.0, 0.0, 0.4, 0.4]], atol=1e-6)


@given(st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4))
def test_iou_of_a_box_with_itself_is_one_and_never_more(corners: list[float]) -> None:
    left, right = sorted(corners[:2])
    top, bottom = sorted(corners[2:])
    box = boxes((WASTE, left, top, right, bottom))
    value = float(iou(box, box)[0, 0])
    assert 0 <= value <= 1 + 1e-5
    if (right - left) * (bottom - top) > 1e-3:
        assert value == pytest.approx(1, abs=1e-3)
