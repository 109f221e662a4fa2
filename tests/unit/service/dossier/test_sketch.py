"""The sketch of a place: north up, to scale, every name readable."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.service.dossier.sketch import HEIGHT, WIDTH, Sketch, sketch_of
from litterwatch.service.units import units

LETTER = 8.2


def boxes(sketch: Sketch) -> list[tuple[float, float, float, float]]:
    found = []
    for point in (*sketch.points, sketch.centre):
        half = LETTER * len(point.name) / 2
        x, y = point.label
        found.append((x - half, y - 14, x + half, y + 4))
    return found


def test_the_place_is_in_the_middle_and_north_is_up() -> None:
    sketch = sketch_of("chân cầu", 22.6657, 106.2579)
    assert (sketch.centre.x, sketch.centre.y) == (WIDTH / 2, HEIGHT / 2)
    assert len(sketch.points) == 6
    by_name = {unit.full_name: unit.point for unit in units()}
    for point in sketch.points:
        longitude, latitude = by_name[point.name]
        assert (point.x > WIDTH / 2) == (longitude > sketch.longitude)
        assert (point.y < HEIGHT / 2) == (latitude > sketch.latitude)


def test_the_bar_is_as_long_as_it_says() -> None:
    sketch = sketch_of("chân cầu", 22.6657, 106.2579)
    north = sketch_of("bắc", 22.6657 + 1 / 111.32, 106.2579)
    km = sketch.bar / sketch.bar_km
    (here,) = [p for p in sketch.points if p.name == sketch.points[0].name]
    moved = [p for p in north.points if p.name == here.name]
    assert moved
    scale = north.bar / north.bar_km
    assert (moved[0].y - HEIGHT / 2) / scale - (here.y - HEIGHT / 2) / km == pytest.approx(
        1, abs=0.01
    )


@given(st.floats(22.4, 23.1), st.floats(105.3, 106.9))
def test_everything_lies_in_the_drawing(latitude: float, longitude: float) -> None:
    sketch = sketch_of("nơi", latitude, longitude)
    assert all(0 <= point.x <= WIDTH and 0 <= point.y <= HEIGHT for point in sketch.points)
    assert 0 < sketch.bar <= WIDTH / 2


def test_no_name_covers_another_where_there_is_room() -> None:
    for one, other in combinations(boxes(sketch_of("chân cầu", 22.6657, 106.2579)), 2):
        is_apart = (
            one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        )
        assert is_apart
