"""Packages that the desk has made and keeps: fetched by whoever asked, removed when old.

    packages/
        EXPORT.zip      a package, mode 600; whole, or not there
        packing.lock    held by the process that makes packages

A file without a row that vouches for it is no package: it is never given to anybody, and goes.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, EvidenceUnavailable, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import SYSTEM_ACTOR, Actor
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody_tables import ExportRow, ExportState, PackageRow
from litterwatch.service.evidence.export import MAY_EXPORT, find_export
from litterwatch.service.evidence.holds import holds_on
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.texts import N_

FOLDER: Final = "packages"
FETCHED: Final = "evidence.package_fetched"
"""Custody action: somebody was given a package."""

LOST: Final = N_("This package is no longer there: ask for it again.")
IS_THERE: Final[ColumnElement[bool]] = (
    (ExportRow.state == ExportState.DONE)
    & PackageRow.removed_at.is_(None)
    & PackageRow.lost_at.is_(None)
)
"""A package lies there, as far as anybody knows."""
IS_TO_BE_MADE: Final = or_(
    ExportRow.state == ExportState.APPROVED,
    and_(ExportRow.state == ExportState.REQUESTED, ExportRow.is_unblurred.is_(False)),
)
"""An export waits for nobody's word any more, and for its package."""

_HAS_EVIDENCE: Final = exists().where(
    EvidenceRow.event_id == ExportRow.event_id, EvidenceRow.role == Role.MANIFEST
)
_CHUNK: Final = 1 << 20
_NAME: Final = re.compile(r"([0-9a-f]{32})\.zip")
_UNFINISHED: Final = ".litterwatch-"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A package on its way out.

    Attributes:
        file: at its beginning; whoever has it closes it.
        size: of it, bytes.
        name: what it is called at the recipient's.
    """

    file: BinaryIO
    size: int
    name: str


def package_path(root: Path, export_id: str) -> Path:
    """Where the package of an export lies."""
    return root / FOLDER / f"{export_id}.zip"


def open_package(
    database: Database, clock: Clock, root: Path, actor: Actor, export_id: str
) -> Opened:
    """A package, byte for byte as it was made; that it was fetched is durable before it is read.

    Raises:
        Conflict: it is not made yet, or is not made here.
        EvidenceUnavailable: it was removed, or is not what was made any more.
        NotAllowed: somebody else asked for it, or his office exports nothing (any more); the
            refusal is in the chain.
        NotFound: there is no such export.
    """
    with database.reading() as session:
        row, package = find_export(session, export_id), session.get(PackageRow, export_id)
    if actor.id != row.requested_by or actor.office not in MAY_EXPORT:
        refuse(
            database,
            clock,
            actor,
            action=FETCHED,
            subject=row.event_id,
            why=N_("A package is fetched by whoever asked for it."),
            detail={"export": export_id},
        )
    if package is None or row.state is not ExportState.DONE:
        raise Conflict(N_("This package cannot be fetched here, or not yet."))
    if package.removed_at is not None:
        raise EvidenceUnavailable(
            N_("This package was removed when its time was over: ask for it again.")
        )
    file = _intact(package_path(root, export_id), row)
    if file is None:
        _note_lost(database, clock, export_id)
        raise EvidenceUnavailable(LOST)
    try:
        _note_fetched(database, clock, actor, export_id)
    except BaseException:
        file.close()
        raise
    name = f"evidence-{row.event_id[:8]}-{export_id[:8]}.zip"
    return Opened(file, row.package_size or 0, name)


def remove_old(database: Database, clock: Clock, before: datetime) -> int:
    """Note that packages go whose time is over, or whose evidence has gone; how many.

    Packages of evidence under hold stay. The files go with the next `sweep`.

    Args:
        database: where rows are kept.
        clock: when.
        before: packages made before it are old.
    """
    with database.reading() as session:
        due = session.execute(
            select(ExportRow.id, ExportRow.event_id)
            .join(PackageRow, PackageRow.export_id == ExportRow.id)
            .where(IS_THERE, or_(ExportRow.finished_at < before, ~_HAS_EVIDENCE))
        ).all()
    removed = 0
    for export_id, event_id in due:
        with database.writing() as session:
            if holds_on(session, [event_id]):
                continue
            package = _locked(session, export_id)
            if package.removed_at is None:
                package.removed_at = clock.now()
                _note_change(session, clock, SYSTEM_ACTOR, package, "evidence.package_removed")
                removed += 1
    return removed


def sweep(database: Database, root: Path) -> None:
    """Remove what no row vouches for: what a killed process has left, and what was removed.

    Call it where nothing is being made. A file of an export that the database does not know stays,
    and is told: the database may be an older copy.

    Raises:
        OSError: it cannot be removed.
    """
    folder = root / FOLDER
    if not folder.is_dir():
        return
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        found = _NAME.fullmatch(path.name)
        if found is not None:
            files[found[1]] = path
        elif path.name.startswith(_UNFINISHED):
            shutil.rmtree(path)
    known, kept = _known(database, list(files))
    for export_id, path in files.items():
        if export_id not in known:
            _log.warning("a package that no export knows", file=path.name)
        elif export_id not in kept:
            path.unlink()


def _known(database: Database, export_ids: Sequence[str]) -> tuple[set[str], set[str]]:
    """Which of these exports there are, and of which there is a package."""
    with database.reading() as session:
        rows = select(ExportRow.id).where(ExportRow.id.in_(export_ids))
        there = rows.join(PackageRow, PackageRow.export_id == ExportRow.id).where(IS_THERE)
        return set(session.scalars(rows)), set(session.scalars(there))


def _intact(path: Path, row: ExportRow) -> BinaryIO | None:
    """The file, if it is what was made: read once before a byte of it goes out."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
    except OSError:
        return None
    try:
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        file.seek(0)
    except OSError:
        file.close()
        return None
    if digest.hexdigest() != row.package_sha256:
        file.close()
        return None
    return file


def _note_fetched(database: Database, clock: Clock, actor: Actor, export_id: str) -> None:
    with database.writing() as session:
        package = _locked(session, export_id)
        if package.removed_at is not None:
            raise NotFound(LOST)
        package.fetched_at = clock.now()
        recipient = find_export(session, export_id).recipient
        _note_change(session, clock, actor, package, FETCHED, recipient=recipient)


def _note_lost(database: Database, clock: Clock, export_id: str) -> None:
    """Once; the file, if there is one, goes with the next `sweep`."""
    with database.writing() as session:
        package = _locked(session, export_id)
        if package.lost_at is None:
            package.lost_at = clock.now()
            _note_change(session, clock, SYSTEM_ACTOR, package, "evidence.package_lost")


def _locked(session: Session, export_id: str) -> PackageRow:
    """What the desk keeps of an export, after the line of the book: always in this order."""
    find_export(session, export_id, for_update=True)
    return session.get_one(PackageRow, export_id, with_for_update=True)


def _note_change(
    session: Session, clock: Clock, actor: Actor, package: PackageRow, action: str, **more: str
) -> None:
    """Count a change of a package, and say in the chain of custody what became of it."""
    package.revision += 1
    row = find_export(session, package.export_id)
    detail: dict[str, JsonValue] = {"export": row.id, "package": row.package_sha256, **more}
    note(session, clock, actor, action=action, subject=row.event_id, detail=detail)
