"""How much time of recordings was looked at."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.service.events.tables import FootageRow, FootageState


def recorded_seconds(session: Session, since: datetime, until: datetime) -> dict[str, float]:
    """Seconds of recordings that were scanned to their end, by source; scanned twice counts once.

    Args:
        session: a reading one.
        since: when they were recorded, or scanned where nobody knows that.
        until: the end of that, not part of it.
    """
    moment = func.coalesce(FootageRow.captured_from, FootageRow.finished_at)
    rows = (
        select(FootageRow.source, func.max(FootageRow.duration))
        .where(
            FootageRow.live_since.is_(None),
            FootageRow.state == FootageState.DONE,
            FootageRow.duration.is_not(None),
            moment >= since,
            moment < until,
        )
        .group_by(FootageRow.source)
    )
    return {source: seconds or 0.0 for source, seconds in session.execute(rows)}
