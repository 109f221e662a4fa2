"""The chain of custody: who did what, each row bound to the one before by its hash.

A row that is changed, removed from the middle or put in is found by `verify_chain`. Rows missing
at the end are found only by somebody who noted the head's hash elsewhere, so the head is printed
and belongs in every handed-over file.
"""

from datetime import UTC
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.canonical import JsonValue, plain, sha256_of
from litterwatch.service.evidence.tables import CustodyRow

GENESIS: Final = "0" * 64
"""What the first row holds as the hash before it."""

SYSTEM: Final = "system"
"""The machine as an actor."""


def append_custody(
    session: Session,
    clock: Clock,
    *,
    action: str,
    subject: str,
    detail: dict[str, JsonValue],
    actor: str = SYSTEM,
) -> CustodyRow:
    """Add a row to the caller's transaction.

    Args:
        session: a writing one; two writers at once on PostgreSQL give the second `Conflict`.
        clock: when.
        action: what was done, as `noun.verb`.
        subject: the id of what it was done to.
        detail: values for people and for checks.
        actor: who did it.
    """
    head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)).first()
    row = CustodyRow(
        seq=1 if head is None else head.seq + 1,
        at=clock.now(),
        actor=actor,
        action=action,
        subject=subject,
        detail={key: plain(value) for key, value in detail.items()},
        previous=GENESIS if head is None else head.hash,
    )
    row.hash = hash_of(row)
    session.add(row)
    session.flush()  # the next row of the same transaction must see this one
    return row


def hash_of(row: CustodyRow) -> str:
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


def verify_chain(session: Session) -> tuple[str, list[str]]:
    """Walk the whole chain: the head's hash, and one sentence for every fault."""
    faults = []
    previous, expected = GENESIS, 1
    rows = session.scalars(
        select(CustodyRow).order_by(CustodyRow.seq).execution_options(yield_per=500)
    )
    for row in rows:
        if row.seq != expected:
            faults.append(f"custody row {expected} is missing: the next one is {row.seq}")
        if row.previous != previous:
            faults.append(f"custody row {row.seq} does not follow from the row before it")
        if row.hash != hash_of(row):
            faults.append(f"custody row {row.seq} was changed after it was written")
        previous, expected = row.hash, row.seq + 1
    return previous, faults
