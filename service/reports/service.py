"""The inbox of citizens' reports: received, settled by a person, answered on request."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.canonical import sha256_of
from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.db import Database
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.tables import Channel, ReportRow, ReportState
from litterwatch.service.texts import N_
from litterwatch.service.vault import Vault

PUBLIC_FORM: Final = Actor("public-form", Office.CLERK)
"""Who receives what somebody types into the public form: a clerk's office, no person."""

MAY_RECEIVE: Final = frozenset({Office.CLERK, Office.CASE_OFFICER, Office.INSPECTOR})
MAY_SETTLE: Final = frozenset({Office.CASE_OFFICER})
MAY_KNOW_SENDER: Final = frozenset({Office.CLERK, Office.INSPECTOR})
"""Who may read who sent a report: whoever answers it; nobody who judges what it shows."""

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letter that is taken for another
_LONGEST_TEXT: Final = 5000


@dataclass(frozen=True, slots=True)
class NewReport:
    """What somebody reports.

    Attributes:
        channel: how it came in.
        unit: code of the commune or ward.
        place: in words.
        text: what was seen.
        occurred_at: when, aware; None where nobody knows.
        position: (latitude, longitude), degrees; None where nobody knows.
        contact: who sent it; None for nobody: anonymous reports are taken.
        wants_reply: whether the sender asks for the result.
    """

    channel: Channel
    unit: str
    place: str
    text: str
    occurred_at: datetime | None = None
    position: tuple[float, float] | None = None
    contact: str | None = None
    wants_reply: bool = False


def receive_report(
    session: Session, clock: Clock, actor: Actor, vault: Vault, new: NewReport
) -> tuple[str, str]:
    """Take a report into the book: its id, and the receipt code that only the sender gets.

    Raises:
        NotAllowed: the office, or something that cannot be in the report.
    """
    why_not = _objection(clock, actor, new)
    if why_not is not None:
        raise NotAllowed(why_not)
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))
    now = clock.now()
    latitude, longitude = new.position or (None, None)
    row = ReportRow(
        id=sha256_of([code, now.isoformat()])[:32],
        receipt=_receipt(code),
        state=ReportState.RECEIVED,
        version=1,
        channel=new.channel,
        unit=new.unit,
        place=new.place.strip(),
        latitude=latitude,
        longitude=longitude,
        occurred_at=new.occurred_at,
        text=new.text.strip(),
        contact=None if not new.contact else vault.seal(new.contact.strip()),
        wants_reply=new.wants_reply,
        received_by=actor.id,
        received_at=now,
    )
    session.add(row)
    session.flush()
    note(
        session,
        clock,
        actor,
        action="report.received",
        subject=row.id,
        detail={"channel": new.channel, "unit": new.unit, "is_anonymous": not new.contact},
    )
    return row.id, code


def accept_report(session: Session, clock: Clock, actor: Actor, report_id: str) -> str:
    """Open a case on a report, which is verified first; the case's id.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office or another unit.
        Conflict: it was settled before.
    """
    row = _unsettled(session, actor, report_id)
    occurred = None
    if row.occurred_at is not None:
        occurred = row.occurred_at.astimezone(LOCAL).date()
    new = NewCase(row.unit, Lane.PROVIDED, occurred_on=occurred)
    case_id = open_case(session, clock, actor, new).id
    row.case_id = case_id
    _settle(session, clock, actor, row, state=ReportState.ACCEPTED, reason=None)
    return case_id


def dismiss_report(
    session: Session, clock: Clock, actor: Actor, report_id: str, reason: str
) -> None:
    """Settle a report without a case.

    Raises:
        NotFound, NotAllowed, Conflict: as for `accept_report`; or there is no reason.
    """
    _settle_with_reason(session, clock, actor, report_id, ReportState.DISMISSED, reason=reason)


def forward_report(
    session: Session, clock: Clock, actor: Actor, report_id: str, reason: str
) -> None:
    """Note that a report was sent on to whoever is competent; to whom stands in the reason.

    Raises:
        NotFound, NotAllowed, Conflict: as for `accept_report`; or there is no reason.
    """
    _settle_with_reason(session, clock, actor, report_id, ReportState.FORWARDED, reason=reason)


def answer_report(session: Session, clock: Clock, actor: Actor, report_id: str, reply: str) -> None:
    """What the sender reads when he asks with his code; it names nobody.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office, or an empty reply.
        Conflict: it is not settled yet, or was answered.
    """
    row = _find(session, report_id)
    if actor.office not in MAY_KNOW_SENDER or not reply.strip():
        raise NotAllowed(N_("An answer has words, and is given by a clerk or an inspector."))
    if row.state in (ReportState.RECEIVED, ReportState.ANSWERED):
        raise Conflict(N_("A report is answered once, after it was settled."))
    row.state, row.reply, row.version = ReportState.ANSWERED, reply.strip(), row.version + 1
    row.answered_at = clock.now()
    note(session, clock, actor, action="report.answered", subject=row.id, detail={})


def status_of(session: Session, code: str) -> tuple[ReportState, str | None]:
    """What whoever has the code may know: how far it is, and the reply.

    Raises:
        NotFound: no report has this code.
    """
    found = select(ReportRow).where(ReportRow.receipt == _receipt(code))
    row = session.scalars(found).one_or_none()
    if row is None:
        raise NotFound(N_("No report has this code: check every letter."))
    return row.state, row.reply


def list_reports(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[ReportState] = (),
    after: str | None = None,
    limit: int = 50,
) -> list[ReportRow]:
    """Reports that this person may see, by id, from behind `after` on; senders stay sealed.

    Raises:
        NotAllowed: the office sees no reports.
    """
    if actor.office not in MAY_RECEIVE:
        raise NotAllowed(N_("This office sees no reports."))
    rows = select(ReportRow).order_by(ReportRow.id).limit(limit)
    if actor.unit != PROVINCE:
        rows = rows.where(ReportRow.unit == actor.unit)
    if states:
        rows = rows.where(ReportRow.state.in_(states))
    if after is not None:
        rows = rows.where(ReportRow.id > after)
    return list(session.scalars(rows))


def read_sender(
    database: Database, clock: Clock, actor: Actor, vault: Vault, report_id: str
) -> str | None:
    """Who sent a report, None for an anonymous one; every look is in the chain of custody.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office; the refusal is in the chain.
        EvidenceIntegrityError: it was changed, or its key is gone.
    """
    with database.reading() as session:
        row = _find(session, report_id)
    if actor.office not in MAY_KNOW_SENDER or actor.unit not in (PROVINCE, row.unit):
        why = N_("This office does not read who sent a report.")
        refuse(database, clock, actor, action="sender.read", subject=report_id, why=why)
    with database.writing() as session:
        note(session, clock, actor, action="sender.read", subject=report_id, detail={})
    return None if row.contact is None else vault.open(row.contact)


def _objection(clock: Clock, actor: Actor, new: NewReport) -> str | None:
    if actor.office not in MAY_RECEIVE:
        return N_("This office receives no reports.")
    return _what_is_wrong(clock, new)


def _what_is_wrong(clock: Clock, new: NewReport) -> str | None:
    if not new.unit or not new.place.strip() or not new.text.strip():
        return N_("A report has a unit, a place and words.")
    if max(len(new.place), len(new.text), len(new.contact or "")) > _LONGEST_TEXT:
        return N_("No text of a report is longer than 5000 letters.")
    if new.occurred_at is not None and new.occurred_at.tzinfo is None:
        return N_("The time of what is reported has no time zone.")
    if new.occurred_at is not None and new.occurred_at > clock.now() + timedelta(minutes=5):
        return N_("What is reported has not come yet.")
    if new.position is not None:
        latitude, longitude = new.position
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return N_("This is no position on the map.")
    return None


def _receipt(code: str) -> str:
    """The hash of a code, however it was typed: with blanks, small letters, O for 0."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return sha256(plain.translate(str.maketrans("OIL", "011")).encode()).hexdigest()


def _find(session: Session, report_id: str, *, for_update: bool = False) -> ReportRow:
    row = session.get(ReportRow, report_id, with_for_update=for_update)
    if row is None:
        raise NotFound(N_("There is no such report."))
    return row


def _unsettled(session: Session, actor: Actor, report_id: str) -> ReportRow:
    row = _find(session, report_id, for_update=True)
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
        raise NotAllowed(N_("A report is settled with a reason."))
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
    note(session, clock, actor, action=f"report.{state}", subject=row.id, detail={**detail})
