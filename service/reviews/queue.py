"""What is to be looked at: filters, order, pages, counts. One query each, whatever the number.

A statement is put together once for each set of filters and given the values each time: putting it
together takes longer than the database takes to answer it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select, tuple_
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
        sources: of one site; empty where nothing was seen there.
        mine: only those claimed by this person.
    """

    state: ReviewState | None = ReviewState.NEW
    kind: EventKind | None = None
    source: str | None = None
    sources: tuple[str, ...] | None = None
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
    names, values = _asked(person, wanted)
    rows = _page(names, wanted.order, is_behind=behind is not None)
    given = {**values, **_values_of(behind), "most": limit + 1}
    found = session.scalars(rows, given).all()
    page = found[:limit]
    following = place_of(page[-1], wanted.order) if len(found) > limit else None
    return PageOfEvents(page, following)


def next_after(session: Session, person: Person, wanted: Filter, review: ReviewRow) -> str | None:
    """The event that follows in the queue, wherever this one has gone meanwhile."""
    names, values = _asked(person, wanted)
    place = place_of(review, wanted.order)
    given = {**values, **_values_of(place), "own": review.event_id}
    found: str | None = session.scalar(_next(names, wanted.order, is_behind=True), given)
    if found is None:
        found = session.scalar(_next(names, wanted.order, is_behind=False), given)
    return found


def neighbours(
    session: Session, person: Person, wanted: Filter, review: ReviewRow
) -> tuple[str | None, str | None]:
    """The events before and behind this one in the queue."""
    names, values = _asked(person, wanted)
    place = place_of(review, wanted.order)
    given = {**values, **_values_of(place), "own": review.event_id}
    previous, following = session.execute(_neighbours(names, wanted.order), given).one()
    return previous, following


def near(
    session: Session, person: Person, review: ReviewRow, limit: int = 6
) -> Sequence[ReviewRow]:
    """Events of the same source that this one may repeat, the closest in time first."""
    names, values = _asked(person, Filter(state=None, source=review.source))
    given = {**values, "own": review.event_id, "place": review.moment, "most": limit}
    found = list(session.scalars(_near(names), given))
    found.sort(key=lambda other: (abs(other.moment - review.moment), other.event_id))
    return found[:limit]


def counts(session: Session, person: Person, wanted: Filter) -> dict[ReviewState, int]:
    """How many events there are in each state under the other filters."""
    names, values = _asked(person, without_state(wanted))
    found = {row[0]: row[1] for row in session.execute(_counts(names), values)}
    return {state: found.get(state, 0) for state in ReviewState}


def matching(
    session: Session, person: Person, wanted: Filter, event_ids: Sequence[str]
) -> frozenset[str]:
    """Those of some events, a page of news at most, that the filter shows."""
    names, values = _asked(person, wanted)
    return frozenset(session.scalars(_matching(names), {**values, "among": list(event_ids)}))


def without_state(wanted: Filter) -> Filter:
    """What counts and neighbouring states have in common; the order does not matter to them."""
    return replace(wanted, state=None, order=Order.CERTAIN)


def sources(session: Session, person: Person, most: int | None = None) -> Sequence[str]:
    """Every source with events that this person may see, by name; the first `most` of them."""
    names, values = _asked(person, Filter(state=None))
    rows = _sources(names)
    return session.scalars(rows if most is None else rows.limit(most), values).all()


def place_of(review: ReviewRow, order: Order) -> Place:
    """Where an event stands in an order."""
    value = review.score if order is Order.CERTAIN else review.moment
    return Place(value, review.event_id)


_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "units": ReviewRow.unit.in_(bindparam("units", expanding=True)),
    "sources": ReviewRow.source.in_(bindparam("sources", expanding=True)),
    **{
        name: column == bindparam(name, type_=column.type)
        for name, column in (
            ("state", ReviewRow.state),
            ("kind", ReviewRow.kind),
            ("source", ReviewRow.source),
            ("unit", ReviewRow.unit),
        )
    },
    "least": ReviewRow.score >= bindparam("least", type_=ReviewRow.score.type),
    "from": ReviewRow.moment >= bindparam("from", type_=ReviewRow.moment.type),
    "until": ReviewRow.moment < bindparam("until", type_=ReviewRow.moment.type),
    "mine": ReviewRow.claimed_by == bindparam("mine"),
}
"""What a filter asks, by the name of its value."""

_SHAPES: Final = 1024  # sets of filters whose statements are kept
_MOST: Final = bindparam("most", type_=Integer)


def _asked(person: Person, wanted: Filter) -> tuple[frozenset[str], dict[str, Any]]:
    """Which conditions hold, and their values."""
    values: dict[str, Any] = {
        "units": areas(person.grants, Permission.SEE_EVENTS),
        "state": wanted.state,
        "kind": wanted.kind,
        "source": wanted.source,
        "sources": wanted.sources,
        "unit": wanted.unit,
        "least": wanted.least,
        "mine": person.user_id if wanted.mine else None,
    }
    if wanted.day is not None:
        start = datetime.combine(wanted.day, time(), LOCAL)
        values |= {"from": start, "until": start + timedelta(days=1)}
    given = {name: value for name, value in values.items() if value is not None}
    return frozenset(given), given


def _conditions(names: frozenset[str]) -> list[ColumnElement[bool]]:
    asked = (condition for name, condition in _CONDITIONS.items() if name in names)
    return [ReviewRow.is_withdrawn.is_(False), *asked]


@lru_cache(_SHAPES)
def _page(names: frozenset[str], order: Order, *, is_behind: bool) -> Select[Any]:
    rows = select(ReviewRow).where(*_conditions(names))
    if "from" in names and order is Order.CERTAIN:
        # A day is some hundred events: sorted, not looked for among all in the order of the score,
        # as a database may think that knows days and scores but not that nothing ties them.
        rows = rows.order_by((ReviewRow.score + 0.0).desc(), ReviewRow.event_id.desc())
    else:
        rows = _ordered(rows, order)
    return (rows.where(_behind(order)) if is_behind else rows).limit(_MOST)


@lru_cache(_SHAPES)
def _next(names: frozenset[str], order: Order, *, is_behind: bool) -> Select[Any]:
    rows = _ordered(_others(names), order)
    return (rows.where(_behind(order)) if is_behind else rows).limit(1)


@lru_cache(_SHAPES)
def _neighbours(names: frozenset[str], order: Order) -> Select[Any]:
    others = _others(names)
    ahead = _ordered(others, order, is_reversed=True).where(_behind(order, is_reversed=True))
    behind = _ordered(others, order).where(_behind(order))
    return select(ahead.limit(1).scalar_subquery(), behind.limit(1).scalar_subquery())


@lru_cache(_SHAPES)
def _near(names: frozenset[str]) -> Select[Any]:
    moment, here = ReviewRow.moment, bindparam("place", type_=ReviewRow.moment.type)
    ids = _others(names).where(ReviewRow.state != ReviewState.DUPLICATE)
    later = ids.where(moment >= here).order_by(moment)
    earlier = ids.where(moment < here).order_by(moment.desc())
    found = [side.limit(_MOST).subquery().select() for side in (later, earlier)]
    return select(ReviewRow).where(or_(*(ReviewRow.event_id.in_(side) for side in found)))


@lru_cache(_SHAPES)
def _counts(names: frozenset[str]) -> Select[ReviewState, int]:
    rows = select(ReviewRow.state, func.count()).where(*_conditions(names))
    return rows.group_by(ReviewRow.state)


@lru_cache(_SHAPES)
def _matching(names: frozenset[str]) -> Select[Any]:
    among = ReviewRow.event_id.in_(bindparam("among", expanding=True))
    return select(ReviewRow.event_id).where(*_conditions(names), among)


@lru_cache(_SHAPES)
def _sources(names: frozenset[str]) -> Select[Any]:
    rows = select(ReviewRow.source).where(*_conditions(names)).distinct()
    return rows.order_by(ReviewRow.source)


def _others(names: frozenset[str]) -> Select[Any]:
    own = ReviewRow.event_id != bindparam("own")
    return select(ReviewRow.event_id).where(*_conditions(names), own)


def _ordered(rows: Select[Any], order: Order, *, is_reversed: bool = False) -> Select[Any]:
    columns = (_column(order), ReviewRow.event_id)
    return rows.order_by(*(c.asc() if is_reversed else c.desc() for c in columns))


def _behind(order: Order, *, is_reversed: bool = False) -> ColumnElement[bool]:
    column = _column(order)
    here = tuple_(column, ReviewRow.event_id)
    there = tuple_(bindparam("place", type_=column.type), bindparam("place_id"))
    return here > there if is_reversed else here < there


def _values_of(place: Place | None) -> dict[str, Any]:
    return {} if place is None else {"place": place.value, "place_id": place.event_id}


def _column(order: Order) -> Any:
    return ReviewRow.score if order is Order.CERTAIN else ReviewRow.moment
