"""Which footage an event of a live camera belongs to: a stretch of watching.

A stretch is one camera under one configuration, with one relation of media time to the clock. It
ends when litterwatch stops, when the configuration changes, or when the host's clock is set.
"""

from dataclasses import fields
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.events.service import ScanResult, begin_footage, finish_footage
from litterwatch.service.events.tables import EventRow, FootageRow, FootageState
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.runtime.condition import Condition
from litterwatch.service.runtime.live_messages import Source

_SET: Final = timedelta(seconds=1)
"""The host's clock was set when media time means another hour by more than this."""

BROKEN_OFF: Final = "The watch ended without being stopped: a crash, or the power went."


class Stretches:
    """The open stretches.

    Args:
        database: its tables are there.
        clock: the host's.
        software: our version.
    """

    def __init__(self, database: Database, clock: Clock, software: str) -> None:
        self._database = database
        self._clock = clock
        self._software = software
        self._open: dict[str, Footage] = {}

    def close_broken(self) -> int:
        """End what an earlier process left open; how many there were."""
        with self._database.writing() as session:
            rows = session.scalars(
                select(FootageRow).where(
                    FootageRow.live_since.is_not(None), FootageRow.state == FootageState.SCANNING
                )
            ).all()
            for row in rows:
                row.state, row.finished_at = FootageState.DONE, self._clock.now()
                row.error = BROKEN_OFF
        return len(rows)

    def of(self, source: Source) -> Footage:
        """The stretch in which something was seen just now; begun if there is none."""
        known = self._open.get(source.camera_id)
        if known is not None and self._still_holds(known, source):
            return known
        footage = Footage(
            source=source.camera_id,
            sha256=None,
            config_sha256=source.config_sha256,
            model_name=source.model_name,
            model_sha256=source.model_sha256,
            software=self._software,
            codec=source.codec,
            width=source.size[0] if source.size else None,
            height=source.size[1] if source.size else None,
            fps=source.fps,
            captured_from=source.captured_from,
            live_since=self._clock.now(),
            zones_version=source.zones_version,
        )
        with self._database.writing() as session:
            if known is not None:
                finish_footage(session, self._clock, known.id, ScanResult(0, 0, 0, 0.0))
            begin_footage(session, self._clock, footage)
        self._open[source.camera_id] = footage
        return footage

    def home_of(self, machine_id: str, camera_id: str) -> Footage | None:
        """The stretch of an event that was recorded before this watch began; None if there is none.

        A watch that went on where it stopped tells new states of events of the stretch before.
        """
        known = (
            select(FootageRow)
            .join(EventRow, EventRow.footage_id == FootageRow.id)
            .where(
                EventRow.machine_id == machine_id,
                FootageRow.source == camera_id,
                FootageRow.live_since.is_not(None),
            )
            .order_by(FootageRow.live_since.desc())
        )
        with self._database.reading() as session:
            row = session.scalars(known).first()
            if row is None:
                return None
            # The clock of the camera is a moment's, kept with each event.
            kept = {part.name for part in fields(Footage)} - {"camera_clock"}
            return Footage(**{name: getattr(row, name) for name in kept})

    def close(self, conditions: dict[str, Condition]) -> None:
        """End every stretch; `conditions` tell how much was looked at."""
        with self._database.writing() as session:
            for camera_id, footage in self._open.items():
                last = conditions.get(camera_id)
                analysed, inferred = (last.analysed, last.inferred) if last else (0, 0)
                since = footage.live_since or self._clock.now()
                seconds = (self._clock.now() - since).total_seconds()
                result = ScanResult(0, analysed, inferred, seconds)
                finish_footage(session, self._clock, footage.id, result)
        self._open.clear()

    def _still_holds(self, known: Footage, source: Source) -> bool:
        assert known.captured_from is not None
        return (
            known.config_sha256 == source.config_sha256
            and known.zones_version == source.zones_version
            and known.model_sha256 == source.model_sha256
            and abs(known.captured_from - source.captured_from) <= _SET
        )
