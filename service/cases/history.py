"""The history of one case or one place: entries that are only appended, chained by hash."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.canonical import JsonValue, plain, sha256_of
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.cases.tables import CaseEntryRow, SiteEntryRow

GENESIS: Final = "0" * 64
"""What the first entry holds as the hash before it."""

Entry = CaseEntryRow | SiteEntryRow


def append_case_entry(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    case_id: str,
    move: str,
    source: str,
    target: str,
    detail: dict[str, JsonValue],
) -> CaseEntryRow:
    """Add a line to a case's history and, with its hash, to the chain of custody."""
    entries = case_history(session, case_id)
    entry = CaseEntryRow(case_id=case_id)
    _fill(entry, clock, actor, entries)
    entry.move, entry.source, entry.target = move, source, target
    entry.detail = {key: plain(value) for key, value in detail.items()}
    _seal(session, clock, actor, entry, action=f"case.{move}", kind="case")
    return entry


def append_site_entry(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    track_id: str,
    move: str,
    source: str,
    target: str,
    detail: dict[str, JsonValue],
    photo: bytes | None,
) -> SiteEntryRow:
    """As `append_case_entry`, for a place; the photo's hash stands in `detail`."""
    entries = site_history(session, track_id)
    entry = SiteEntryRow(track_id=track_id, photo=photo)
    _fill(entry, clock, actor, entries)
    entry.move, entry.source, entry.target = move, source, target
    entry.detail = {key: plain(value) for key, value in detail.items()}
    _seal(session, clock, actor, entry, action=f"place.{move}", kind="place")
    return entry


def case_history(session: Session, case_id: str) -> list[CaseEntryRow]:
    """All that was done to a case, the oldest first."""
    rows = select(CaseEntryRow).where(CaseEntryRow.case_id == case_id)
    return list(session.scalars(rows.order_by(CaseEntryRow.number)))


def site_history(session: Session, track_id: str) -> list[SiteEntryRow]:
    """All that was done about a place, the oldest first."""
    rows = select(SiteEntryRow).where(SiteEntryRow.track_id == track_id)
    return list(session.scalars(rows.order_by(SiteEntryRow.number)))


def history_faults(entries: Sequence[Entry]) -> list[str]:
    """One sentence for every entry that is not as it was written."""
    faults, previous = [], GENESIS
    for number, entry in enumerate(entries, 1):
        if entry.number != number or entry.previous != previous:
            faults.append(f"entry {number} does not follow from the one before it")
        if entry.hash != _hash_of(entry):
            faults.append(f"entry {number} was changed after it was written")
        previous = entry.hash
    return faults


def _fill(entry: Entry, clock: Clock, actor: Actor, entries: Sequence[Entry]) -> None:
    entry.number = len(entries) + 1
    entry.at = clock.now()
    entry.actor, entry.office, entry.unit = actor.id, actor.office, actor.unit
    entry.previous = entries[-1].hash if entries else GENESIS


def _seal(
    session: Session, clock: Clock, actor: Actor, entry: Entry, *, action: str, kind: str
) -> None:
    entry.hash = _hash_of(entry)
    session.add(entry)
    session.flush()
    detail: dict[str, JsonValue] = {"entry": entry.number, "hash": entry.hash}
    note_twice(
        session, clock, actor, action=action, kind=kind, subject=_subject(entry), detail=detail
    )


def _subject(entry: Entry) -> str:
    return entry.case_id if isinstance(entry, CaseEntryRow) else entry.track_id


def _hash_of(entry: Entry) -> str:
    return sha256_of(
        {
            "subject": _subject(entry),
            "number": entry.number,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "office": entry.office,
            "unit": entry.unit,
            "move": entry.move,
            "source": entry.source,
            "target": entry.target,
            "detail": entry.detail,
            "previous": entry.previous,
        }
    )
