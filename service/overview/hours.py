"""Camera-hours: how long somebody could have been seen at all.

A count of events says as much about the cameras as about the place; a rate needs the hours in which
cameras watched. Recordings bring theirs with them. Of live cameras they are added up here, minute
by minute, from the status that the watch writes, as long as the desk runs.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.events.footage_time import recorded_seconds
from litterwatch.service.local_time import LOCAL
from litterwatch.service.overview.live import live_status
from litterwatch.service.overview.tables import CameraDayRow

_LONGEST: Final = timedelta(minutes=5)
"""Between two looks; after a longer pause nobody knows what was in between."""


class HourMeter:
    """Adds up how long live cameras watch.

    Args:
        database: where the days are kept.
        clock: when.
        folder: the data folder, with the status file.
    """

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._looked_at: datetime | None = None

    def run(self) -> None:
        """Look once; the time since the last look counts for every camera that is well now.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock.now()
        since, self._looked_at = self._looked_at, now
        if since is None or not timedelta(0) < now - since <= _LONGEST:
            return
        status = live_status(self._folder, now)
        if status is None or not status.is_running:
            return
        well = [camera.id for camera in status.cameras if camera.is_well]
        if well:
            self._add(well, now, (now - since).total_seconds())

    def _add(self, sources: list[str], now: datetime, seconds: float) -> None:
        day = now.astimezone(LOCAL).date()
        with self._database.writing() as session:
            for source in sources:
                row = session.get(CameraDayRow, (source, day), with_for_update=True)
                if row is None:
                    row = CameraDayRow(source=source, day=day, seconds=0.0)
                    session.add(row)
                row.seconds += seconds


def camera_hours(session: Session, since: datetime, until: datetime) -> dict[str, float]:
    """Hours in which each source was watched, by source; live cameras by whole days (local)."""
    rows = (
        select(CameraDayRow.source, func.sum(CameraDayRow.seconds))
        .where(
            CameraDayRow.day >= since.astimezone(LOCAL).date(),
            CameraDayRow.day <= until.astimezone(LOCAL).date(),
        )
        .group_by(CameraDayRow.source)
    )
    seconds = {source: float(total) for source, total in session.execute(rows)}
    for source, recorded in recorded_seconds(session, since, until).items():
        seconds[source] = seconds.get(source, 0.0) + recorded
    return {source: total / 3600 for source, total in seconds.items()}
