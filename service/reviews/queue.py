"""What is to be looked at: filters, order, pages, counts. One query each, whatever the number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from litterwatch.detector.types import EventKind
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.users.roles import Permission, areas


class Order(StrEnum):
    """What comes first."""

    CERTAIN = "certain"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events somebody wants to see; None is all of them.

    Attributes:
        least: smallest score, 0 to 1.
        day: of the act, on the clock of Viet Nam.
        mine: only those claimed by this person.
    """

    state: ReviewState | None = ReviewState.NEW
    kind: EventKind | None = None
    source: str | None = None
    unit: str | None = None
    least: float | None = None
    day: date | None = None
    mine: bool = False
    order: Order = Order.CERTAIN


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the order an event stands: pages begin behind one."""

    value: float | datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class PageOfEvents:
    """Some events, and where the next page begins (None at the end)."""

    reviews: Sequence[ReviewRow]
    following: Place | None


def page_of(
    session: Session, person: Person, wanted: Filter, behind: Place | None, limit: int
) -> PageOfEvents:
    """A page of the queue."""
    rows = _matching(person, wanted)
    if wanted.day is not None and wanted.order is Order.CERTAIN:
        # A day is some hundred events: sorted, not looked for among all in the order of the score,
        # as a database may think that knows days and scores but not that nothing ties them.
        rows = rows.order_by((ReviewRow.score + 0.0).desc(), ReviewRow.event_id.desc())
    else:
        rows = _ordered(rows, wanted.order)
    if behind is not None:
        rows = rows.where(_behind(wanted.order, behind))
    found = session.scalars(rows.limit(limit + 1)).all()
    page = found[:limit]
    following = place_of(page[-1], wanted.order) if len(found) > limit else None
    return PageOfEvents(page, following)


def next_after(session: Session, person: Person, wanted: Filter, review: ReviewRow) -> str | None:
    """The event that follows in the queue, wherever this one has gone meanwhile."""
    place = place_of(review, wanted.order)
    rows = _ordered(_others(person, wanted, review), wanted.order).limit(1)
    found: str | None = session.scalar(rows.where(_behind(wanted.order, place)))
    if found is None:
        found = session.scalar(rows)
    return found


def neighbours(
    session: Session, person: Person, wanted: Filter, review: ReviewRow
) -> tuple[str | None, str | None]:
    """The events before and behind this one in the queue."""
    place = place_of(review, wanted.order)
    others = _others(person, wanted, review)
    behind = _ordered(others, wanted.order).where(_behind(wanted.order, place))
    ahead = _ordered(others, wanted.order, is_reversed=True).where(
        _behind(wanted.order, place, is_reversed=True)
    )
    return session.scalar(ahead.limit(1)), session.scalar(behind.limit(1))


def near(
    session: Session, person: Person, review: ReviewRow, limit: int = 6
) -> Sequence[ReviewRow]:
    """Events of the same source that this one may repeat, the closest in time first."""
    matching = _conditions(person, Filter(state=None, source=review.source))
    rows = select(ReviewRow).where(
        *matching,
        ReviewRow.event_id != review.event_id,
        ReviewRow.state != ReviewState.DUPLICATE,
    )
    later = rows.where(ReviewRow.moment >= review.moment).order_by(ReviewRow.moment)
    earlier = rows.where(ReviewRow.moment < review.moment).order_by(ReviewRow.moment.desc())
    found = [*session.scalars(later.limit(limit)), *session.scalars(earlier.limit(limit))]
    found.sort(key=lambda other: abs(other.moment - review.moment))
    return found[:limit]


def counts(session: Session, person: Person, wanted: Filter) -> dict[ReviewState, int]:
    """How many events there are in each state under the other filters."""
    matching = _conditions(person, without_state(wanted))
    rows = session.execute(
        select(ReviewRow.state, func.count()).where(*matching).group_by(ReviewRow.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in ReviewState}


def without_state(wanted: Filter) -> Filter:
    """What counts and neighbouring states have in common; the order does not matter to them."""
    return replace(wanted, state=None, order=Order.CERTAIN)


def sources(session: Session, person: Person) -> Sequence[str]:
    """Every source with events that this person may see."""
    matching = _conditions(person, Filter(state=None))
    rows = select(ReviewRow.source).where(*matching).distinct().order_by(ReviewRow.source)
    return session.scalars(rows.limit(500)).all()


def place_of(review: ReviewRow, order: Order) -> Place:
    """Where an event stands in an order."""
    value = review.score if order is Order.CERTAIN else review.moment
    return Place(value, review.event_id)


def _matching(person: Person, wanted: Filter) -> Select[Any]:
    return select(ReviewRow).where(*_conditions(person, wanted))


def _others(person: Person, wanted: Filter, review: ReviewRow) -> Select[Any]:
    matching = _conditions(person, wanted)
    return select(ReviewRow.event_id).where(*matching, ReviewRow.event_id != review.event_id)


def _conditions(person: Person, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [ReviewRow.is_withdrawn.is_(False)]
    units = areas(person.grants, Permission.SEE_EVENTS)
    if units is not None:
        found.append(ReviewRow.unit.in_(units))
    for column, value in (
        (ReviewRow.state, wanted.state),
        (ReviewRow.kind, wanted.kind),
        (ReviewRow.source, wanted.source),
        (ReviewRow.unit, wanted.unit),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.least is not None:
        found.append(ReviewRow.score >= wanted.least)
    if wanted.day is not None:
        start = datetime.combine(wanted.day, time(), LOCAL)
        found += [ReviewRow.moment >= start, ReviewRow.moment < start + timedelta(days=1)]
    if wanted.mine:
        found.append(ReviewRow.claimed_by == person.user_id)
    return found


def _ordered(rows: Select[Any], order: Order, *, is_reversed: bool = False) -> Select[Any]:
    columns = (_column(order), ReviewRow.event_id)
    return rows.order_by(*(c.asc() if is_reversed else c.desc() for c in columns))


def _behind(order: Order, place: Place, *, is_reversed: bool = False) -> ColumnElement[bool]:
    column = _column(order)
    here = tuple_(column, ReviewRow.event_id)
    there = tuple_(literal(place.value, column.type), literal(place.event_id))
    return here > there if is_reversed else here < there


def _column(order: Order) -> Any:
    return ReviewRow.score if order is Order.CERTAIN else ReviewRow.moment
