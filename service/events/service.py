"""Footage and events as rows; the sink that makes an event durable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceDiskFull, NotFound
from litterwatch.detector.protocols import ClipSource, Clock
from litterwatch.detector.types import Event, EventState
from litterwatch.service.canonical import plain, sha256_of
from litterwatch.service.db import Database
from litterwatch.service.events.tables import EventRow, FootageRow, FootageState
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.holds import holds_on, lock_evidence
from litterwatch.service.evidence.manifest import Footage, event_fields
from litterwatch.service.evidence.retention import Standing
from litterwatch.service.evidence.service import Kept, files_of, keep, seal, shows_more
from litterwatch.service.evidence.store import EvidenceFolder, EvidenceStore
from litterwatch.service.evidence.tables import Role
from litterwatch.service.settings import EvidenceSettings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What one complete pass over a file came to.

    Attributes:
        decoded, analysed, inferred: frames.
        wall_seconds: how long it took; for people, in no deterministic output.
        gaps: (from, to) media times, s, where frames are missing.
        tally: what was not an event, by reason code.
    """

    decoded: int
    analysed: int
    inferred: int
    wall_seconds: float
    gaps: Sequence[tuple[float, float]] = ()
    tally: Mapping[str, int] = field(default_factory=dict)


def begin_footage(session: Session, clock: Clock, footage: Footage) -> FootageRow:
    """Note that a scan of this footage starts, or starts again; its events of before stay.

    A row that is `done` is left as it is: look at `state` before scanning.
    """
    row = session.get(FootageRow, footage.id)
    if row is None:
        facts = asdict(footage)
        del facts["camera_clock"]  # a moment's, kept with each event
        row = FootageRow(id=footage.id, **facts)
        row.state, row.started_at = FootageState.SCANNING, clock.now()
        session.add(row)
    elif row.state is not FootageState.DONE:
        row.state, row.error, row.started_at = FootageState.SCANNING, None, clock.now()
    session.flush()
    return row


def finish_footage(session: Session, clock: Clock, footage_id: str, result: ScanResult) -> None:
    """Note that all of it was read; a second run then has nothing to do."""
    row = session.get_one(FootageRow, footage_id)
    row.state, row.finished_at = FootageState.DONE, clock.now()
    _set_result(row, result)


def fail_footage(
    session: Session, clock: Clock, footage_id: str, error: str, result: ScanResult | None = None
) -> None:
    """Note why it could not be read to its end; events found before stay valid."""
    row = session.get_one(FootageRow, footage_id)
    row.state, row.error, row.finished_at = FootageState.FAILED, error, clock.now()
    if result is not None:
        _set_result(row, result)


def _set_result(row: FootageRow, result: ScanResult) -> None:
    row.frames_decoded = result.decoded
    row.frames_analysed = result.analysed
    row.frames_inferred = result.inferred
    row.wall_seconds = result.wall_seconds
    row.gaps = [list(gap) for gap in result.gaps]
    row.tally = dict(sorted(result.tally.items()))


def version_of(event: Event) -> str:
    """SHA-256 of all that the machine says about an event; another state, another version."""
    return sha256_of(event_fields(event))


def record(session: Session, clock: Clock, footage: Footage, event: Event) -> EventRow:
    """Write the event's row, new or over its earlier state, and say so in the custody chain."""
    event_id, version = footage.event_id(event.id), version_of(event)
    row = session.get(EventRow, event_id)
    if row is None:
        row = EventRow(id=event_id, footage_id=footage.id, created_at=clock.now())
        session.add(row)
    for name, value in event_fields(event).items():
        if name != "camera_id":
            setattr(row, name, plain(value))
    row.kind, row.state, row.actor_label = event.kind, event.state, event.actor_label
    row.version, row.updated_at = version, clock.now()
    measured = footage.camera_clock
    if measured is not None:
        row.clock_error, row.clock_uncertainty = measured.error, measured.uncertainty
        row.clock_measured_at = measured.measured_at
    append_custody(
        session,
        clock,
        action="event.recorded",
        subject=event_id,
        detail={"state": event.state, "version": version, "footage": footage.id},
    )
    return row


def occurred_at(session: Session, event_ids: Sequence[str]) -> dict[str, datetime | None]:
    """When the thing was let go, UTC, by event; None where nobody knows when footage began."""
    rows = session.execute(
        select(EventRow.id, FootageRow.captured_from, EventRow.t_release)
        .join(FootageRow, FootageRow.id == EventRow.footage_id)
        .where(EventRow.id.in_(event_ids))
    )
    return {
        key: None if start is None else start + timedelta(seconds=release)
        for key, start, release in rows
    }


def as_unreviewed(session: Session, event_ids: Sequence[str]) -> list[Standing]:
    """Every event as one that nobody has looked at, for the rules of retention."""
    rows = session.execute(
        select(EventRow.id, EventRow.created_at)
        .where(EventRow.id.in_(event_ids))
        .order_by(EventRow.id)
    )
    return [Standing(key, RetentionClass.UNREVIEWED, created_at) for key, created_at in rows]


def events_of(session: Session, footage_ids: Sequence[str]) -> list[EventRow]:
    """The standing events of some footage, by time of release; cancelled ones are left out."""
    rows = session.scalars(
        select(EventRow)
        .where(EventRow.footage_id.in_(footage_ids), EventRow.state != EventState.CANCELLED)
        .order_by(EventRow.t_release, EventRow.id)
    )
    return list(rows)


def latest_change(session: Session) -> datetime | None:
    """When a scan last wrote an event or finished with footage; None where there is nothing."""
    moments = session.execute(
        select(
            select(func.max(EventRow.updated_at)).scalar_subquery(),
            select(func.max(FootageRow.finished_at)).scalar_subquery(),
        )
    ).one()
    return max((moment for moment in moments if moment is not None), default=None)


_WITH_FOOTAGE: Final = (
    select(EventRow, FootageRow)
    .join(FootageRow, FootageRow.id == EventRow.footage_id)
    .where(EventRow.id == bindparam("event"))
)


def event_with_footage(session: Session, event_id: str) -> tuple[EventRow, FootageRow]:
    """One event and where it was seen.

    Raises:
        NotFound: no such event.
    """
    found = session.execute(_WITH_FOOTAGE, {"event": event_id}).one_or_none()
    if found is None:
        raise NotFound("There is no such event.")
    event, footage = found
    return event, footage


def latest_of(session: Session, camera_id: str, source_start: str) -> str | None:
    """The newest standing event of a camera; its id.

    Args:
        session: for reading.
        camera_id: what footage of the live camera is called by.
        source_start: how the names of its recordings begin; empty for none.
    """
    is_its = FootageRow.source == camera_id
    if source_start:
        is_its |= FootageRow.source.startswith(source_start, autoescape=True)
    rows = select(EventRow.id).join(FootageRow, EventRow.footage_id == FootageRow.id)
    rows = rows.where(is_its, EventRow.state != EventState.CANCELLED)
    return session.scalar(rows.order_by(EventRow.created_at.desc(), EventRow.id).limit(1))


def replaced_footage(session: Session) -> Iterator[list[str]]:
    """Ids of the events of footage that was scanned again since, in batches.

    A live camera is watched in many stretches, none of which replaces another.
    """
    is_scan = (FootageRow.state == FootageState.DONE) & FootageRow.live_since.is_(None)
    done = select(FootageRow.source).where(is_scan)
    twice = done.group_by(FootageRow.source).having(func.count() > 1)
    rows = session.execute(
        select(FootageRow.source, FootageRow.id)
        .where(FootageRow.source.in_(twice), is_scan)
        .order_by(FootageRow.source, FootageRow.finished_at.desc(), FootageRow.id)
    ).all()
    seen: set[str] = set()
    for source, footage_id in rows:
        if source in seen:
            events = select(EventRow.id).where(EventRow.footage_id == footage_id)
            yield list(session.scalars(events))
        seen.add(source)


class EvidenceSink:
    """Keeps the events of one footage with their evidence (an `EventSink`).

    Args:
        database: its tables are there, and `begin_footage` was committed.
        store: opened.
        clock: for the times of rows.
        footage: where the events come from.
        clips: cuts its evidence.
        settings: how much is kept.
    """

    def __init__(
        self,
        database: Database,
        store: EvidenceStore,
        clock: Clock,
        *,
        footage: Footage,
        clips: ClipSource,
        settings: EvidenceSettings,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._footage = footage
        self._clips = clips
        self._settings = settings

    def accept(self, event: Event) -> None:
        """Return when files and rows are durable; the same event again changes nothing.

        Raises:
            EvidenceDiskFull: no room; nothing was stored, nothing deleted, an alarm was logged.
            EvidenceError: the evidence folder refused.
            StoreError: the database refused.
        """
        try:
            self._accept(event)
        except EvidenceDiskFull as error:
            _log.error(
                "recording_stopped", event_id=self._footage.event_id(event.id), why=str(error)
            )
            raise

    def complete(self, event: Event) -> bool:
        """Store the evidence of a stored state anew if its clip can show more now than it does.

        What the event says stays as it is; its earlier files become garbage unless they are held.

        Returns:
            Whether there was more to show.

        Raises:
            EvidenceDiskFull, EvidenceError, StoreError: as `accept`; the earlier files stand.
        """
        event_id, version = self._footage.event_id(event.id), version_of(event)
        again = sha256_of([version, "completed"])
        shown = self._to_complete(event_id, version, again)
        if shown is None:
            return False
        with self._store.folder(event_id, again) as folder:
            kept = self._kept(folder, event)
            has_more = shows_more(kept, shown)
            if has_more:
                with self._database.writing() as session:
                    row = session.get_one(EventRow, event_id, with_for_update=True)
                    row.updated_at = self._clock.now()
                    self._vouch(session, event_id, again, kept)
        self._store.sweep_garbage()
        return has_more

    def _to_complete(self, event_id: str, version: str, again: str) -> tuple[float, float] | None:
        """What the clip of this state shows, s: an empty span without one.

        None where another state stands by now, or the clip was completed before.
        """
        with self._database.reading() as session:
            known = session.get(EventRow, event_id)
            files = files_of(session, [event_id])[event_id]
        if known is None or known.version != version or Role.MANIFEST not in files:
            return None
        if self._store.is_of(files[Role.MANIFEST].path, event_id, again):
            return None
        clip = files.get(Role.CLIP)
        if clip is None or clip.t_start is None or clip.t_end is None:
            return float("inf"), float("-inf")
        return clip.t_start, clip.t_end

    def _accept(self, event: Event) -> None:
        event_id, version = self._footage.event_id(event.id), version_of(event)
        with self._database.reading() as session:
            known = session.get(EventRow, event_id)
        if known is not None and (known.version == version or _goes_back(known, event)):
            return
        if event.state is EventState.CANCELLED:
            self._cancel(event, known)
            return
        with self._store.folder(event_id, version) as folder:
            kept = self._kept(folder, event)
            with self._database.writing() as session:
                record(session, self._clock, self._footage, event)
                self._vouch(session, event_id, version, kept)
        if known is not None:
            self._store.sweep_garbage()

    def _kept(self, folder: EvidenceFolder, event: Event) -> Kept:
        return keep(folder, event, self._footage, clips=self._clips, settings=self._settings)

    def _vouch(self, session: Session, event_id: str, version: str, kept: Kept) -> None:
        if lock_evidence(session, event_id) and holds_on(session, [event_id]):
            # Sealing would delete the earlier files; the new ones are swept instead.
            _keep_as_held(session, self._clock, event_id, version)
        else:
            key = self._store.keys.current()
            seal(session, self._clock, event_id, version, kept, key=key)

    def _cancel(self, event: Event, known: EventRow | None) -> None:
        # What was never stored needs no row to say so; what was keeps its files until retention
        # removes them.
        if known is not None:
            with self._database.writing() as session:
                record(session, self._clock, self._footage, event)


def _keep_as_held(session: Session, clock: Clock, event_id: str, version: str) -> None:
    action = "evidence.kept_as_held"
    append_custody(session, clock, action=action, subject=event_id, detail={"version": version})


def _goes_back(known: EventRow, event: Event) -> bool:
    """Whether this is the replay of an earlier state, by a second run after a crash."""
    return event.state is EventState.PROVISIONAL and known.state is not EventState.PROVISIONAL
