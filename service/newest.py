"""Lists with the newest first, a page at a time: where a page begins, also in an address."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True, slots=True)
class NewestPlace:
    """Where in such a list something stands: pages begin behind one."""

    at: datetime
    id: str


def place_in(text: str) -> NewestPlace:
    """What `written` wrote; a moment without an offset is UTC.

    Raises:
        ValueError, OverflowError: this is no place.
    """
    moment, _, identifier = text.partition("~")
    at = datetime.fromisoformat(moment)
    return NewestPlace(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), identifier)


def written(place: NewestPlace | None) -> str | None:
    """For the address of the next page."""
    return None if place is None else f"{place.at.isoformat()}~{place.id}"


def is_behind(
    place: NewestPlace, at: InstrumentedAttribute[Any], identifier: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Of rows in descending order of both columns, those that come after a place."""
    return tuple_(at, identifier) < tuple_(literal(place.at, at.type), literal(place.id))
