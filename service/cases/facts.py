"""What a case's rows say, in the words of the tables of states and deadlines."""

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.calendar import Holiday, WorkCalendar, default_holidays
from litterwatch.service.cases.deadlines import Clockwork, deadlines_of, limitation_of
from litterwatch.service.cases.law import Domain, act_of, has_explanation_right
from litterwatch.service.cases.state import CaseState, Facts, Move
from litterwatch.service.cases.tables import (
    CaseEventRow,
    CaseRow,
    HolidayRow,
    HolidayYearRow,
    IdentityRow,
    PaperKind,
    PaperRow,
)
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import Role
from litterwatch.service.local_time import LOCAL
from litterwatch.service.texts import N_

OVERTAKEN: Final = N_("Somebody has moved this case since you opened it: look again.")
_PAPER_OF: dict[str, PaperKind] = {
    Move.NOTIFY: PaperKind.NOTICE,
    Move.MAKE_RECORD: PaperKind.RECORD,
    Move.DECIDE: PaperKind.DECISION,
}


def find_case(session: Session, case_id: str, *, for_update: bool = False) -> CaseRow:
    """A case.

    Raises:
        NotFound: there is none.
    """
    row = session.get(CaseRow, case_id, with_for_update=for_update)
    if row is None:
        raise NotFound(N_("There is no such case."))
    return row


def today_of(clock: Clock) -> date:
    """The day in the office."""
    return clock.now().astimezone(LOCAL).date()


def events_of_case(session: Session, case_id: str) -> list[str]:
    """The events a case is about."""
    rows = select(CaseEventRow.event_id).where(CaseEventRow.case_id == case_id)
    return list(session.scalars(rows.order_by(CaseEventRow.event_id)))


def facts_of(session: Session, row: CaseRow, today: date) -> Facts:
    """What the table of moves looks at."""
    return Facts(
        state=row.state,
        unit=row.unit,
        lane=row.lane,
        today=today,
        previous=row.previous,
        target_unit=row.target_unit,
        is_extended=row.is_extended,
        act=None if row.act_id is None else act_of(row.act_id),
        is_organisation=row.is_organisation,
        proposed_by=row.proposed_by,
        recorded_by=row.recorded_by,
        limitation=limitation_of(clockwork_of(row)),
        is_indexed=not missing_papers(session, row),
    )


def clockwork_of(row: CaseRow) -> Clockwork:
    """What the deadlines are counted from."""
    act = None if row.act_id is None else act_of(row.act_id)
    return Clockwork(
        state=row.state,
        occurred_on=row.occurred_on,
        taken_on=row.taken_on,
        identified_on=row.identified_on,
        record_on=row.record_on,
        domain=Domain.ENVIRONMENT if act is None else act.domain,
        is_extended=row.is_extended,
        is_complex=row.is_complex,
        was_transferred=row.was_transferred,
        may_explain=act is not None
        and row.record_on is not None
        and has_explanation_right(act, row.record_on, is_organisation=row.is_organisation),
    )


def missing_papers(session: Session, row: CaseRow) -> list[str]:
    """What the dossier lacks: evidence, the name of the person involved, papers by kind."""
    events = events_of_case(session, row.id)
    kept = files_of(session, events)
    missing = [] if all(Role.MANIFEST in kept[event] for event in events) else ["evidence"]
    if row.identified_on is not None and not session.scalar(
        select(IdentityRow.number).where(IdentityRow.case_id == row.id).limit(1)
    ):
        missing.append("identity")
    needed = {PaperKind.RESULT_RECORD}
    needed |= {kind for move, kind in _PAPER_OF.items() if move in row.fields}
    there = set(session.scalars(select(PaperRow.kind).where(PaperRow.case_id == row.id)))
    return missing + sorted(needed - there)


def work_calendar(session: Session) -> WorkCalendar:
    """The days off that come with litterwatch, with what the office has set over them."""
    days, complete = default_holidays()
    known = {holiday.day: holiday for holiday in days}
    for row in session.scalars(select(HolidayRow)):
        known[row.day] = Holiday(row.day, row.name, is_workday=row.is_workday)
    years = session.scalars(select(HolidayYearRow.year))
    return WorkCalendar(known, complete | frozenset(years))


def note_due(row: CaseRow, calendar: WorkCalendar) -> None:
    """Copy the nearest deadline into the row, for lists that are ordered by it."""
    due = next(iter(deadlines_of(clockwork_of(row), calendar)), None)
    row.due_on = None if due is None else due.due
    row.warn_on = None if due is None else due.warn_on


def note_all_due(session: Session) -> None:
    """The same for every case that is not closed: the calendar has changed."""
    session.flush()
    calendar = work_calendar(session)
    for row in session.scalars(select(CaseRow).where(CaseRow.state != CaseState.CLOSED)):
        note_due(row, calendar)


def day_of(fields: dict[str, JsonValue], name: str, today: date) -> date:
    """A day that somebody typed in, such as "2026-11-27".

    Raises:
        NotAllowed: it is no day, or has not come yet.
    """
    try:
        day = date.fromisoformat(str(fields[name]))
    except ValueError:
        raise NotAllowed(f"{name} must be a day such as 2026-11-27.") from None
    if day > today:
        raise NotAllowed(f"{name} has not come yet.")
    return day
