"""Holds: what one of them names is not deleted, whatever the rules and the disk say."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.evidence.custody_tables import HeldKind, HoldRow
from litterwatch.service.evidence.looks import note
from litterwatch.service.evidence.tables import EvidenceRow
from litterwatch.service.texts import N_

MAY_HOLD = frozenset(
    {Office.REVIEWER, Office.CASE_OFFICER, Office.AUTHORITY, Office.INSPECTOR, Office.AUDITOR}
)
MAY_RELEASE = frozenset({Office.CASE_OFFICER, Office.AUTHORITY, Office.INSPECTOR})


def place_hold(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    event_id: str,
    reason: str,
    kind: HeldKind = HeldKind.EVENT,
    subject: str | None = None,
) -> str:
    """Put an event's evidence under hold; the hold's id.

    Args:
        session: a writing one.
        clock: when.
        actor: who.
        event_id: whose evidence.
        reason: why; it is kept for ever.
        kind: whether the event is held for itself or for a case.
        subject: the case.

    Raises:
        NotAllowed: the office, or no reason.
        NotFound: the event has no evidence (any more).
        Conflict: it is held already for the same.
    """
    if actor.office not in MAY_HOLD or not reason.strip():
        raise NotAllowed(N_("A hold needs a reason, and an office that may place it."))
    if not lock_evidence(session, event_id):
        raise NotFound("There is no evidence of such an event to hold.")
    held_for = subject or event_id
    if any(hold.subject == held_for for hold in holds_on(session, [event_id])):
        raise Conflict("This is under hold already.")
    hold = HoldRow(
        event_id=event_id,
        kind=kind,
        subject=held_for,
        reason=reason.strip(),
        placed_by=actor.id,
        placed_at=clock.now(),
    )
    hold.id = sha256_of([event_id, kind, held_for, clock.now().isoformat(), actor.id])[:32]
    session.add(hold)
    detail: dict[str, JsonValue] = {"hold": hold.id, "for": held_for, "reason": hold.reason}
    note(session, clock, actor, action="evidence.held", subject=event_id, detail=detail)
    session.flush()
    return hold.id


def release_hold(session: Session, clock: Clock, actor: Actor, hold_id: str, reason: str) -> None:
    """End a hold; the row stays.

    Raises:
        NotAllowed: the office, or no reason.
        NotFound: there is no such hold.
        Conflict: it was released before.
    """
    if actor.office not in MAY_RELEASE or not reason.strip():
        raise NotAllowed(N_("Releasing needs a reason, and an office that may do it."))
    hold = session.get(HoldRow, hold_id, with_for_update=True)
    if hold is None:
        raise NotFound("There is no such hold: check its id.")
    if hold.released_at is not None:
        raise Conflict("This hold was released before.")
    hold.released_by, hold.released_at = actor.id, clock.now()
    hold.release_reason = reason.strip()
    detail: dict[str, JsonValue] = {"hold": hold.id, "reason": hold.release_reason}
    note(session, clock, actor, action="evidence.released", subject=hold.event_id, detail=detail)


def holds_on(session: Session, event_ids: Iterable[str]) -> list[HoldRow]:
    """The holds that stand on these events."""
    rows = select(HoldRow).where(
        HoldRow.event_id.in_(list(event_ids)), HoldRow.released_at.is_(None)
    )
    return list(session.scalars(rows.order_by(HoldRow.placed_at, HoldRow.id)))


def lock_evidence(session: Session, event_id: str) -> list[EvidenceRow]:
    """The rows of an event's files; whoever would hold or delete them waits for the other."""
    rows = select(EvidenceRow).where(EvidenceRow.event_id == event_id).order_by(EvidenceRow.path)
    return list(session.scalars(rows.with_for_update()))
