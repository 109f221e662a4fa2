"""Makes the packages that were asked for at the desk, behind the scenes, one at a time.

What waits stands in the book of exports, so nothing is forgotten when the desk ends. Whoever holds
the lock of the folder is the only one who makes packages in it: an export that stands as begun
while nobody makes any was interrupted, and is made again. One that was interrupted twice is given
up: it may be what ends the process.
"""

import fcntl
import os
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import bindparam, func, or_, select

from litterwatch.detector.errors import EvidenceDiskFull, EvidenceError, LitterwatchError
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.detector.types import Detections, Image
from litterwatch.service.actor import SYSTEM_ACTOR, Actor, Office
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody_tables import (
    ExportRow,
    ExportState,
    PackageRow,
    WhyNot,
)
from litterwatch.service.evidence.disk import FULL, OsDisk
from litterwatch.service.evidence.export import find_export
from litterwatch.service.evidence.exporting import Workshop, give_up, make_export, why_not
from litterwatch.service.evidence.looks import note
from litterwatch.service.evidence.packages import (
    FOLDER,
    IS_THERE,
    IS_TO_BE_MADE,
    package_path,
    remove_old,
    sweep,
)
from litterwatch.service.evidence.signing import StampAuthority
from litterwatch.service.evidence.tables import EvidenceRow

ATTEMPTS: Final = 2
"""How often making a package is begun."""

_EVERY: Final = 60.0  # seconds between two looks at the book that nobody has asked for
_LOCK: Final = "packing.lock"
_COPIES: Final = 3  # of the evidence: what is blurred, what is kept as it is, and the package
_event_of: Final = (
    select(ExportRow.event_id).where(ExportRow.id == bindparam("export")).scalar_subquery()
)
_log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The desk ends while a package is being made; not one of our errors, so nothing has failed."""


class _Borrowed:
    """The desk's detector for one package: not closed here, and no longer asked once it ends."""

    def __init__(self, detector: ObjectDetector, stopped: threading.Event) -> None:
        self._detector = detector
        self._stopped = stopped

    @property
    def name(self) -> str:
        return self._detector.name

    @property
    def sha256(self) -> str:
        return self._detector.sha256

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        if self._stopped.is_set():
            raise _Stopped
        return self._detector.detect(images)

    def close(self) -> None:
        """Leave it to whom it belongs."""


class Packing:
    """The worker.

    Args:
        root: the data folder.
        database: where the book is kept.
        clock: when.
        detector: sees whom to blur; not closed here.
        kept: how long a package lies ready.
        reserve_bytes: room on the disk that packages never take.
        authority: stamps packages, None for nobody.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        clock: Clock,
        detector: ObjectDetector,
        *,
        kept: timedelta,
        reserve_bytes: int = 0,
        authority: StampAuthority | None = None,
    ) -> None:
        self._stopped, self._called = threading.Event(), threading.Event()
        self._workshop = Workshop(
            root, database, clock, lambda: _Borrowed(detector, self._stopped), authority
        )
        self._kept = kept
        self._reserve_bytes = reserve_bytes
        self._turn = threading.Lock()
        self._handle: int | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work in a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._work, name="packing", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look at the book now: something was asked for."""
        self._called.set()

    def stop(self) -> None:
        """End soon: what is being made is left, and made again after the next start."""
        self._stopped.set()
        self._called.set()
        if self._thread is not None:
            self._thread.join()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def run(self) -> int:
        """Put in order what was left, make everything that waits; how many packages came of it.

        Nothing where another process makes them.

        Raises:
            EvidenceError: the folder cannot be used.
            StoreError: the database refused.
        """
        with self._turn:
            if not self._has_work() or not self._hold():
                return 0
            self._settle_interrupted()
            now = self._workshop.clock.now()
            remove_old(self._workshop.database, self._workshop.clock, now - self._kept)
            self._sweep()
            made = 0
            while not self._stopped.is_set() and (waiting := self._next()) is not None:
                made += self._made(*waiting)
            return made

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._called.clear()
            try:
                self.run()
            except Exception as error:  # noqa: BLE001 - the outermost loop of a worker
                _log.error("packages cannot be made just now", why=str(error))
            self._called.wait(_EVERY)

    def _has_work(self) -> bool:
        if any((self._workshop.root / FOLDER).glob("*.zip")):
            return True
        with self._workshop.database.reading() as session:
            rows = select(PackageRow.export_id).join(
                ExportRow, ExportRow.id == PackageRow.export_id
            )
            some = or_(IS_TO_BE_MADE, ExportRow.state == ExportState.BEGUN, IS_THERE)
            return session.scalar(rows.where(some).limit(1)) is not None

    def _hold(self) -> bool:
        """Whether this process is the one that makes packages."""
        if self._handle is not None:
            return True
        folder = self._workshop.root / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def _settle_interrupted(self) -> None:
        """What stands as begun is begun by nobody: this thread makes nothing now."""
        with self._workshop.database.reading() as session:
            rows = (
                select(ExportRow.id, PackageRow.attempts)
                .join(PackageRow, PackageRow.export_id == ExportRow.id)
                .where(ExportRow.state == ExportState.BEGUN)
            )
            begun = session.execute(rows).all()
        for export_id, attempts in begun:
            if attempts >= ATTEMPTS:
                give_up(self._workshop, SYSTEM_ACTOR, export_id, WhyNot.INTERRUPTED)
            else:
                self._put_back(export_id)

    def _put_back(self, export_id: str, *, counts: bool = True) -> None:
        """Let it wait again."""
        workshop = self._workshop
        with workshop.database.writing() as session:
            row = find_export(session, export_id, for_update=True)
            package = session.get_one(PackageRow, export_id)
            row.state = ExportState.APPROVED if row.is_unblurred else ExportState.REQUESTED
            package.revision += 1
            package.attempts -= 0 if counts else 1
            detail: dict[str, JsonValue] = {"export": export_id}
            action = "evidence.export_interrupted"
            note(
                session,
                workshop.clock,
                SYSTEM_ACTOR,
                action=action,
                subject=row.event_id,
                detail=detail,
            )

    def _sweep(self) -> None:
        try:
            sweep(self._workshop.database, self._workshop.root)
        except OSError as error:
            raise _unusable(self._workshop.root / FOLDER, error) from error

    def _next(self) -> tuple[str, Actor] | None:
        """What has waited longest, and who asked."""
        rows = (
            select(ExportRow)
            .join(PackageRow, PackageRow.export_id == ExportRow.id)
            .where(IS_TO_BE_MADE)
            .order_by(ExportRow.requested_at, ExportRow.id)
            .limit(1)
        )
        with self._workshop.database.reading() as session:
            row = session.scalars(rows).one_or_none()
        if row is None:
            return None
        office = Office(row.requested_office)
        return row.id, Actor(row.requested_by, office, row.requested_unit)

    def _made(self, export_id: str, actor: Actor) -> bool:
        workshop = self._workshop
        try:
            self._require_room(export_id)
            done = make_export(workshop, actor, export_id, package_path(workshop.root, export_id))
        except _Stopped:
            self._put_back(export_id, counts=False)
            return False
        except LitterwatchError as error:
            _log.error("a package could not be made", export=export_id, why=str(error))
            give_up(workshop, actor, export_id, why_not(error))
            return False
        if done.stamp_missing is not None:
            _log.warning("a package without time stamp", export=export_id, why=done.stamp_missing)
        return True

    def _require_room(self, export_id: str) -> None:
        """Leave room for evidence that is still to come.

        Raises:
            EvidenceDiskFull: a package and the copies it is put together from may not fit.
        """
        of_event = select(func.sum(EvidenceRow.size)).where(EvidenceRow.event_id == _event_of)
        with self._workshop.database.reading() as session:
            size = session.scalar(of_event, {"export": export_id}) or 0
        folder = self._workshop.root / FOLDER
        if OsDisk().free_bytes(folder) < self._reserve_bytes + _COPIES * size:
            raise EvidenceDiskFull(f"No room in {folder}: free space, then ask again.")


def _unusable(folder: Path, error: OSError) -> EvidenceError:
    if error.errno in FULL:
        return EvidenceDiskFull(f"No room in {folder}: free space; packages wait until then.")
    return EvidenceError(f"{folder} cannot be used ({error.strerror}): check its permissions.")
