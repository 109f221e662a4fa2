"""Every look at evidence, and every refusal, is a row in the chain of custody."""

from enum import StrEnum
from typing import Final, NoReturn

from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.tables import Role


class Look(StrEnum):
    """What somebody does with a piece of evidence without changing anything."""

    VIEWED = "evidence.viewed"
    PLAYED = "evidence.played"
    DOWNLOADED = "evidence.downloaded"


MAY_LOOK: Final = frozenset(
    {
        Office.SCREENER,
        Office.REVIEWER,
        Office.CASE_OFFICER,
        Office.AUTHORITY,
        Office.INSPECTOR,
    }
)
"""Who may see evidence. Administrators set things up and see no clips; auditors read logs."""


def look(
    database: Database, clock: Clock, actor: Actor, what: Look, *, event_id: str, role: Role
) -> None:
    """Note that somebody looks; call it before a byte is shown.

    Args:
        database: where the chain is kept.
        clock: when.
        actor: who.
        what: what is done.
        event_id: whose evidence.
        role: which file.

    Raises:
        NotAllowed: this office sees no evidence; the refusal is in the chain.
        StoreError: the database refused, so nothing may be shown.
    """
    detail: dict[str, JsonValue] = {"role": role}
    if actor.office not in MAY_LOOK:
        why = "This office sees no evidence."
        refuse(database, clock, actor, action=what, subject=event_id, why=why, detail=detail)
    with database.writing() as session:
        note(session, clock, actor, action=what, subject=event_id, detail=detail)


def note(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    action: str,
    subject: str,
    detail: dict[str, JsonValue],
) -> None:
    """A row in the chain that says in which capacity, and for which unit, somebody acted."""
    append_custody(
        session,
        clock,
        action=action,
        subject=subject,
        detail={"office": actor.office, "unit": actor.unit, **detail},
        actor=actor.id,
    )


def refuse(
    database: Database,
    clock: Clock,
    actor: Actor,
    *,
    action: str,
    subject: str,
    why: str,
    detail: dict[str, JsonValue] | None = None,
) -> NoReturn:
    """Note a refusal, durably, then refuse.

    Raises:
        NotAllowed: always.
    """
    with database.writing() as session:
        refused = {"refused": action, "why": why, **(detail or {})}
        note(session, clock, actor, action="evidence.refused", subject=subject, detail=refused)
    raise NotAllowed(why)
