"""The book of exports: asked for, agreed to by a second person where it shows faces, made, noted.

What leaves the building is blurred unless somebody else agreed that it is not. The row
`evidence.export_begun` is durable before the first byte is written, `evidence.exported` after the
last, so that no package exists of which the chain of custody knows nothing.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody_tables import ExportRow, ExportState, PackageRow
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import Role
from litterwatch.service.once import Once
from litterwatch.service.texts import N_

MAY_EXPORT: Final = frozenset(
    {Office.REVIEWER, Office.CASE_OFFICER, Office.AUTHORITY, Office.INSPECTOR}
)
MAY_APPROVE: Final = frozenset({Office.REVIEWER, Office.AUTHORITY, Office.INSPECTOR})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants exported.

    Attributes:
        event_id: which event.
        reason: why, for whoever reads the log.
        recipient: who gets it.
        is_unblurred: whether originals are wanted.
    """

    event_id: str
    reason: str
    recipient: str
    is_unblurred: bool = False


def request_export(
    database: Database,
    clock: Clock,
    actor: Actor,
    wish: Wish,
    *,
    is_kept: bool = False,
    once: Once | None = None,
) -> str:
    """Note a wish in the book; its number.

    Args:
        database: where the book is kept.
        clock: when.
        actor: who.
        wish: what is wanted.
        is_kept: the desk makes the package and keeps it to be fetched (`packing.py`).
        once: the caller's name for this order; the same one twice is carried out once.

    Raises:
        Conflict: the name was used for another order.
        NotFound: there is no such evidence.
        NotAllowed: the office, or no reason or recipient; the refusal is in the chain.
    """
    why_not = _objection(actor, wish)
    if why_not is not None:
        action = "evidence.export"
        refuse(database, clock, actor, action=action, subject=wish.event_id, why=why_not)
    with database.writing() as session:
        done = None if once is None else once.answer(session)
        if done is not None:
            return done
        if Role.MANIFEST not in files_of(session, [wish.event_id])[wish.event_id]:
            raise NotFound(N_("There is no evidence of such an event: check the id."))
        row = _written_down(session, clock, actor, wish)
        if is_kept:
            session.add(PackageRow(export_id=row.id, revision=1, attempts=0))
        if once is not None:
            once.note(session, clock, row.id)
        return row.id


def _written_down(session: Session, clock: Clock, actor: Actor, wish: Wish) -> ExportRow:
    """The line of the book, with its rows in both chains."""
    row = ExportRow(
        event_id=wish.event_id,
        state=ExportState.REQUESTED,
        is_unblurred=wish.is_unblurred,
        reason=" ".join(wish.reason.split()),
        recipient=" ".join(wish.recipient.split()),
        requested_by=actor.id,
        requested_office=actor.office,
        requested_unit=actor.unit,
        requested_at=clock.now(),
    )
    row.id = _number(session, row)
    session.add(row)
    session.flush()
    detail: dict[str, JsonValue] = {
        "export": row.id,
        "is_unblurred": row.is_unblurred,
        "reason": row.reason,
        "recipient": row.recipient,
    }
    action = "evidence.export_requested"
    note(session, clock, actor, action=action, subject=row.event_id, detail=detail)
    _tell(session, clock, actor, "export.requested", row)
    return row


def decide_export(
    database: Database,
    clock: Clock,
    actor: Actor,
    export_id: str,
    *,
    agree: bool,
    revision: int | None = None,
    once: Once | None = None,
) -> None:
    """The second person's word on an unblurred export.

    Args:
        database: where the book is kept.
        clock: when.
        actor: the second person.
        export_id: which wish.
        agree: whether it is made.
        revision: of the wish as he saw it; None does not ask.
        once: the caller's name for this order; the same one twice is carried out once.

    Raises:
        NotFound: there is no such wish.
        Conflict: it needs no second person, has been decided or changed, or the name was used for
            another order.
        NotAllowed: it is the same person, or not in an office to decide.
    """
    with database.reading() as session:
        if once is not None and once.answer(session) is not None:
            return
        row = find_export(session, export_id)
    if not row.is_unblurred or row.state is not ExportState.REQUESTED:
        raise Conflict(N_("This export waits for nobody's word."))
    why_not = None
    if actor.id == row.requested_by:
        why_not = N_("A second person must agree: nobody agrees to his own export.")
    elif actor.office not in MAY_APPROVE:
        why_not = N_("This office does not agree to exports.")
    if why_not is not None:
        refuse(
            database,
            clock,
            actor,
            action="evidence.approve",
            subject=row.event_id,
            why=why_not,
            detail={"export": export_id},
        )
    with database.writing() as session:
        row = find_export(session, export_id, for_update=True)
        if row.state is not ExportState.REQUESTED:
            raise Conflict(N_("Somebody else has decided this export meanwhile."))
        seen = touched(session, export_id)
        if revision not in (None, seen):
            raise Conflict(N_("This export is not as you saw it: look again."))
        row.state = ExportState.APPROVED if agree else ExportState.REFUSED
        row.decided_by, row.decided_at = actor.id, clock.now()
        action = "evidence.export_approved" if agree else "evidence.export_declined"
        detail: dict[str, JsonValue] = {"export": export_id}
        note(session, clock, actor, action=action, subject=row.event_id, detail=detail)
        _tell(session, clock, actor, "export.agreed" if agree else "export.declined", row)
        if once is not None:
            once.note(session, clock, export_id)


def touched(session: Session, export_id: str) -> int | None:
    """Count a change of an export that the desk makes; its revision before, None for others."""
    package = session.get(PackageRow, export_id)
    if package is None:
        return None
    package.revision += 1
    return package.revision - 1


def _tell(session: Session, clock: Clock, actor: Actor, action: str, row: ExportRow) -> None:
    """A row of the log, where people look for what people did."""
    detail: dict[str, JsonValue] = {"export": row.id, "is_unblurred": row.is_unblurred}
    subject = f"event:{row.event_id}"
    record(session, clock, actor=actor.id, action=action, subject=subject, detail=detail)


def find_export(session: Session, export_id: str, *, for_update: bool = False) -> ExportRow:
    """A line of the book.

    Raises:
        NotFound: there is none.
    """
    row = session.get(ExportRow, export_id, with_for_update=for_update)
    if row is None:
        raise NotFound(N_("There is no such export."))
    return row


def _objection(actor: Actor, wish: Wish) -> str | None:
    if actor.office not in MAY_EXPORT:
        return N_("This office exports no evidence.")
    if not wish.reason.strip() or not wish.recipient.strip():
        return N_("An export needs a reason and a recipient.")
    return None


def _number(session: Session, row: ExportRow) -> str:
    """32 hex digits; asking twice for the same gives two numbers."""
    earlier = session.scalar(
        select(func.count()).select_from(ExportRow).where(ExportRow.event_id == row.event_id)
    )
    when = row.requested_at.isoformat()
    return sha256_of([row.event_id, row.requested_by, when, row.recipient, earlier])[:32]
