"""To which class of retention an event belongs that people have judged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.retention import Standing, Standings
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import ReviewRow

_CLASSES = {
    ReviewState.REJECTED: RetentionClass.REJECTED,
    ReviewState.CONFIRMED: RetentionClass.CONFIRMED,
}


def with_reviews(otherwise: Standings) -> Standings:
    """Events that were confirmed or rejected have that class, counted from the verdict.

    Of what is being looked at nothing is said, so it is kept; a duplicate is kept as long as its
    parent decides nothing either, and then has the parent's class.

    Args:
        otherwise: what has become of events that nobody has looked at.
    """

    def standings(session: Session, event_ids: Sequence[str]) -> list[Standing]:
        states = _states(session, event_ids)
        verdicts = _verdicts(session, {judged for _, judged in states.values()})
        found = []
        for event_id, (state, judged) in states.items():
            if state is not ReviewState.NEW and judged in verdicts:
                found.append(Standing(event_id, *verdicts[judged]))
        untouched = [
            event_id
            for event_id in event_ids
            if event_id not in states or states[event_id][0] is ReviewState.NEW
        ]
        return [*found, *(otherwise(session, untouched) if untouched else ())]

    return standings


def _states(session: Session, event_ids: Sequence[str]) -> dict[str, tuple[ReviewState, str]]:
    """By event: where it stands, and the event whose verdict is its own."""
    rows = session.execute(
        select(ReviewRow.event_id, ReviewRow.state, ReviewRow.parent_id).where(
            ReviewRow.event_id.in_(event_ids)
        )
    )
    return {
        event_id: (state, parent or event_id if state is ReviewState.DUPLICATE else event_id)
        for event_id, state, parent in rows
    }


def _verdicts(session: Session, event_ids: set[str]) -> dict[str, tuple[RetentionClass, datetime]]:
    """By event that was confirmed or rejected: its class and when that was."""
    rows = session.execute(
        select(ReviewRow.event_id, ReviewRow.state, ReviewRow.changed_at).where(
            ReviewRow.event_id.in_(event_ids), ReviewRow.state.in_(_CLASSES)
        )
    )
    return {event_id: (_CLASSES[state], at) for event_id, state, at in rows}
