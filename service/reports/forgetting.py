"""Who sent a report is forgotten when it is settled and nobody needs to ask back any more."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.retention import MAY_DELETE, Standing, rules_on
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.tables import ReportRow, ReportState, UploadRow


def forget_senders(session: Session, clock: Clock, actor: Actor) -> list[str]:
    """Remove who sent reports, and what their files said of themselves, where the time is over.

    The time counts from the answer where one was asked for, else from the settlement; a sender
    who waits for an answer is not forgotten. The ids of the reports.

    Raises:
        NotAllowed: the office.
    """
    if actor.office not in MAY_DELETE:
        raise NotAllowed("This office deletes nothing.")
    now = clock.now()
    rule = rules_on(session, now.astimezone(LOCAL).date())[RetentionClass.SENDER]
    forgotten = []
    for row in session.scalars(select(ReportRow).order_by(ReportRow.id)):
        since = _counted_from(row)
        if since is None or not rule.is_due(Standing(row.id, rule.kind, since), now):
            continue
        if _forget(session, row):
            note_twice(
                session,
                clock,
                actor,
                action="report.sender_forgotten",
                kind="report",
                subject=row.id,
                detail={"days": rule.days, "valid_from": rule.valid_from.isoformat()},
            )
            forgotten.append(row.id)
    return forgotten


def _counted_from(row: ReportRow) -> datetime | None:
    if row.wants_reply and row.state is not ReportState.ANSWERED:
        return None
    return row.answered_at or row.settled_at


def _forget(session: Session, row: ReportRow) -> bool:
    """Whether there was anything to forget."""
    uploads = session.scalars(
        select(UploadRow).where(
            UploadRow.report_id == row.id, UploadRow.metadata_sealed.is_not(None)
        )
    ).all()
    for upload in uploads:
        upload.metadata_sealed = None
    had_contact = row.contact is not None
    row.contact = None
    return had_contact or bool(uploads)
