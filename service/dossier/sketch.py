"""A sketch of where something was: drawn from points that ship, no map and no network.

The province's communes and wards are points somewhere inside them, so the sketch shows directions
and distances, not borders; it says so itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Final

from litterwatch.service.units import units

WIDTH: Final = 640
HEIGHT: Final = 420
"""Of the drawing, in its own units."""

_MARGIN: Final = 46
_NEIGHBOURS: Final = 6
_LEAST_KM: Final = 1.0  # half of the drawing's height on the ground, at least
_KM_OF_DEGREE: Final = 111.32
_LETTER: Final = 8.2  # width of a letter of a name
_BARS: Final = (0.5, 1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Point:
    """A named point of the drawing, x to the east, y to the south.

    Attributes:
        label: x and y of the middle of its name's base line.
    """

    name: str
    x: float
    y: float
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sketch:
    """Where something was.

    Attributes:
        name: of the place.
        latitude, longitude: WGS84, degrees.
        points: the nearest communes and wards.
        bar_km: what the scale bar stands for, km.
        bar: its length in the drawing.
    """

    name: str
    latitude: float
    longitude: float
    points: tuple[Point, ...]
    bar_km: float
    bar: float

    @property
    def centre(self) -> Point:
        return Point(self.name, WIDTH / 2, HEIGHT / 2, _under(WIDTH / 2, HEIGHT / 2))


def sketch_of(name: str, latitude: float, longitude: float) -> Sketch:
    """The place in the middle, the nearest communes and wards round it, north up."""
    east_km = _KM_OF_DEGREE * cos(radians(latitude))
    near = sorted(
        (
            (unit.full_name, (lon - longitude) * east_km, (latitude - lat) * _KM_OF_DEGREE)
            for unit in units()
            for lon, lat in [unit.point]
        ),
        key=lambda each: hypot(each[1], each[2]),
    )[:_NEIGHBOURS]
    wide = max(abs(x) for _, x, _ in near) / (WIDTH / 2 - 2 * _MARGIN)
    high = max(abs(y) for _, _, y in near) / (HEIGHT / 2 - _MARGIN)
    scale = 1 / max(wide, high, _LEAST_KM / (HEIGHT / 2))
    named = [(label, WIDTH / 2 + x * scale, HEIGHT / 2 + y * scale) for label, x, y in near]
    points = _labelled(name, named)
    fitting = [km for km in _BARS if km * scale <= WIDTH / 4] or [_BARS[0]]
    return Sketch(name, latitude, longitude, points, fitting[-1], fitting[-1] * scale)


def _labelled(middle: str, named: Sequence[tuple[str, float, float]]) -> tuple[Point, ...]:
    """Each point with its name where no other name is: above, below, or at a side."""
    taken = [_box(middle, _under(WIDTH / 2, HEIGHT / 2))]
    points = []
    for name, x, y in named:
        half = _LETTER * len(name) / 2
        places = [(x, y - 9), (x, y + 20), (x + half + 9, y + 5), (x - half - 9, y + 5)]
        free = [place for place in places if _is_free(_box(name, place), taken)]
        label = (free or places)[0]
        taken.append(_box(name, label))
        points.append(Point(name, x, y, label))
    return tuple(points)


def _under(x: float, y: float) -> tuple[float, float]:
    return x, y + 27


def _box(name: str, at: tuple[float, float]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of a name."""
    half = _LETTER * len(name) / 2
    return at[0] - half, at[1] - 14, at[0] + half, at[1] + 4


def _is_free(
    box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]
) -> bool:
    left, top, right, bottom = box
    is_inside = left >= 2 and right <= WIDTH - 2 and top >= 2 and bottom <= HEIGHT - 2
    return is_inside and not any(
        left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
        for other in taken
    )
