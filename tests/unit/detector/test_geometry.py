"""Properties of boxes, and of polygons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.geometry import (
    Box,
    contains,
    covered_share,
    distance,
    gap,
    intersection_area,
    iou,
    iou_matrix,
)

numbers = st.integers(-200, 800).map(float)
sides = st.integers(0, 400).map(float)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(numbers), draw(numbers)
    return Box(x, y, x + draw(sides), y + draw(sides))


@given(boxes(), boxes())
def test_overlap_is_symmetric_and_bounded(a: Box, b: Box) -> None:
    assert iou(a, b) == iou(b, a)
    assert 0 <= iou(a, b) <= 1
    assert intersection_area(a, b) <= min(a.area, b.area)
    assert 0 <= covered_share(a, b) <= 1


@given(boxes())
def test_a_box_overlaps_itself_wholly(a: Box) -> None:
    expected = 1.0 if a.area else 0.0
    assert iou(a, a) == expected
    assert covered_share(a, a) == expected
    assert gap(a, a) == 0


@given(boxes(), boxes())
def test_boxes_overlap_or_have_a_gap_never_both(a: Box, b: Box) -> None:
    if intersection_area(a, b) > 0:
        assert gap(a, b) == 0
    if gap(a, b) > 0:
        assert iou(a, b) == 0
    assert gap(a, b) == gap(b, a)
    assert gap(a, b) <= distance(a.centre, b.centre)


@given(st.lists(boxes(), max_size=5), st.lists(boxes(), max_size=5))
def test_the_matrix_is_the_pairs(a: list[Box], b: list[Box]) -> None:
    matrix = iou_matrix(
        np.array(a, np.float32).reshape(-1, 4), np.array(b, np.float32).reshape(-1, 4)
    )
    assert matrix.shape == (len(a), len(b))
    assert matrix.dtype == np.float32
    for i, first in enumerate(a):
        for j, second in enumerate(b):
            assert matrix[i, j] == pytest.approx(iou(first, second), abs=1e-5)


@given(boxes(), boxes())
def test_the_join_holds_both(a: Box, b: Box) -> None:
    whole = a.joined(b)
    assert whole == b.joined(a)
    assert intersection_area(whole, a) == a.area
    assert intersection_area(whole, b) == b.area


@given(boxes())
def test_clipping_stays_inside_and_is_idempotent(a: Box) -> None:
    inside = a.clipped(640, 360)
    assert 0 <= inside.x1 <= inside.x2 <= 640
    assert 0 <= inside.y1 <= inside.y2 <= 360
    assert inside.clipped(640, 360) == inside
    assert inside.area == intersection_area(a, Box(0, 0, 640, 360))


@given(boxes(), st.sampled_from([0.25, 0.5, 2.0, 4.0]), st.sampled_from([0.5, 1.0, 2.0]))
def test_scaling_there_and_back(a: Box, fx: float, fy: float) -> None:
    scaled = a.scaled(fx, fy)
    assert scaled.area == a.area * fx * fy
    assert scaled.scaled(1 / fx, 1 / fy) == a


@given(boxes(), st.integers(0, 50), st.integers(0, 50))
def test_growing_and_shrinking(a: Box, dx: int, dy: int) -> None:
    grown = a.grown(dx, dy)
    assert grown.centre == a.centre
    assert grown.grown(-dx, -dy) == a
    assert grown.width == a.width + 2 * dx


@given(boxes())
def test_names_of_places(a: Box) -> None:
    assert a.foot == (a.centre[0], a.y2)
    assert a.xywh() == (a.x1, a.y1, a.width, a.height)


def test_a_box_turned_inside_out_is_empty() -> None:
    inside_out = Box(10, 10, 5, 5)
    assert (inside_out.width, inside_out.height, inside_out.area) == (0, 0, 0)


def test_the_gap_is_the_shortest_way() -> None:
    assert gap(Box(0, 0, 10, 10), Box(13, 14, 20, 20)) == 5
    assert gap(Box(0, 0, 10, 10), Box(2, 17, 5, 20)) == 7


@given(boxes(), st.tuples(numbers, numbers))
def test_a_rectangle_contains_what_lies_in_it(a: Box, point: tuple[float, float]) -> None:
    outline = [(a.x1, a.y1), (a.x2, a.y1), (a.x2, a.y2), (a.x1, a.y2)]
    x, y = point
    if a.x1 < x < a.x2 and a.y1 < y < a.y2:
        assert contains(outline, point)
    if x < a.x1 or x > a.x2 or y < a.y1 or y > a.y2:
        assert not contains(outline, point)


def test_a_hollow_is_outside() -> None:
    horseshoe = [(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)]
    assert contains(horseshoe, (1.5, 5))
    assert contains(horseshoe, (7.5, 5))
    assert not contains(horseshoe, (4.5, 5))


def test_part_of_the_way_to_another_box() -> None:
    a, b = Box(0, 0, 10, 10), Box(20, 40, 50, 60)
    assert (a.towards(b, 0), a.towards(b, 1)) == (a, b)
    assert a.towards(b, 0.5) == Box(10, 20, 30, 35)
