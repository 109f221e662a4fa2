"""What must be true before a step is taken: the role, then each need of the rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import has_done
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.sealed import require_sealed
from litterwatch.service.evidence.tables import EvidenceRow
from litterwatch.service.evidence.tables import Role as File
from litterwatch.service.reviews.state import Action, Need, RejectReason, ReviewState, Rule
from litterwatch.service.reviews.tables import ReviewRow, StepRow
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Grant, Permission, Role, holds, reaches

PLAYED: Final = "clip.played"
"""What the log says when somebody has watched the moment of the act."""

PREVIEWED: Final = "preview.opened"
"""What the log says when somebody was shown the small pictures of an event."""

LONGEST_NOTE: Final = 2000
_JUDGEMENTS: Final = (Action.PROPOSE, Action.REJECT, Action.DUPLICATE, Action.ASK_MORE)


@dataclass(frozen=True, slots=True)
class Person:
    """Who orders."""

    user_id: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done to an event.

    Attributes:
        revision: of the review as he saw it; None does not ask.
        reason: for a rejection.
        note: why, in words.
        act: what is suspected, for a proposal.
        parent_id: the event that a duplicate repeats.
        request_key: the caller's name for this order; the same one twice is carried out once.
    """

    action: Action
    revision: int | None = None
    reason: RejectReason | None = None
    note: str = ""
    act: EventKind | None = None
    parent_id: str | None = None
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One order on its way."""

    session: Session
    clock: Clock
    root: Path
    person: Person
    review: ReviewRow
    order: Order


def require(work: Work, rule: Rule) -> Role:
    """Refuse a step whose conditions are not met; the role it is taken in.

    Raises:
        Conflict, EvidenceError, InvalidInput, NotAllowed, NotFound: as the needs have it.
    """
    held = [r for r in sorted(rule.roles) if holds(work.person.grants, r, work.review.unit)]
    if not held:
        raise NotAllowed(N_("Your roles do not allow this for this event."))
    for need in sorted(rule.needs):
        _CHECKS[need](work)
    return held[0]


def visible(session: Session, person: Person, event_id: str) -> ReviewRow:
    """A review where this person may look.

    Raises:
        NotFound: there is none, or it is another commune's: the answer does not tell which.
    """
    review = session.get(ReviewRow, event_id)
    if review is None or not reaches(person.grants, Permission.SEE_EVENTS, review.unit):
        raise NotFound(N_("There is no such event."))
    return review


_SEEN: Final = (
    select(ReviewRow, EventRow, FootageRow)
    .join(EventRow, EventRow.id == ReviewRow.event_id)
    .join(FootageRow, FootageRow.id == EventRow.footage_id)
    .where(ReviewRow.event_id == bindparam("event"))
)


def seen_event(
    session: Session, person: Person, event_id: str
) -> tuple[ReviewRow, EventRow, FootageRow]:
    """A review where this person may look, with its event and where that was seen.

    Raises:
        NotFound: as `visible`.
    """
    found = session.execute(_SEEN, {"event": event_id}).one_or_none()
    if found is None or not reaches(person.grants, Permission.SEE_EVENTS, found[0].unit):
        raise NotFound(N_("There is no such event."))
    review, event, footage = found
    return review, event, footage


_FILE: Final = (
    select(ReviewRow.unit, EvidenceRow)
    .outerjoin(
        EvidenceRow,
        (EvidenceRow.event_id == ReviewRow.event_id)
        & (EvidenceRow.role == bindparam("role", type_=EvidenceRow.role.type)),
    )
    .where(ReviewRow.event_id == bindparam("event"))
)


def seen_file(session: Session, person: Person, event_id: str, role: File) -> EvidenceRow:
    """A file of an event where this person may look.

    Raises:
        NotFound: as `visible`, or there is no such file.
    """
    found = session.execute(_FILE, {"event": event_id, "role": role}).one_or_none()
    if found is None or not reaches(person.grants, Permission.SEE_EVENTS, found[0]):
        raise NotFound(N_("There is no such event."))
    if found[1] is None:
        raise NotFound(N_("There is no such file."))
    row: EvidenceRow = found[1]
    return row


def has_screened(session: Session, user_id: str, event_id: str) -> bool:
    """Whether somebody has judged an event in screening; who has only taken it, has not."""
    judged = select(StepRow.number).where(
        StepRow.event_id == event_id,
        StepRow.actor == user_id,
        StepRow.role == Role.SCREENER,
        StepRow.action.in_(_JUDGEMENTS),
    )
    return session.scalar(judged.limit(1)) is not None


def is_screening(step: StepRow, user_id: str) -> bool:
    """The same of one step that was read."""
    is_own = step.actor == user_id and step.role is Role.SCREENER
    return is_own and step.action in _JUDGEMENTS


def clean_note(note: str) -> str:
    """Without blanks round it.

    Raises:
        InvalidInput: it is too long.
    """
    cleaned = note.strip()
    if len(cleaned) > LONGEST_NOTE:
        raise InvalidInput(N_("The note is too long: 2000 characters at most."))
    return cleaned


def _not_claimed_by_another(work: Work) -> None:
    review = work.review
    is_held = review.claimed_until is not None and review.claimed_until > work.clock.now()
    if is_held and review.claimed_by != work.person.user_id:
        raise Conflict(N_("Somebody else is looking at this event: choose another one."))


def _reason(work: Work) -> None:
    if work.order.reason is None:
        raise InvalidInput(N_("Choose a reason."))
    if work.order.reason is RejectReason.OTHER:
        _note(work)


def _note(work: Work) -> None:
    if not clean_note(work.order.note):
        raise InvalidInput(N_("Write why, in a few words."))


def _parent(work: Work) -> None:
    parent_id = work.order.parent_id
    if not parent_id or parent_id == work.review.event_id:
        raise InvalidInput(N_("Choose the event that this one repeats."))
    parent = visible(work.session, work.person, parent_id)
    if parent.state is ReviewState.DUPLICATE:
        raise Conflict(N_("That event repeats another one itself: choose the first one."))


def _act(work: Work) -> None:
    if work.order.act is None:
        raise InvalidInput(N_("Choose what is suspected."))


def _sealed(work: Work) -> None:
    require_sealed(work.session, work.root, work.review.event_id)


def _other_person(work: Work) -> None:
    if has_screened(work.session, work.person.user_id, work.review.event_id):
        raise NotAllowed(N_("You have screened this event yourself: a second person decides."))


def _played(work: Work) -> None:
    subject = f"event:{work.review.event_id}"
    if not has_done(work.session, work.person.user_id, PLAYED, subject):
        raise Conflict(N_("Watch the clip up to the act first."))


_CHECKS: Final[Mapping[Need, Callable[[Work], None]]] = {
    Need.NOT_CLAIMED_BY_ANOTHER: _not_claimed_by_another,
    Need.REASON: _reason,
    Need.NOTE: _note,
    Need.PARENT: _parent,
    Need.ACT: _act,
    Need.SEALED: _sealed,
    Need.OTHER_PERSON: _other_person,
    Need.PLAYED: _played,
}
