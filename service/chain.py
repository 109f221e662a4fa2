"""Rows bound to one another by their hashes: who did what, only ever appended.

A row that is changed, removed from the middle or put in is found by `verify`. Rows missing at the
end are found only by somebody who noted the head's hash elsewhere, so the head is printed and
belongs in every handed-over file. The chain of custody and the audit log are two such chains.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Final, Never, TypeVar

from sqlalchemy import BigInteger, event, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from litterwatch.detector.errors import NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.canonical import JsonValue, plain, sha256_of
from litterwatch.service.db import Base, JsonMap, Name, Sha256, Utc

GENESIS: Final = "0" * 64
"""What the first row holds as the hash before it."""

SYSTEM: Final = "system"
"""The machine as an actor."""


class Link(Base):
    """One row of a chain; each table that inherits from it is a chain of its own."""

    __abstract__ = True

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Utc]
    actor: Mapped[Name]
    action: Mapped[Name]
    subject: Mapped[Name]
    detail: Mapped[JsonMap]
    previous: Mapped[Sha256]
    hash: Mapped[Sha256] = mapped_column(unique=True)


AnyLink = TypeVar("AnyLink", bound=Link)


@event.listens_for(Link, "before_update", propagate=True)
@event.listens_for(Link, "before_delete", propagate=True)
def _refuse(*_: object) -> Never:
    raise NotAllowed("Rows of this log are only appended.")


def append(
    session: Session,
    clock: Clock,
    chain: type[AnyLink],
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, JsonValue],
) -> AnyLink:
    """Add a row to the caller's transaction.

    Writers take turns: on SQLite a writing transaction holds the lock anyway, on PostgreSQL the
    chain's own lock is held until the transaction ends.

    Args:
        session: a writing one.
        clock: when.
        chain: which one.
        actor: who did it.
        action: what was done, as `noun.verb`.
        subject: the id of what it was done to.
        detail: values for people and for checks.
    """
    facts = [(subject, detail)]
    return append_all(session, clock, chain, actor=actor, action=action, facts=facts)[0]


def append_all(
    session: Session,
    clock: Clock,
    chain: type[AnyLink],
    *,
    actor: str,
    action: str,
    facts: Sequence[tuple[str, dict[str, JsonValue]]],
) -> list[AnyLink]:
    """Add a row for each subject and detail, as `append` would one by one, and in their order."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(chain.__tablename__))))
    last = select(chain.seq, chain.hash).order_by(chain.seq.desc()).limit(1)
    seq, previous = session.execute(last).one_or_none() or (0, GENESIS)
    rows, now = [], clock.now()
    for number, (subject, detail) in enumerate(facts, seq + 1):
        row = chain(
            seq=number,
            at=now,
            actor=actor,
            action=action,
            subject=subject,
            detail={key: plain(value) for key, value in detail.items()},
            previous=previous,
        )
        row.hash = previous = hash_of(row)
        rows.append(row)
    session.add_all(rows)
    session.flush()  # the next row of the same transaction must see these
    return rows


def hash_of(row: Link) -> str:
    """What a row's hash must be."""
    return sha256_of(
        {
            "seq": row.seq,
            "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "detail": row.detail,
            "previous": row.previous,
        }
    )


def verify(session: Session, chain: type[AnyLink]) -> tuple[str, list[str]]:
    """Walk the whole chain: the head's hash, and one sentence for every fault."""
    faults = []
    name = chain.__tablename__
    previous, expected = GENESIS, 1
    rows = session.scalars(select(chain).order_by(chain.seq).execution_options(yield_per=500))
    for row in rows:
        if row.seq != expected:
            faults.append(f"{name} row {expected} is missing: the next one is {row.seq}")
        if row.previous != previous:
            faults.append(f"{name} row {row.seq} does not follow from the row before it")
        if row.hash != hash_of(row):
            faults.append(f"{name} row {row.seq} was changed after it was written")
        previous, expected = row.hash, row.seq + 1
    return previous, faults
