"""Who allowed which pictures for training, and why.

Footage that became a case needs a word of its own for each event; what was rejected, passed over or
repeats nothing that was confirmed, may be allowed for a whole recording or camera. Nobody's silence
allows anything (docs/decisions/0087-pictures-for-training.md).
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.labels.tables import LabelRow, PermitRow
from litterwatch.service.reviews.conditions import Person, clean_note
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.sites.service import SourceUnits
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import ALLOWED, Permission, Role, areas, holds

WORDS: int = 10
"""Letters that a reason must have at least."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody allows.

    Attributes:
        reason: why, in words.
        event_id: one event, which may be a case.
        source: a recording or live camera: all of it that is no case.
    """

    reason: str
    event_id: str | None = None
    source: str | None = None


def give(session: Session, clock: Clock, person: Person, request: Request) -> PermitRow:
    """Allow pictures to be used for training.

    Raises:
        Conflict: that stands already.
        InvalidInput: no reason, or neither event nor recording.
        NotAllowed: not in his role there.
        NotFound: no such event or recording with labels.
    """
    reason = clean_note(request.reason)
    if len(reason) < WORDS:
        raise InvalidInput(N_("Write why these pictures may be used, in ten letters or more."))
    if (request.event_id is None) == (request.source is None):
        raise InvalidInput(N_("Choose an event or a recording."))
    unit = _unit_of(session, request)
    role = _role_of(person, unit)
    same = select(PermitRow.id).where(
        PermitRow.event_id == request.event_id
        if request.event_id is not None
        else PermitRow.source == request.source,
        PermitRow.withdrawn_at.is_(None),
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict(N_("This is allowed already."))
    row = PermitRow(
        id=secrets.token_hex(8),
        event_id=request.event_id,
        source=request.source,
        reason=reason,
        role=role,
        given_by=person.user_id,
        given_at=clock.now(),
    )
    session.add(row)
    _log(session, clock, person, "training.permitted", row)
    return row


def withdraw(session: Session, clock: Clock, person: Person, permit_id: str) -> PermitRow:
    """Allow it no longer; what was handed over before is named in the log.

    Raises:
        NotAllowed: not in his role there.
        NotFound: no such permission, or withdrawn before.
    """
    row = session.get(PermitRow, permit_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFound(N_("There is no such permission."))
    _role_of(person, _unit_of(session, Request("", row.event_id, row.source)))
    row.withdrawn_by, row.withdrawn_at = person.user_id, clock.now()
    _log(session, clock, person, "training.forbidden", row)
    return row


def standing_permits(session: Session, person: Person) -> Sequence[PermitRow]:
    """Those that stand where somebody may look, the newest first."""
    rows = select(PermitRow).where(PermitRow.withdrawn_at.is_(None))
    units = areas(person.grants, Permission.SEE_LABELS)
    found = session.scalars(rows.order_by(PermitRow.given_at.desc(), PermitRow.id)).all()
    if units is None:
        return found
    return [
        row for row in found if _unit_of(session, Request("", row.event_id, row.source)) in units
    ]


def permitted(session: Session, labels: Iterable[LabelRow]) -> frozenset[str]:
    """Ids of those that may be used for training now."""
    labels = list(labels)
    rows = session.scalars(select(PermitRow).where(PermitRow.withdrawn_at.is_(None))).all()
    events = {row.event_id for row in rows if row.event_id is not None}
    sources = {row.source for row in rows if row.source is not None}
    cases = case_events(session, {row.event_id for row in labels if row.event_id is not None})
    found = set()
    for row in labels:
        case = cases.get(row.event_id or "")
        is_case = case is not None or row.missed_id is not None
        own = row.event_id in events or case in events
        if own or (not is_case and row.source in sources):
            found.add(row.id)
    return frozenset(found)


def case_events(session: Session, event_ids: Iterable[str]) -> dict[str, str]:
    """Of these events those that are or repeat a confirmed one: to the id of that one."""
    own = select(ReviewRow).where(ReviewRow.event_id.in_(list(event_ids)))
    reviews = session.scalars(own).all()
    parents = {r.parent_id for r in reviews if r.state is ReviewState.DUPLICATE and r.parent_id}
    confirmed = set(
        session.scalars(
            select(ReviewRow.event_id).where(
                ReviewRow.event_id.in_(parents), ReviewRow.state == ReviewState.CONFIRMED
            )
        )
    )
    found = {r.event_id: r.event_id for r in reviews if r.state is ReviewState.CONFIRMED}
    for review in reviews:
        if review.state is ReviewState.DUPLICATE and review.parent_id in confirmed:
            found[review.event_id] = str(review.parent_id)
    return found


def _unit_of(session: Session, request: Request) -> str | None:
    if request.event_id is not None:
        review = session.get(ReviewRow, request.event_id)
        if review is None:
            raise NotFound(N_("There is no such event."))
        return review.unit
    assert request.source is not None
    known = select(LabelRow.id).where(LabelRow.source == request.source).limit(1)
    if session.scalar(known) is None:
        raise NotFound(N_("There is no such recording."))
    return SourceUnits(session).unit_of(request.source)


def _role_of(person: Person, unit: str | None) -> Role:
    held = [
        role
        for role in sorted(ALLOWED[Permission.PERMIT_TRAINING])
        if holds(person.grants, role, unit)
    ]
    if not held:
        raise NotAllowed(N_("Your roles do not allow this for these pictures."))
    return held[0]


def _log(session: Session, clock: Clock, person: Person, action: str, row: PermitRow) -> None:
    subject = f"event:{row.event_id}" if row.event_id is not None else f"source:{row.source}"
    record(
        session,
        clock,
        actor=person.user_id,
        action=action,
        subject=subject[:255],
        detail={"permit": row.id, "role": row.role, "reason": row.reason},
    )
