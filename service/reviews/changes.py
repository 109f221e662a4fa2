"""News of events, in one order for everybody: written with what they tell, or not at all."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.reviews.tables import ChangeRow, Happening, ReviewRow


def announce(session: Session, clock: Clock, news: Sequence[tuple[ReviewRow, Happening]]) -> None:
    """Add news to the caller's transaction.

    Writers take turns until they commit, so that who has read up to a number has missed nothing
    below it: on SQLite a writing transaction holds the lock anyway, on PostgreSQL there is one.
    """
    if not news:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("event_changes"))))
    seq, now = latest_seq(session), clock.now()
    for review, what in news:
        seq += 1
        session.add(
            ChangeRow(
                seq=seq,
                event_id=review.event_id,
                what=what,
                state=review.state,
                revision=review.revision,
                kind=review.kind,
                unit=review.unit,
                moment=review.moment,
                at=now,
            )
        )
    session.flush()


def latest_seq(session: Session) -> int:
    """The number of the newest news; 0 where there are none."""
    return session.scalar(select(func.max(ChangeRow.seq))) or 0


def changes_after(session: Session, seq: int, limit: int) -> Sequence[ChangeRow]:
    """The next news behind a number, the oldest first."""
    rows = select(ChangeRow).where(ChangeRow.seq > seq).order_by(ChangeRow.seq)
    return session.scalars(rows.limit(limit)).all()
