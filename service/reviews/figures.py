"""Counts over many reviews, for the overview: one query each, whatever the number of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, cast, func, literal, select
from sqlalchemy.orm import Session

from litterwatch.service.events.tables import EventRow
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow

FOUND = frozenset(ReviewState) - {ReviewState.DUPLICATE}
"""Everything that the machine has found, each act once."""

CONFIRMED = frozenset({ReviewState.CONFIRMED})
_OFFSET = timedelta(hours=LOCAL.utcoffset(None).total_seconds() / 3600)


@dataclass(frozen=True, slots=True)
class Span:
    """Which events are counted.

    Attributes:
        since, until: when they happened; the second is not part of it.
        states: where they stand.
        units: of these communes and wards, None for all.
    """

    since: datetime
    until: datetime
    states: frozenset[ReviewState]
    units: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class SourceCount:
    """How many events one source has."""

    source: str
    unit: str | None
    count: int


def by_hour(session: Session, span: Span) -> list[int]:
    """Events in each hour of the day, on the clock of Viet Nam; those without an hour are left out.

    Args:
        session: a reading one.
        span: which.
    """
    hour = _local_hour(session)
    rows = select(hour, func.count()).where(*_conditions(span), ReviewRow.is_dated.is_(True))
    found = {int(row[0]): int(row[1]) for row in session.execute(rows.group_by(hour))}
    return [found.get(hour, 0) for hour in range(24)]


def by_source(session: Session, span: Span) -> list[SourceCount]:
    """Events of each source."""
    rows = select(ReviewRow.source, ReviewRow.unit, func.count()).where(*_conditions(span))
    found = session.execute(rows.group_by(ReviewRow.source, ReviewRow.unit))
    return [SourceCount(source, unit, count) for source, unit, count in found]


def untouched_since(
    session: Session, units: frozenset[str] | None, before: datetime, limit: int
) -> Sequence[ReviewRow]:
    """Events found before a moment that nobody has begun with, the oldest first."""
    rows = (
        select(ReviewRow)
        .join(EventRow, EventRow.id == ReviewRow.event_id)
        .where(*_visible(units), ReviewRow.state == ReviewState.NEW, EventRow.created_at < before)
        .order_by(EventRow.created_at, ReviewRow.event_id)
    )
    return session.scalars(rows.limit(limit)).all()


def confirmed_before(
    session: Session, units: frozenset[str] | None, before: datetime, limit: int
) -> Sequence[ReviewRow]:
    """Events confirmed before a moment, the oldest first."""
    rows = (
        select(ReviewRow)
        .where(
            *_visible(units),
            ReviewRow.state == ReviewState.CONFIRMED,
            ReviewRow.changed_at < before,
        )
        .order_by(ReviewRow.changed_at, ReviewRow.event_id)
    )
    return session.scalars(rows.limit(limit)).all()


def _conditions(span: Span) -> list[ColumnElement[bool]]:
    moment = (ReviewRow.moment >= span.since) & (ReviewRow.moment < span.until)
    return [*_visible(span.units), moment, ReviewRow.state.in_(span.states)]


def _visible(units: frozenset[str] | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [ReviewRow.is_withdrawn.is_(False)]
    if units is not None:
        found.append(ReviewRow.unit.in_(units))
    return found


def _local_hour(session: Session) -> ColumnElement[int]:
    if session.get_bind().dialect.name == "sqlite":
        # Times are stored as UTC text.
        shift = f"+{int(_OFFSET.total_seconds())} seconds"
        return cast(func.strftime("%H", ReviewRow.moment, shift), Integer)
    return cast(
        func.date_part("hour", func.timezone("UTC", ReviewRow.moment) + literal(_OFFSET)), Integer
    )
