"""Orders of programs that are safe to repeat: the same key twice is carried out once."""

from dataclasses import dataclass

from sqlalchemy.orm import Mapped, Session, mapped_column

from litterwatch.detector.errors import Conflict
from litterwatch.detector.protocols import Clock
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.db import Base, Key, Sha256, Utc
from litterwatch.service.texts import N_


class RequestRow(Base):
    """An order that was carried out: whose key, what was asked, what came of it.

    Kept for 30 days (`pruning.py`): the same key later is another order.
    """

    __tablename__ = "requests"

    actor: Mapped[Key] = mapped_column(primary_key=True)
    key: Mapped[Key] = mapped_column(primary_key=True)
    what: Mapped[Sha256]
    answer: Mapped[Key]
    at: Mapped[Utc] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Once:
    """The caller's own name for one order.

    Attributes:
        actor: id of the account.
        key: chosen by the caller; its own, not shared with other accounts.
        what: SHA-256 of what is asked.
    """

    actor: str
    key: str
    what: str

    @classmethod
    def named(cls, actor: str, key: str, *asked: JsonValue) -> "Once | None":
        """An order with a key; None where the caller gave none."""
        return cls(actor, key, sha256_of(list(asked))) if key else None

    def answer(self, session: Session) -> str | None:
        """What came of this very order before; None where it was not carried out yet.

        Raises:
            Conflict: the key was used for another order.
        """
        row = session.get(RequestRow, (self.actor, self.key))
        if row is not None and row.what != self.what:
            raise Conflict(N_("This request key was used for something else."))
        return None if row is None else row.answer

    def note(self, session: Session, clock: Clock, answer: str) -> None:
        """Note in the same transaction that it was carried out."""
        session.add(
            RequestRow(
                actor=self.actor, key=self.key, what=self.what, answer=answer, at=clock.now()
            )
        )
        session.flush()
