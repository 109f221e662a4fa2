"""SITE.toml: what an operator knows about the place a camera watches.

The format is described in docs/reference/site-file.md. A file is refused whole: an unknown key, a
value out of range or a zone with two corners is an error that names the file, the key and what is
allowed, because a zone that is silently ignored is a camera that silently does not watch.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeGuard

from litterwatch.detector.errors import ConfigError
from litterwatch.detector.geometry import Point
from litterwatch.detector.types import Round, Site, Zone, ZoneKind

SITE_KEYS: Final = ("id", "person_height")
ZONE_KEYS: Final = ("id", "kind", "outline", "permitted", "min_object", "rounds")
ROUND_KEYS: Final = ("days", "hours", "on_days_off")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_OF_A_DAY: Final = 24 * 60
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def load_site(path: Path) -> Site:
    """Read a site file.

    Raises:
        ConfigError: the file cannot be read or says something that is not allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check --site.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not a text file in UTF-8; save it as UTF-8.") from error
    return read_site(text, str(path))


def read_site(text: str, name: str) -> Site:
    """Understand the text of a site file.

    Args:
        text: TOML.
        name: of the file, for complaints.

    Raises:
        ConfigError: it says something that is not allowed.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not valid TOML: {error}.") from error
    return site_from(document, name)


def site_from(document: Mapping[str, object], name: str) -> Site:
    """A site from the tables of a site file.

    Args:
        document: as TOML gives it.
        name: what every complaint begins with.

    Raises:
        ConfigError: it says something that is not allowed.
    """
    return _SiteReader(name).site(document)


class _SiteReader:
    """Turns the tables of one file into a `Site`; every complaint begins with the file's name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def site(self, document: Mapping[str, object]) -> Site:
        self._only_known(document, ("site", "zone"), "")
        head = self._table(document.get("site", {}), "[site]")
        self._only_known(head, SITE_KEYS, "[site]")
        default = Site()
        site_id = self._text(head.get("id", default.id), "site.id")
        heights = self._heights(head.get("person_height", []))
        zones = self._zones(document.get("zone", []))
        if all(zone.kind is ZoneKind.MASK for zone in zones):
            zones += default.zones  # masks alone do not say that nothing is watched
        return Site(site_id, zones, heights)

    def _zones(self, value: object) -> tuple[Zone, ...]:
        if not isinstance(value, list):
            raise self._wrong("zone", "write each zone as a table headed [[zone]]")
        zones = tuple(self._zone(entry, index) for index, entry in enumerate(value, start=1))
        seen: set[str] = set()
        for zone in zones:
            if zone.id in seen:
                raise self._wrong("zone.id", f"two zones are called {zone.id!r}; rename one")
            seen.add(zone.id)
        return zones

    def _zone(self, value: object, number: int) -> Zone:
        where = f"zone {number}"
        table = self._table(value, where)
        self._only_known(table, ZONE_KEYS, where)
        for key in ("id", "kind", "outline"):
            if key not in table:
                raise self._wrong(f"{where}: {key}", "is missing; every zone needs it")
        zone_id = self._text(table["id"], f"{where}: id")
        where = f"zone {zone_id!r}"
        kind = self._kind(table["kind"], f"{where}: kind")
        rounds = self._rounds(table.get("rounds", []), f"{where}: rounds")
        if rounds and kind is not ZoneKind.COLLECTION_POINT:
            raise self._wrong(f"{where}: rounds", "belong to a collection_point")
        return Zone(
            id=zone_id,
            kind=kind,
            outline=self._outline(table["outline"], f"{where}: outline"),
            permitted=self._permitted(table.get("permitted", []), f"{where}: permitted"),
            min_object=self._min_object(table.get("min_object", 0.01), f"{where}: min_object"),
            rounds=rounds,
        )

    def _kind(self, value: object, key: str) -> ZoneKind:
        allowed = [kind.value for kind in ZoneKind]
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(key, f"{value!r} is not a kind; use one of {', '.join(allowed)}")
        return ZoneKind(value)

    def _outline(self, value: object, key: str) -> tuple[Point, ...]:
        rule = (
            "must be three or more corners [x, y], each from 0 (left, top) to 1 (right, bottom) "
            "of the picture, such as [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]"
        )
        if not isinstance(value, list) or len(value) < 3:
            raise self._wrong(key, rule)
        return tuple(self._pair(corner, key, rule) for corner in value)

    def _heights(self, value: object) -> tuple[tuple[float, float], ...]:
        key = "site.person_height"
        rule = (
            "must be a list of [y of the feet, height of a person], both as shares of the "
            "picture's height from 0 to 1, such as [[0.4, 0.12], [0.9, 0.45]]"
        )
        if not isinstance(value, list):
            raise self._wrong(key, rule)
        hints = tuple(self._pair(hint, key, rule) for hint in value)
        if any(height <= 0 for _, height in hints):
            raise self._wrong(key, rule)
        return hints

    def _permitted(self, value: object, key: str) -> tuple[tuple[int, int], ...]:
        rule = 'must be a list of local hours such as ["06:00-08:00", "17:30-19:00"]'
        if not isinstance(value, list):
            raise self._wrong(key, rule)
        return tuple(span for text in value for span in self._hours(text, key, rule))

    def _rounds(self, value: object, key: str) -> tuple[Round, ...]:
        rule = 'must be a list such as [{ days = ["mon", "thu"], hours = "05:00-06:30" }]'
        if not isinstance(value, list):
            raise self._wrong(key, rule)
        return tuple(self._round(entry, f"{key} {n}") for n, entry in enumerate(value, start=1))

    def _round(self, value: object, where: str) -> Round:
        table = self._table(value, where)
        self._only_known(table, ROUND_KEYS, where)
        days, is_always = table.get("days"), table.get("on_days_off", False)
        if not isinstance(days, list) or not days or any(day not in WEEKDAYS for day in days):
            raise self._wrong(f"{where}: days", f"must name some of {', '.join(WEEKDAYS)}")
        if not isinstance(is_always, bool):
            raise self._wrong(f"{where}: on_days_off", "must be true or false")
        hours = table.get("hours")
        rule = 'must be local hours such as "05:00-06:30"'
        start, end = self._span(hours, f"{where}: hours", rule)
        if start == _MINUTES_OF_A_DAY:
            raise self._wrong(f"{where}: hours", rule)
        if end <= start:
            end += _MINUTES_OF_A_DAY  # over midnight: it belongs to the day on which it begins
        weekdays = tuple(sorted({WEEKDAYS.index(day) for day in days}))
        return Round(weekdays, start, end, is_always)

    def _hours(self, value: object, key: str, rule: str) -> list[tuple[int, int]]:
        start, end = self._span(value, key, rule)
        if start < end:
            return [(start, end)]
        # Over midnight: two spans, so that nobody downstream has to think of it again.
        return [(start, _MINUTES_OF_A_DAY)] + ([(0, end)] if end else [])

    def _span(self, value: object, key: str, rule: str) -> tuple[int, int]:
        """(start, end) in minutes of the day; an end before the start is that of the next day."""
        found = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise self._wrong(key, rule)
        hour_1, minute_1, hour_2, minute_2 = (int(part) for part in found.groups())
        start, end = hour_1 * 60 + minute_1, hour_2 * 60 + minute_2
        is_clock = max(minute_1, minute_2) < 60 and max(start, end) <= _MINUTES_OF_A_DAY
        if not is_clock or start == end:
            raise self._wrong(key, f"{value!r} is not a span of hours; it {rule}")
        return start, end

    def _min_object(self, value: object, key: str) -> float:
        if not _is_number(value) or not 0 < value <= 1:
            raise self._wrong(
                key,
                "must be a number above 0, at most 1: area as a share of a squared person height",
            )
        return float(value)

    def _pair(self, value: object, key: str, rule: str) -> tuple[float, float]:
        if not isinstance(value, list) or len(value) != 2:
            raise self._wrong(key, rule)
        x, y = value
        if not _is_number(x) or not _is_number(y) or not (0 <= x <= 1 and 0 <= y <= 1):
            raise self._wrong(key, rule)
        return float(x), float(y)

    def _text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "must be a text that is not empty")
        return value

    def _table(self, value: object, where: str) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self._wrong(where, "must be a table")
        return value

    def _only_known(
        self, table: Mapping[str, object], allowed: tuple[str, ...], where: str
    ) -> None:
        for key in table:
            if key not in allowed:
                place = f"{where}: {key}" if where else key
                raise self._wrong(place, f"is not known; allowed here: {', '.join(allowed)}")

    def _wrong(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._name}: {key} {what}.")


def _is_number(value: object) -> TypeGuard[int | float]:
    """Whether TOML gave a number (booleans are integers to Python, not to an operator)."""
    return isinstance(value, int | float) and not isinstance(value, bool)
