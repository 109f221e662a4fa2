"""What the calendar does by itself: once a day it is noted whose limitation has passed."""

from datetime import date
from threading import Lock

from litterwatch.detector.protocols import Clock
from litterwatch.service.cases.facts import note_all_due, today_of
from litterwatch.service.cases.service import expire_due
from litterwatch.service.db import Database


class Daily:
    """Looks at every case when a day begins.

    Args:
        database: where cases are kept.
        clock: when.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._done: date | None = None
        self._lock = Lock()

    def run(self) -> None:
        """Nothing, if it was done today.

        Raises:
            StoreError: the database refused; it is tried again the next time.
        """
        today = today_of(self._clock)
        with self._lock:
            if self._done == today:
                return
            with self._database.writing() as session:
                note_all_due(session)
            expire_due(self._database, self._clock)
            self._done = today
