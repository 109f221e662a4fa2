"""What somebody was shown a moment ago, so that its files are not looked up in the log each time.

Only what is in the log already is noted here: where this forgets, the log is asked.
"""

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Final

_MOST: Final = 50_000  # looks; then everything is forgotten


class Glances:
    """Looks that were written by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str, str], datetime] = {}

    def note(self, user_id: str, action: str, subjects: Iterable[str], at: datetime) -> None:
        """These looks are in the log since `at`, durably."""
        with self._lock:
            if len(self._seen) > _MOST:
                self._seen.clear()
            self._seen.update({(user_id, action, subject): at for subject in subjects})

    def has(self, user_id: str, action: str, subject: str, since: datetime) -> bool:
        """Whether it is known that this is in the log, at or after a moment."""
        with self._lock:
            at = self._seen.get((user_id, action, subject))
        return at is not None and at >= since
