"""What the machine did not see: reported by people from a paused picture."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.events.service import event_with_footage
from litterwatch.service.reviews.conditions import Person, clean_note, visible
from litterwatch.service.reviews.tables import MissedRow
from litterwatch.service.texts import N_


@dataclass(frozen=True, slots=True)
class MissedReport:
    """What somebody saw.

    Attributes:
        event_id: whose clip was open.
        media_time: of the paused picture, s of the footage.
        note: what it is, in words; may be empty.
    """

    event_id: str
    media_time: float
    note: str = ""


def report_missed(session: Session, clock: Clock, person: Person, report: MissedReport) -> str:
    """Keep the report; its id.

    Raises:
        InvalidInput: the footage has no such moment.
        NotFound: no such event where this person may look.
    """
    visible(session, person, report.event_id)
    _, footage = event_with_footage(session, report.event_id)
    longest = footage.duration if footage.duration is not None else float("inf")
    if not 0 <= report.media_time <= longest:
        raise InvalidInput(N_("The footage has no such moment."))
    row = MissedRow(
        id=secrets.token_hex(8),
        footage_id=footage.id,
        event_id=report.event_id,
        media_time=report.media_time,
        note=clean_note(report.note),
        reported_by=person.user_id,
        reported_at=clock.now(),
    )
    session.add(row)
    record(
        session,
        clock,
        actor=person.user_id,
        action="missed.reported",
        subject=f"event:{report.event_id}",
        detail={"id": row.id, "footage": footage.id, "media_time": report.media_time},
    )
    return row.id


_MISSED: Final = (
    select(MissedRow)
    .where(MissedRow.footage_id == bindparam("footage"))
    .order_by(MissedRow.media_time, MissedRow.id)
)


def missed_in(session: Session, footage_id: str) -> Sequence[MissedRow]:
    """The reports about some footage, by time."""
    return session.scalars(_MISSED, {"footage": footage_id}).all()
