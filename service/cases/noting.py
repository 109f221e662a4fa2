"""What people do to cases and reports stands in both chains: of custody, and of who did what."""

from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue
from litterwatch.service.evidence.looks import note


def note_twice(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    action: str,
    kind: str,
    subject: str,
    detail: dict[str, JsonValue],
) -> None:
    """A row of each, in the caller's transaction.

    Args:
        session: a writing one.
        clock: when.
        actor: who, in which office.
        action: what was done, as `noun.verb`.
        kind: of the subject, for the log: `case`, `place`, `report`, `day`.
        subject: id of what it was done to.
        detail: values for people; never what somebody typed about a person.
    """
    note(session, clock, actor, action=action, subject=subject, detail=detail)
    record(
        session,
        clock,
        actor=actor.id,
        action=action,
        subject=f"{kind}:{subject}",
        detail={"office": actor.office, "unit": actor.unit, **detail},
    )
