"""A case is opened on an event that two people have confirmed; the machine opens none."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.cases.service import NewCase, open_case
from litterwatch.service.cases.state import Lane
from litterwatch.service.cases.tables import CaseEventRow, CaseRow
from litterwatch.service.once import Once
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.sites.service import camera_of
from litterwatch.service.sites.tables import Lane as CameraLane
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case on an event would be.

    Attributes:
        unit: whose the event is; None where the register does not say: somebody must.
        lane: professional only where the register of cameras says so.
    """

    unit: str | None
    lane: Lane


def opening_for(session: Session, review: ReviewRow) -> Opening:
    """What the register of cameras says about a case on this event."""
    entry = camera_of(session, review.source)
    is_professional = entry is not None and entry.lane is CameraLane.PROFESSIONAL
    return Opening(review.unit, Lane.PROFESSIONAL if is_professional else Lane.PROVIDED)


def open_on_event(
    session: Session,
    clock: Clock,
    actor: Actor,
    review: ReviewRow,
    *,
    unit: str | None = None,
    occurred_on: date | None = None,
    once: Once | None = None,
) -> str:
    """Open a case on a confirmed event; the case's id.

    Args:
        session: a writing one.
        clock: when.
        actor: who.
        review: the event as people have judged it.
        unit: whose it shall be, where the register does not say.
        occurred_on: day of the act, where the recording does not say it.
        once: the caller's name for this order.

    Raises:
        NotAllowed: the office or the unit.
        InvalidInput: nobody says whose the event is.
        Conflict: it is not confirmed, or has a case already.
    """
    before = None if once is None else once.answer(session)
    if before is not None:
        return before
    if review.state is not ReviewState.CONFIRMED:
        raise Conflict(N_("A case is opened when a second person has confirmed the event."))
    opening = opening_for(session, review)
    whose = opening.unit or unit
    if known_unit(whose) is None:
        raise InvalidInput(N_("Choose the commune or ward whose case this is."))
    assert whose is not None
    case_id = open_case(
        session, clock, actor, NewCase(whose, opening.lane, (review.event_id,), occurred_on)
    ).id
    if once is not None:
        once.note(session, clock, case_id)
    return case_id


_OF_EVENT: Final = (
    select(CaseRow).join(CaseEventRow).where(CaseEventRow.event_id == bindparam("event"))
)


def case_of_event(session: Session, event_id: str) -> CaseRow | None:
    """The case that an event belongs to."""
    return session.scalars(_OF_EVENT, {"event": event_id}).first()


def has_case(session: Session, event_id: str) -> bool:
    """Whether a case rests on this event: its confirmation is not taken back then."""
    return session.get(CaseEventRow, event_id) is not None
