"""What somebody sees of cases: those of his unit, with what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.cases.deadlines import Deadline, Urgency, deadlines_of
from litterwatch.service.cases.facts import clockwork_of, find_case, work_calendar
from litterwatch.service.cases.law import Act, VehicleClass, ZoneClass, offered
from litterwatch.service.cases.state import CaseState
from litterwatch.service.cases.tables import CaseRow

MAY_SEE = frozenset(
    {Office.REVIEWER, Office.CASE_OFFICER, Office.AUTHORITY, Office.INSPECTOR, Office.AUDITOR}
)


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
class ActOffered:
    """An act that may fit, with its band for this case.

    Attributes:
        act: of the catalogue.
        band: least and most, VND; None where the person may be a minor: it is not shown then.
    """

    act: Act
    band: tuple[int, int] | None


def list_cases(
    session: Session,
    actor: Actor,
    today: date,
    *,
    states: Sequence[CaseState] = (),
    after: str | None = None,
    limit: int = 50,
) -> list[CaseListed]:
    """Cases that this person may see, by id, from behind `after` on.

    A case that is being handed over is seen by both units. Three queries, however long the list.

    Args:
        session: a reading one.
        actor: who looks.
        today: local.
        states: which; none for all.
        after: id of the last case of the page before.
        limit: how many at most.

    Raises:
        NotAllowed: the office sees no cases.
    """
    if actor.office not in MAY_SEE:
        raise NotAllowed("This office sees no cases.")
    rows = select(CaseRow).order_by(CaseRow.id).limit(limit)
    if actor.unit != PROVINCE:
        rows = rows.where(or_(CaseRow.unit == actor.unit, CaseRow.target_unit == actor.unit))
    if states:
        rows = rows.where(CaseRow.state.in_(states))
    if after is not None:
        rows = rows.where(CaseRow.id > after)
    calendar = work_calendar(session)
    listed = []
    for row in session.scalars(rows):
        due = next(iter(deadlines_of(clockwork_of(row), calendar)), None)
        listed.append(CaseListed(row, due, None if due is None else due.urgency(today)))
    return listed


def offer_acts(
    session: Session, case_id: str, zone: ZoneClass, vehicle: VehicleClass, today: date
) -> list[ActOffered]:
    """Acts that an officer may choose for a case, by place, vehicle and the day of the act.

    Raises:
        NotFound: there is no such case.
    """
    row = find_case(session, case_id)
    day = row.occurred_on or today
    return [
        ActOffered(
            act,
            None if row.may_be_minor else act.band(is_organisation=row.is_organisation),
        )
        for act in offered(zone, vehicle, day)
    ]
