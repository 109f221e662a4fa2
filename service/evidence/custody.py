"""The chain of custody: what was done to evidence, each row bound to the one before by its hash."""

from typing import Final

from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service import chain
from litterwatch.service.canonical import JsonValue
from litterwatch.service.evidence.tables import CustodyRow

GENESIS: Final = chain.GENESIS
SYSTEM: Final = chain.SYSTEM


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
        session: a writing one.
        clock: when.
        action: what was done, as `noun.verb`.
        subject: the id of what it was done to.
        detail: values for people and for checks.
        actor: who did it.
    """
    return chain.append(
        session, clock, CustodyRow, actor=actor, action=action, subject=subject, detail=detail
    )


def hash_of(row: CustodyRow) -> str:
    """What a row's hash must be."""
    return chain.hash_of(row)


def verify_chain(session: Session) -> tuple[str, list[str]]:
    """Walk the whole chain: the head's hash, and one sentence for every fault."""
    return chain.verify(session, CustodyRow)
