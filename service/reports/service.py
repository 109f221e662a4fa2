"""Citizens' reports as they come in, and who sent them."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import InvalidInput, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.canonical import sha256_of
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.db import Database
from litterwatch.service.evidence.looks import refuse
from litterwatch.service.reports.tables import Channel, ReportRow, ReportState
from litterwatch.service.texts import N_
from litterwatch.service.vault import Vault

PUBLIC_FORM: Final = Actor("public-form", Office.CLERK)
"""Who receives what somebody types into the public form: a clerk's office, no person."""

MAY_RECEIVE: Final = frozenset({Office.CLERK, Office.CASE_OFFICER, Office.INSPECTOR})
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
        NotAllowed: the office.
        InvalidInput: something that cannot be in a report.
    """
    if actor.office not in MAY_RECEIVE:
        raise NotAllowed(N_("This office receives no reports."))
    wrong = _what_is_wrong(clock, new)
    if wrong is not None:
        raise InvalidInput(wrong)
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
    note_twice(
        session,
        clock,
        actor,
        action="report.received",
        kind="report",
        subject=row.id,
        detail={"channel": new.channel, "unit": new.unit, "is_anonymous": not new.contact},
    )
    return row.id, code


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


def read_sender(
    database: Database, clock: Clock, actor: Actor, vault: Vault, report_id: str, *, reason: str
) -> str | None:
    """Who sent a report, None for an anonymous one; every look is in both chains, with its reason.

    Raises:
        NotFound: there is no such report.
        NotAllowed: the office; the refusal is in the chain.
        InvalidInput: no reason.
        EvidenceIntegrityError: it was changed, or its key is gone.
    """
    with database.reading() as session:
        row = find_report(session, report_id)
    if actor.office not in MAY_KNOW_SENDER or actor.unit not in (PROVINCE, row.unit):
        why = N_("This office does not read who sent a report.")
        refuse(database, clock, actor, action="sender.read", subject=report_id, why=why)
    if not reason.strip():
        raise InvalidInput(N_("Say why you read who sent it."))
    with database.writing() as session:
        note_twice(
            session,
            clock,
            actor,
            action="sender.read",
            kind="report",
            subject=report_id,
            detail={"reason": reason.strip()[:500]},
        )
    return None if row.contact is None else vault.open(row.contact)


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


def find_report(session: Session, report_id: str, *, for_update: bool = False) -> ReportRow:
    """A report.

    Raises:
        NotFound: there is none.
    """
    row = session.get(ReportRow, report_id, with_for_update=for_update)
    if row is None:
        raise NotFound(N_("There is no such report."))
    return row
