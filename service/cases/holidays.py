"""Days off as the office sets them, over those that come with litterwatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.calendar import Holiday
from litterwatch.service.cases.facts import note_all_due, work_calendar
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.cases.tables import HolidayRow, HolidayYearRow
from litterwatch.service.texts import N_


@dataclass(frozen=True, slots=True)
class YearShown:
    """The days off of a year.

    Attributes:
        year: which.
        days: in their order.
        own: days that the office has set itself; those can be taken back.
        is_complete: whether somebody has said that all are entered.
    """

    year: int
    days: Sequence[Holiday]
    own: frozenset[date]
    is_complete: bool


def holidays_of(session: Session, year: int) -> YearShown:
    """What counts in a year now."""
    calendar = work_calendar(session)
    days = sorted(
        (each for each in calendar.days.values() if each.day.year == year), key=lambda e: e.day
    )
    own = session.scalars(select(HolidayRow.day))
    return YearShown(year, days, frozenset(own), year in calendar.complete_years)


def set_holiday(
    session: Session, clock: Clock, actor: Actor, *, day: date, name: str, is_workday: bool
) -> None:
    """Set a day off, or a Saturday or Sunday that is worked; limits count by it from now on.

    Raises:
        NotAllowed: the office, or no name.
    """
    _require_setter(actor, name)
    session.merge(
        HolidayRow(
            day=day, name=name.strip(), is_workday=is_workday, set_by=actor.id, set_at=clock.now()
        )
    )
    note_all_due(session)
    detail: dict[str, JsonValue] = {"name": name.strip(), "is_workday": is_workday}
    note_twice(
        session,
        clock,
        actor,
        action="holiday.set",
        kind="day",
        subject=day.isoformat(),
        detail=detail,
    )


def forget_holiday(session: Session, clock: Clock, actor: Actor, day: date) -> None:
    """Take back what the office has set for a day: what came with litterwatch counts again.

    Raises:
        NotAllowed: the office.
        NotFound: the office has set nothing for that day.
    """
    _require_setter(actor, day.isoformat())
    row = session.get(HolidayRow, day)
    if row is None:
        raise NotFound(N_("Nothing was set for this day."))
    session.delete(row)
    note_all_due(session)
    note_twice(
        session,
        clock,
        actor,
        action="holiday.forgotten",
        kind="day",
        subject=day.isoformat(),
        detail={"name": row.name},
    )


def complete_year(session: Session, clock: Clock, actor: Actor, year: int) -> None:
    """Say that all days off of a year are entered: limits that end in it are certain then.

    Raises:
        NotAllowed: the office.
    """
    _require_setter(actor, str(year))
    session.merge(HolidayYearRow(year=year, set_by=actor.id, set_at=clock.now()))
    note_twice(
        session, clock, actor, action="holiday.complete", kind="day", subject=str(year), detail={}
    )


def _require_setter(actor: Actor, name: str) -> None:
    if actor.office not in (Office.ADMINISTRATOR, Office.INSPECTOR) or not name.strip():
        raise NotAllowed(N_("Days off have a name, and are set by an administrator or inspector."))
