"""How somebody orders something on a case: as he saw it, and once."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict
from litterwatch.detector.protocols import Clock
from litterwatch.service.cases.tables import CaseRow
from litterwatch.service.once import Once
from litterwatch.service.texts import N_


@dataclass(frozen=True, slots=True)
class Asked:
    """How somebody orders something on a case.

    Attributes:
        version: of the case as he saw it; None does not ask.
        once: the caller's name for this order; the same one twice is carried out once.
    """

    version: int | None = None
    once: Once | None = None

    def is_done(self, session: Session, row: CaseRow) -> bool:
        """Whether this very order was carried out before.

        Raises:
            Conflict: the case has changed since, or the name was used for another order.
        """
        if self.once is not None and self.once.answer(session) is not None:
            return True
        if self.version not in (None, row.version):
            raise Conflict(N_("Somebody has moved this case since you opened it: look again."))
        return False

    def note(self, session: Session, clock: Clock, case_id: str) -> None:
        """Note that it was carried out."""
        if self.once is not None:
            self.once.note(session, clock, case_id)


ANYHOW: Final = Asked()
"""However the case stands, as the forms of the pages do."""
