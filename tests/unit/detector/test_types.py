"""The vocabulary refuses what makes no sense and keeps what it was given."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import (
    ACTOR_LABELS,
    WHOLE_FRAME,
    Detections,
    Frame,
    Image,
    Label,
    Site,
    Track,
    Zone,
    ZoneKind,
)


def frame(image: Image, captured_at: datetime | None = None) -> Frame:
    return Frame("gate", 0, 0.0, captured_at, image, (1920, 1080))


BLACK = np.zeros((360, 640, 3), np.uint8)


def test_a_frame_maps_boxes_to_the_full_picture() -> None:
    made = frame(BLACK, datetime(2026, 1, 1, tzinfo=UTC))
    assert made.size == (640, 360)
    assert made.to_source(Box(10, 20, 30, 40)) == Box(30, 60, 90, 120)


@pytest.mark.parametrize(
    "image",
    [
        BLACK.astype(np.float32),
        BLACK[..., 0],
        np.zeros((360, 640, 4), np.uint8),
        np.zeros((0, 640, 3), np.uint8),
    ],
)
def test_a_frame_refuses_what_is_no_picture(image: Image) -> None:
    with pytest.raises(ValueError, match=r"image must be \(h, w, 3\)"):
        frame(image)


def test_a_frame_refuses_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        frame(BLACK, datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


rows = st.lists(
    st.tuples(
        st.tuples(*[st.integers(0, 600)] * 4).map(lambda v: Box(*map(float, v))),
        st.integers(0, 100).map(lambda v: v / 128),
        st.sampled_from(list(Label)),
    ),
    max_size=8,
)


@given(rows)
def test_detections_keep_their_rows(given_rows: list[tuple[Box, float, Label]]) -> None:
    made = Detections.of(given_rows)
    assert len(made) == len(given_rows)
    assert made.boxes() == [row[0] for row in given_rows]
    assert made.confidence.tolist() == [row[1] for row in given_rows]
    assert made.label.tolist() == [row[2] for row in given_rows]


@given(rows)
def test_labels_part_the_detections(given_rows: list[tuple[Box, float, Label]]) -> None:
    made = Detections.of(given_rows)
    assert sum(len(made.labelled(label)) for label in Label) == len(made)
    actors = made.labelled(*ACTOR_LABELS)
    assert set(actors.label) <= ACTOR_LABELS
    assert len(made.where(np.zeros(len(made), bool))) == 0


def test_no_detection() -> None:
    assert len(Detections.empty()) == 0
    assert Detections.empty().boxes() == []
    assert len(Detections.empty().labelled(Label.WASTE)) == 0


def test_detections_refuse_columns_of_unequal_length() -> None:
    good = Detections.of([(Box(0, 0, 1, 1), 0.5, Label.PERSON)])
    with pytest.raises(ValueError, match="xyxy"):
        Detections(good.xyxy[:, :3], good.confidence, good.label)
    with pytest.raises(ValueError, match="confidence and label"):
        Detections(good.xyxy, np.zeros(2, np.float32), good.label)
    with pytest.raises(ValueError, match="confidence and label"):
        Detections(good.xyxy, good.confidence, np.zeros(0, object))


def test_a_zone_survives_a_change_of_resolution() -> None:
    zone = Zone("kerb", ZoneKind.NO_DUMP, ((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
    assert zone.holds((320, 300), (640, 360))
    assert zone.holds((960, 900), (1920, 1080))
    assert not zone.holds((320, 100), (640, 360))


def test_a_zone_needs_three_corners() -> None:
    with pytest.raises(ValueError, match="at least three corners"):
        Zone("line", ZoneKind.ROAD, ((0.0, 0.0), (1.0, 1.0)))


def test_the_default_site_watches_everything() -> None:
    (zone,) = Site().zones
    assert zone.outline == WHOLE_FRAME
    assert zone.kind is ZoneKind.NO_DUMP
    assert zone.holds((1, 1), (640, 360))


def test_a_track_stands_on_its_foot() -> None:
    track = Track(1, Label.PERSON, Box(10, 20, 30, 90), 0.9, 0.0, 1.0)
    assert track.foot == (20, 90)
