"""Writing to the audit log, and reading it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service import chain
from litterwatch.service.audit.tables import AuditRow
from litterwatch.service.canonical import JsonValue


def record(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, JsonValue] | None = None,
) -> AuditRow:
    """Add a row to the caller's transaction; what it speaks of is durable with it, or neither.

    Args:
        session: a writing one.
        clock: when.
        actor: id of the account, or `system`.
        action: what was done, as `noun.verb`.
        subject: what it was done to, as `kind:id`.
        detail: values for people; never a secret.
    """
    return chain.append(
        session, clock, AuditRow, actor=actor, action=action, subject=subject, detail=detail or {}
    )


def record_all(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    action: str,
    subjects: Sequence[str],
    detail: dict[str, JsonValue],
) -> None:
    """Add the same row for each subject to the caller's transaction."""
    facts = [(subject, detail) for subject in subjects]
    chain.append_all(session, clock, AuditRow, actor=actor, action=action, facts=facts)


def done_to(
    session: Session, actor: str, action: str, subjects: Sequence[str], since: datetime
) -> set[str]:
    """To which of these somebody did this, at or after a moment."""
    rows = select(AuditRow.subject).where(
        AuditRow.subject.in_(subjects),
        AuditRow.actor == actor,
        AuditRow.action == action,
        AuditRow.at >= since,
    )
    return set(session.scalars(rows))


_DONE: Final = select(AuditRow.seq).where(
    AuditRow.subject == bindparam("subject"),
    AuditRow.actor == bindparam("actor"),
    AuditRow.action == bindparam("action"),
)


def has_done(
    session: Session, actor: str, action: str, subject: str, since: datetime | None = None
) -> bool:
    """Whether somebody did this, at or after a moment."""
    given = {"subject": subject, "actor": actor, "action": action}
    if since is None:
        return session.scalar(_DONE.limit(1), given) is not None
    lately = _DONE.where(AuditRow.at >= since).limit(1)
    return session.scalar(lately, given) is not None


def count_since(session: Session, action: str, since: datetime) -> int:
    """How often something was done at or after a moment, by anybody."""
    rows = select(func.count()).where(AuditRow.action == action, AuditRow.at >= since)
    return session.scalar(rows) or 0


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which rows somebody wants to see; None is all.

    Attributes:
        actor: id of an account.
        action: whole, or its beginning up to the dot.
        subject: as `kind:id`.
        parts: subjects that are part of it; their rows are its own.
        before: only rows with a lower number, for paging.
    """

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    parts: tuple[str, ...] = ()
    before: int | None = None


def read_log(session: Session, wanted: AuditFilter, limit: int) -> Sequence[AuditRow]:
    """Rows of the log, the newest first."""
    return session.scalars(_filtered(wanted).order_by(AuditRow.seq.desc()).limit(limit)).all()


def _filtered(wanted: AuditFilter) -> Select[AuditRow]:
    rows = select(AuditRow)
    if wanted.actor is not None:
        rows = rows.where(AuditRow.actor == wanted.actor)
    if wanted.action is not None:
        rows = rows.where(
            (AuditRow.action == wanted.action) | AuditRow.action.startswith(f"{wanted.action}.")
        )
    if wanted.subject is not None:
        rows = rows.where(AuditRow.subject.in_((wanted.subject, *wanted.parts)))
    if wanted.before is not None:
        rows = rows.where(AuditRow.seq < wanted.before)
    return rows


def verify_log(session: Session) -> tuple[str, list[str]]:
    """Walk the whole log: the head's hash, and one sentence for every fault."""
    return chain.verify(session, AuditRow)
