"""How often the public form may be used: from one address, and altogether.

Addresses are not kept: a fingerprint of them is, for as long as it counts.
"""

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, select

from litterwatch.detector.errors import TooManyAttempts
from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.settings import ReportSettings
from litterwatch.service.texts import N_
from litterwatch.service.users.tables import AttemptRow

WINDOW: Final = timedelta(minutes=10)
ASKED: Final = 20
"""Questions with a receipt code from one address within `WINDOW`."""

_REPORT, _QUESTION = "report", "receipt"


class Doorkeeper:
    """Lets people in who are not signed in.

    Args:
        database: where attempts are counted.
        clock: when.
        settings: how many.
    """

    def __init__(self, database: Database, clock: Clock, settings: ReportSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    def let_report(self, address: str) -> None:
        """Count somebody who sends a report, before anything of it is read.

        Raises:
            TooManyAttempts: from there, or altogether.
        """
        most = {
            _origin(_REPORT, address): self._settings.from_one_address,
            _REPORT: self._settings.from_everybody,
        }
        self._count(most)

    def let_ask(self, address: str) -> None:
        """Count somebody who asks with a receipt code.

        Raises:
            TooManyAttempts: from there.
        """
        self._count({_origin(_QUESTION, address): ASKED})

    def _count(self, most: dict[str, int]) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            session.execute(delete(AttemptRow).where(AttemptRow.at < now - WINDOW))
            for origin, limit in most.items():
                counted = select(func.count()).where(AttemptRow.origin == origin)
                if (session.scalar(counted) or 0) >= limit:
                    raise TooManyAttempts(N_("Too many attempts from here: wait ten minutes."))
            session.add_all(AttemptRow(origin=origin, at=now) for origin in most)


def _origin(what: str, address: str) -> str:
    return f"{what}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"
