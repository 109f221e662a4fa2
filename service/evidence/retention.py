"""The only place that deletes evidence: by a dated rule, never under hold, with a log.

The order of steps: one transaction takes the files' rows, adds garbage rows and a line in the log
of deletions and in the chain of custody; then each file is unlinked, its folder synced, its garbage
row dropped. Wherever it stops, the next start goes on. A full disk deletes nothing: recording
stops.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotAllowed
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.canonical import JsonValue, sha256_of
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody_tables import DeletionRow, RetentionClass, RetentionRow
from litterwatch.service.evidence.holds import holds_on, lock_evidence
from litterwatch.service.evidence.looks import note
from litterwatch.service.evidence.service import DELETED
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.evidence.tables import EvidenceRow, GarbageRow
from litterwatch.service.local_time import LOCAL

MAY_SET: Final = frozenset({Office.ADMINISTRATOR, Office.INSPECTOR, Office.AUTHORITY})
MAY_DELETE: Final = frozenset({Office.ADMINISTRATOR, Office.INSPECTOR, Office.SYSTEM})


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of an event.

    Attributes:
        event_id: which.
        kind: its class.
        counted_from: since when its days are counted, UTC.
    """

    event_id: str
    kind: RetentionClass
    counted_from: datetime


Standings = Callable[[Session, Sequence[str]], Iterable[Standing]]
"""Says what has become of events; one it says nothing about is kept."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a class is kept.

    Attributes:
        kind: of which class.
        valid_from: from which day on (local).
        days: None for ever.
        basis: why, for people.
    """

    kind: RetentionClass
    valid_from: date
    days: int | None
    basis: str

    def is_due(self, standing: Standing, now: datetime) -> bool:
        """Whether evidence of this standing has been kept long enough."""
        return self.days is not None and standing.counted_from + timedelta(days=self.days) <= now


@dataclass(frozen=True, slots=True)
class Due:
    """Evidence whose time is over: deleted, or to be."""

    standing: Standing
    rule: Rule
    paths: tuple[str, ...]


def default_rules() -> list[Rule]:
    """The proposals that come with litterwatch, where a unit has set nothing."""
    text = (files("litterwatch.service") / "evidence" / "data" / "retention.json").read_text(
        "utf-8"
    )
    return [
        Rule(
            RetentionClass(rule["kind"]),
            date.fromisoformat(rule["valid_from"]),
            rule["days"],
            rule["basis"],
        )
        for rule in json.loads(text)["rules"]
    ]


def rules_on(session: Session, day: date) -> dict[RetentionClass, Rule]:
    """The rule of each class on a day: the unit's latest, else the proposal."""
    rules = {rule.kind: rule for rule in default_rules()}
    rows = select(RetentionRow).where(RetentionRow.valid_from <= day)
    for row in session.scalars(rows.order_by(RetentionRow.valid_from)):
        rules[row.kind] = Rule(row.kind, row.valid_from, row.days, row.basis)
    return rules


def set_rule(session: Session, clock: Clock, actor: Actor, rule: Rule) -> None:
    """Set how long a class is kept from a day on; earlier rules stay to be read.

    Raises:
        NotAllowed: the office, no reason, a day that is past, or open cases.
    """
    today = clock.now().astimezone(LOCAL).date()
    if actor.office not in MAY_SET or not rule.basis.strip():
        raise NotAllowed("A rule of retention needs a basis, and an office that may set it.")
    if rule.valid_from < today or (rule.days is not None and rule.days < 1):
        raise NotAllowed("A rule of retention counts from today or later, and for a day or more.")
    if rule.kind is RetentionClass.CASE_OPEN:
        raise NotAllowed("Evidence of a case that is open is never deleted.")
    session.merge(
        RetentionRow(
            kind=rule.kind,
            valid_from=rule.valid_from,
            days=rule.days,
            basis=rule.basis.strip(),
            set_by=actor.id,
            set_at=clock.now(),
        )
    )
    detail: dict[str, JsonValue] = {
        "days": rule.days,
        "valid_from": rule.valid_from.isoformat(),
        "basis": rule.basis.strip(),
    }
    note(session, clock, actor, action="retention.set", subject=rule.kind, detail=detail)


def due_evidence(session: Session, clock: Clock, standings: Standings) -> list[Due]:
    """What may be deleted now: its time is over and nothing holds it."""
    events = select(EvidenceRow.event_id).distinct().order_by(EvidenceRow.event_id)
    event_ids = list(session.scalars(events))
    found = []
    for start in range(0, len(event_ids), 500):
        found += _due(session, clock, standings, event_ids[start : start + 500])
    return found


def delete_due(
    database: Database, store: EvidenceStore, clock: Clock, actor: Actor, standings: Standings
) -> list[Due]:
    """Delete what is due, event by event.

    Args:
        database: where rows are kept.
        store: opened by the caller, so that nobody else writes to the folder.
        clock: when.
        actor: who.
        standings: what has become of events.

    Raises:
        NotAllowed: the office.
        EvidenceError: a file cannot be removed; its garbage row stands, the next start goes on.
        StoreError: the database refused; what was not logged was not deleted.
    """
    if actor.office not in MAY_DELETE:
        raise NotAllowed("This office deletes no evidence.")
    with database.reading() as session:
        event_ids = [due.standing.event_id for due in due_evidence(session, clock, standings)]
    deleted = []
    for event_id in event_ids:
        with database.writing() as session:
            rows = lock_evidence(session, event_id)
            # Looked at again: meanwhile somebody may have put it under hold or into a case.
            for due in _due(session, clock, standings, [event_id]):
                _log(session, clock, actor, due, rows)
                deleted.append(due)
        store.sweep_garbage()
    return deleted


def _due(
    session: Session, clock: Clock, standings: Standings, event_ids: Sequence[str]
) -> list[Due]:
    now = clock.now()
    rules = rules_on(session, now.astimezone(LOCAL).date())
    held = {hold.event_id for hold in holds_on(session, event_ids)}
    paths: dict[str, list[str]] = {}
    rows = select(EvidenceRow).where(EvidenceRow.event_id.in_(event_ids))
    for row in session.scalars(rows.order_by(EvidenceRow.path)):
        paths.setdefault(row.event_id, []).append(row.path)
    return [
        Due(standing, rules[standing.kind], tuple(paths[standing.event_id]))
        for standing in standings(session, event_ids)
        if standing.event_id in paths
        and standing.event_id not in held
        and rules[standing.kind].is_due(standing, now)
    ]


def _log(
    session: Session, clock: Clock, actor: Actor, due: Due, rows: Sequence[EvidenceRow]
) -> None:
    now, rule, event_id = clock.now(), due.rule, due.standing.event_id
    assert rule.days is not None
    facts: list[JsonValue] = [
        {"path": row.path, "sha256": row.sha256, "size": row.size} for row in rows
    ]
    session.add(
        DeletionRow(
            id=sha256_of([event_id, now.isoformat()])[:32],
            event_id=event_id,
            kind=rule.kind,
            valid_from=rule.valid_from,
            days=rule.days,
            counted_from=due.standing.counted_from,
            files=facts,
            deleted_by=actor.id,
            deleted_at=now,
        )
    )
    for row in rows:
        session.add(GarbageRow(path=row.path, reason="its time was over", created_at=now))
        session.delete(row)
    detail: dict[str, JsonValue] = {
        "deleted": [row.path for row in rows],
        "rule": {"class": rule.kind, "days": rule.days, "valid_from": rule.valid_from.isoformat()},
    }
    note(session, clock, actor, action=DELETED, subject=event_id, detail=detail)
