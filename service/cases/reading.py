"""What somebody sees of cases: those of his units, with what is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotFound
from litterwatch.service.cases.deadlines import Deadline, Urgency, deadlines_of
from litterwatch.service.cases.facts import clockwork_of, find_case, work_calendar
from litterwatch.service.cases.law import Act, VehicleClass, ZoneClass, offered
from litterwatch.service.cases.state import CaseState
from litterwatch.service.cases.tables import CaseRow
from litterwatch.service.texts import N_

Units = frozenset[str] | None
"""The units whose cases somebody sees; None for all."""

FAR: Final = date(9999, 12, 31)
"""Stands for "never due" in the order of a list."""


class Due(StrEnum):
    """How the nearest deadline stands."""

    SOON = "soon"
    OVERDUE = "overdue"


class Some(StrEnum):
    """More than one state."""

    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases somebody wants to see; None is all of them.

    Attributes:
        state: one state, all but closed ones, or all.
        unit: code of a commune or ward.
        due: how the nearest deadline stands.
    """

    state: CaseState | Some = Some.OPEN
    unit: str | None = None
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where in the list a case stands: pages begin behind one."""

    due_on: date
    case_id: str


@dataclass(frozen=True, slots=True)
class CaseListed:
    """A line of the list of cases.

    Attributes:
        row: the case.
        next_due: the nearest deadline, None where nothing runs.
        urgency: of that deadline today.
    """

    row: CaseRow
    next_due: Deadline | None
    urgency: Urgency | None


@dataclass(frozen=True, slots=True)
class PageOfCases:
    """Some cases, and where the next page begins (None at the end)."""

    cases: Sequence[CaseListed]
    following: CasePlace | None


@dataclass(frozen=True, slots=True)
class ActOffered:
    """An act that may fit, with its band for this case.

    Attributes:
        act: of the catalogue.
        band: least and most, VND; None where the person may be a minor: it is not shown then.
    """

    act: Act
    band: tuple[int, int] | None


def page_of_cases(
    session: Session,
    units: Units,
    wanted: CaseFilter,
    today: date,
    *,
    behind: CasePlace | None = None,
    limit: int = 50,
) -> PageOfCases:
    """A page of the list, what is due first at the top.

    A case that is being handed over is seen by both units. Three queries, however long the page.

    Args:
        session: a reading one.
        units: whose cases may be seen.
        wanted: which.
        today: local.
        behind: the last case of the page before.
        limit: how many at most.
    """
    here = tuple_(func.coalesce(CaseRow.due_on, FAR), CaseRow.id)
    rows = select(CaseRow).where(*_conditions(units, wanted, today))
    if behind is not None:
        place = tuple_(literal(behind.due_on, CaseRow.due_on.type), literal(behind.case_id))
        rows = rows.where(here > place)
    found = session.scalars(
        rows.order_by(func.coalesce(CaseRow.due_on, FAR), CaseRow.id).limit(limit + 1)
    ).all()
    calendar = work_calendar(session)
    listed = []
    for row in found[:limit]:
        due = next(iter(deadlines_of(clockwork_of(row), calendar)), None)
        listed.append(CaseListed(row, due, None if due is None else due.urgency(today)))
    last = found[limit - 1] if len(found) > limit else None
    return PageOfCases(listed, None if last is None else CasePlace(last.due_on or FAR, last.id))


def count_cases(
    session: Session, units: Units, wanted: CaseFilter, today: date
) -> dict[CaseState, int]:
    """How many cases there are in each state under the other filters."""
    matching = _conditions(units, replace(wanted, state=Some.ALL), today)
    rows = session.execute(
        select(CaseRow.state, func.count()).where(*matching).group_by(CaseRow.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in CaseState}


def count_due(session: Session, units: Units, wanted: CaseFilter, today: date) -> dict[Due, int]:
    """How many cases are due soon, and overdue, under the other filters."""
    return {
        due: session.scalar(
            select(func.count()).where(*_conditions(units, replace(wanted, due=due), today))
        )
        or 0
        for due in Due
    }


def visible_case(session: Session, units: Units, case_id: str) -> CaseRow:
    """A case where somebody may look.

    Raises:
        NotFound: there is none, or it is another unit's: the answer does not tell which.
    """
    row = find_case(session, case_id)
    if units is not None and not units & {row.unit, row.target_unit}:
        raise NotFound(N_("There is no such case."))
    return row


def offer_acts(
    session: Session, case_id: str, zone: ZoneClass, vehicle: VehicleClass, today: date
) -> list[ActOffered]:
    """Acts that an officer may choose for a case, by place, vehicle and the day of the act.

    Raises:
        NotFound: there is no such case.
    """
    row = find_case(session, case_id)
    return [
        ActOffered(act, band_shown(row, act))
        for act in offered(zone, vehicle, row.occurred_on or today)
    ]


def band_shown(row: CaseRow, act: Act) -> tuple[int, int] | None:
    """The band as officers see it: not at all where the person may be a minor."""
    return None if row.may_be_minor else act.band(is_organisation=row.is_organisation)


def _conditions(units: Units, wanted: CaseFilter, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if units is not None:
        found.append(or_(CaseRow.unit.in_(units), CaseRow.target_unit.in_(units)))
    if wanted.state is Some.OPEN:
        found.append(CaseRow.state != CaseState.CLOSED)
    elif isinstance(wanted.state, CaseState):
        found.append(CaseRow.state == wanted.state)
    if wanted.unit is not None:
        found.append(CaseRow.unit == wanted.unit)
    if wanted.due is Due.OVERDUE:
        found.append(CaseRow.due_on < today)
    elif wanted.due is Due.SOON:
        found += [CaseRow.warn_on <= today, CaseRow.due_on >= today]
    return found


def place_from(text: str) -> CasePlace | None:
    """Where a page begins, as it stands in an address; None for the beginning.

    Raises:
        NotFound: this is no cursor of ours.
    """
    if not text:
        return None
    day, _, case_id = text.partition("~")
    try:
        return CasePlace(date.fromisoformat(day), case_id)
    except ValueError as error:
        raise NotFound(N_("There is no such page of the list.")) from error


def written(place: CasePlace | None) -> str | None:
    """For the address of the next page."""
    return None if place is None else f"{place.due_on.isoformat()}~{place.case_id}"
