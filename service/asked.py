"""How somebody orders something on what others may change meanwhile: as he saw it, and once."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict
from litterwatch.detector.protocols import Clock
from litterwatch.service.once import Once


@dataclass(frozen=True, slots=True)
class Asked:
    """How somebody orders something on a case or a report.

    Attributes:
        version: of it as he saw it; None does not ask.
        once: the caller's name for this order; the same one twice is carried out once.
    """

    version: int | None = None
    once: Once | None = None

    def is_done(self, session: Session, version: int, overtaken: str) -> bool:
        """Whether this very order was carried out before.

        Args:
            session: a writing one, where the order is to be carried out.
            version: that it has now.
            overtaken: what to say where it was changed since.

        Raises:
            Conflict: it was changed since, or the name was used for another order.
        """
        if self.once is not None and self.once.answer(session) is not None:
            return True
        if self.version not in (None, version):
            raise Conflict(overtaken)
        return False

    def note(self, session: Session, clock: Clock, answer: str) -> None:
        """Note that it was carried out, and what came of it."""
        if self.once is not None:
            self.once.note(session, clock, answer)


ANYHOW: Final = Asked()
"""However it stands, as the forms of the pages do."""
