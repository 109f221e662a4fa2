"""What people make of a report: a case, a refusal with its reason, another's matter; the reply."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.cases.opening import case_of_event
from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.matching import linked_events
from litterwatch.service.reports.service import MAY_KNOW_SENDER, find_report
from litterwatch.service.reports.tables import ReportRow, ReportState
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.texts import N_

MAY_SETTLE: Final = frozenset({Office.CASE_OFFICER})


def accept_report(session: Session, clock: Clock, actor: Actor, report_id: str) -> str:
    """Open a case on a report, which is verified first; the case's id.

    Confirmed events that it was linked with become part of the case; where one of them has a case
    already, the report joins that.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office or another unit.
        Conflict: it was settled before.
    """
    row = _unsettled(session, actor, report_id)
    row.case_id = _case_for(session, clock, actor, row)
    _settle(session, clock, actor, row, state=ReportState.ACCEPTED, reason=None)
    return row.case_id


def dismiss_report(
    session: Session, clock: Clock, actor: Actor, report_id: str, reason: str
) -> None:
    """Settle a report without a case.

    Raises:
        NotFound, NotAllowed, Conflict: as for `accept_report`.
        InvalidInput: there is no reason.
    """
    _settle_with_reason(session, clock, actor, report_id, ReportState.DISMISSED, reason=reason)


def forward_report(
    session: Session, clock: Clock, actor: Actor, report_id: str, reason: str
) -> None:
    """Note that a report was sent on to whoever is competent; to whom stands in the reason.

    Raises:
        NotFound, NotAllowed, Conflict: as for `accept_report`.
        InvalidInput: there is no reason.
    """
    _settle_with_reason(session, clock, actor, report_id, ReportState.FORWARDED, reason=reason)


def answer_report(session: Session, clock: Clock, actor: Actor, report_id: str, reply: str) -> None:
    """What the sender reads when he asks with his code; it names nobody.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office or the unit.
        InvalidInput: an empty reply.
        Conflict: it is not settled yet, or was answered.
    """
    row = find_report(session, report_id)
    if actor.office not in MAY_KNOW_SENDER or actor.unit not in (PROVINCE, row.unit):
        raise NotAllowed(N_("A report is answered by a clerk or an inspector."))
    if not reply.strip():
        raise InvalidInput(N_("Write the answer."))
    if row.state in (ReportState.RECEIVED, ReportState.ANSWERED):
        raise Conflict(N_("A report is answered once, after it was settled."))
    row.state, row.reply, row.version = ReportState.ANSWERED, reply.strip(), row.version + 1
    row.answered_at = clock.now()
    note_twice(
        session, clock, actor, action="report.answered", kind="report", subject=row.id, detail={}
    )


def _case_for(session: Session, clock: Clock, actor: Actor, row: ReportRow) -> str:
    """The case that a linked event has, else a new one with the confirmed events."""
    rows = select(ReviewRow.event_id).where(
        ReviewRow.event_id.in_(linked_events(session, row.id)),
        ReviewRow.state == ReviewState.CONFIRMED,
    )
    confirmed = list(session.scalars(rows.order_by(ReviewRow.event_id)))
    for event_id in confirmed:
        known = case_of_event(session, event_id)
        if known is not None:
            return known.id
    occurred = None
    if row.occurred_at is not None:
        occurred = row.occurred_at.astimezone(LOCAL).date()
    new = NewCase(row.unit, Lane.PROVIDED, confirmed, occurred)
    return open_case(session, clock, actor, new).id


def _unsettled(session: Session, actor: Actor, report_id: str) -> ReportRow:
    row = find_report(session, report_id, for_update=True)
    if actor.office not in MAY_SETTLE or actor.unit not in (PROVINCE, row.unit):
        raise NotAllowed(N_("Only a case officer of this unit settles a report."))
    if row.state is not ReportState.RECEIVED:
        raise Conflict(N_("This report was settled before."))
    return row


def _settle_with_reason(
    session: Session,
    clock: Clock,
    actor: Actor,
    report_id: str,
    state: ReportState,
    *,
    reason: str,
) -> None:
    row = _unsettled(session, actor, report_id)
    if not reason.strip():
        raise InvalidInput(N_("A report is settled with a reason."))
    _settle(session, clock, actor, row, state=state, reason=reason.strip())


def _settle(
    session: Session,
    clock: Clock,
    actor: Actor,
    row: ReportRow,
    *,
    state: ReportState,
    reason: str | None,
) -> None:
    row.state, row.reason, row.settled_at = state, reason, clock.now()
    row.version += 1
    detail = {"case": row.case_id, "reason": reason}
    note_twice(
        session,
        clock,
        actor,
        action=f"report.{state}",
        kind="report",
        subject=row.id,
        detail={**detail},
    )
