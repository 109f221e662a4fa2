"""The map of the province: positions in, places on a sheet out. No tiles, no network.

The sheet is in kilometres, east and south of its corner, by an equirectangular projection about the
middle of the province: over 170 km it is wrong by less than half a per cent, which no map of dots
shows. Boundaries are not drawn: those that are public come without a licence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from litterwatch.service.overview.statistics import Spot
from litterwatch.service.sites.tables import SiteRow
from litterwatch.service.units import Unit, units

_KM_PER_DEGREE: Final = 111.195  # of a great circle, mean radius of the earth 6 371 km
_MARGIN: Final = 9.0  # km round the outermost places
_LETTER: Final = 1.55  # km that a letter of a name takes at the scale of the whole sheet
_LINE: Final = 3.4  # km between two lines of names


@dataclass(frozen=True, slots=True)
class Label:
    """A commune or ward; `is_near` where its name is shown only when looked at closely."""

    unit: Unit
    x: float
    y: float
    is_near: bool


@dataclass(frozen=True, slots=True)
class Pin:
    """A site: `count` events, `radius` in km at the scale of the whole sheet."""

    site: SiteRow
    x: float
    y: float
    count: int
    radius: float


@dataclass(frozen=True, slots=True)
class Atlas:
    """The whole sheet.

    Attributes:
        width, height: km.
        labels: communes and wards.
        pins: sites with a position, the largest first so that small ones lie on top.
        beyond: sites without a position, or with one outside the sheet.
    """

    width: float
    height: float
    labels: Sequence[Label]
    pins: Sequence[Pin]
    beyond: Sequence[SiteRow]


class Sheet:
    """Where positions lie on the sheet of the province."""

    def __init__(self) -> None:
        longitudes = [unit.point[0] for unit in units()]
        latitudes = [unit.point[1] for unit in units()]
        middle = math.radians((min(latitudes) + max(latitudes)) / 2)
        self._east = _KM_PER_DEGREE * math.cos(middle)
        self._west_end, self._north_end = min(longitudes), max(latitudes)
        self.width = (max(longitudes) - self._west_end) * self._east + 2 * _MARGIN
        self.height = (self._north_end - min(latitudes)) * _KM_PER_DEGREE + 2 * _MARGIN

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Kilometres from the upper left corner, WGS84 degrees in."""
        x = (longitude - self._west_end) * self._east + _MARGIN
        y = (self._north_end - latitude) * _KM_PER_DEGREE + _MARGIN
        return round(x, 3), round(y, 3)

    def holds(self, x: float, y: float) -> bool:
        return 0 <= x <= self.width and 0 <= y <= self.height


def atlas(sites: Sequence[SiteRow], spots: Sequence[Spot]) -> Atlas:
    """The map of these sites; `spots` says how many events they have."""
    sheet = Sheet()
    counts = {spot.site.id: spot.count for spot in spots}
    pins, beyond = [], []
    for site in sites:
        if site.latitude is None or site.longitude is None:
            beyond.append(site)
            continue
        x, y = sheet.at(site.longitude, site.latitude)
        if not sheet.holds(x, y):
            beyond.append(site)
            continue
        count = counts.get(site.id, 0)
        pins.append(Pin(site, x, y, count, radius_of(count)))
    pins.sort(key=lambda pin: (-pin.radius, pin.site.id))
    return Atlas(round(sheet.width, 1), round(sheet.height, 1), _labels(sheet), pins, beyond)


def radius_of(count: int) -> float:
    """Of a pin, km: its area grows with the number of events, up to a size that hides no town."""
    return round(min(1.0 + 0.35 * math.sqrt(count), 4.0), 3)


def _labels(sheet: Sheet) -> list[Label]:
    """Names in the order of their codes, wards first; one that would lie on another is near."""
    placed: list[tuple[float, float, float]] = []
    found = []
    for unit in sorted(units(), key=lambda unit: (not unit.is_ward, unit.code)):
        x, y = sheet.at(*unit.point)
        half = len(unit.full_name.split(" ", 1)[1]) * _LETTER / 2
        is_near = any(
            abs(y - other_y) < _LINE and abs(x - other_x) < half + other_half
            for other_x, other_y, other_half in placed
        )
        if not is_near:
            placed.append((x, y, half))
        found.append(Label(unit, x, y, is_near))
    return found
