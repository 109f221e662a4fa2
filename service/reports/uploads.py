"""Files that citizens send: declared, written, decoded in the sandbox, vouched for.

Rows come first (`receiving`), then files, then the row says `stored` with hashes. What was cut off
is swept after `STALE`: file, then row. The original is kept as it came; people look at the copy.
"""

import secrets
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from litterwatch.detector.errors import (
    EvidenceDiskFull,
    EvidenceError,
    LitterwatchError,
    NotAllowed,
    NotFound,
)
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.db import Database
from litterwatch.service.evidence.disk import FULL, OsDisk
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.keys import write_secret
from litterwatch.service.reports.sandbox import UploadLimits, clean_copy
from litterwatch.service.reports.tables import ReportRow, UploadRow, UploadState
from litterwatch.service.vault import Vault

FOLDER: Final = "uploads"
"""Where uploads lie in the data folder."""

STALE: Final = timedelta(hours=2)
"""An upload that is not whole by then was cut off."""

MOST_FILES: Final = 5
"""Of one report."""

_log = structlog.get_logger(__name__)


class Uploads:
    """The uploads of one data folder.

    Args:
        root: the data folder.
        database: where rows are kept.
        clock: when.
        vault: encrypts what files say about themselves.
        limits: what is accepted.
        reserve_bytes: room that must remain free on the disk.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        clock: Clock,
        vault: Vault,
        *,
        limits: UploadLimits | None = None,
        reserve_bytes: int = 0,
    ) -> None:
        self._root = root
        self._database = database
        self._clock = clock
        self._vault = vault
        self._limits = limits or UploadLimits()
        self._reserve = reserve_bytes

    def receive(self, actor: Actor, report_id: str, chunks: Iterable[bytes]) -> str:
        """Store a file that came with a report; its id.

        Raises:
            NotFound: there is no such report.
            NotAllowed: it is too large, is no picture or video, or there are too many.
            EvidenceDiskFull: no room; nothing is left of it.
            EvidenceError: the disk refused.
        """
        upload_id = secrets.token_hex(16)
        folder = self._root / FOLDER / upload_id
        self._declare(report_id, upload_id)
        try:
            self._fill(actor, upload_id, folder, chunks)
        except OSError as error:
            self._forget(upload_id)
            if error.errno in FULL:
                raise EvidenceDiskFull("No room for uploads: free space, then try again.") from None
            raise EvidenceError(f"Uploads cannot be stored ({error.strerror}).") from error
        except LitterwatchError:
            self._forget(upload_id)
            raise
        return upload_id

    def receive_all(self, actor: Actor, report_id: str, files: Iterable[Iterable[bytes]]) -> int:
        """Store what came with a report; how many files were not accepted. The report stays.

        Raises:
            NotFound, EvidenceDiskFull, EvidenceError: as `receive`.
        """
        refused = 0
        for chunks in files:
            try:
                self.receive(actor, report_id, chunks)
            except NotAllowed as error:
                _log.info("a file of a report was refused", report=report_id, why=str(error))
                refused += 1
        return refused

    def sweep(self) -> int:
        """Remove what was cut off before; how many uploads."""
        before = self._clock.now() - STALE
        with self._database.reading() as session:
            stale = list(
                session.scalars(
                    select(UploadRow.id).where(
                        UploadRow.state == UploadState.RECEIVING, UploadRow.received_at < before
                    )
                )
            )
        for upload_id in stale:
            self._forget(upload_id)
        return len(stale)

    def faults(self) -> list[str]:
        """One sentence for every stored upload that is not as it was stored."""
        with self._database.reading() as session:
            rows = session.scalars(
                select(UploadRow).where(UploadRow.state == UploadState.STORED)
            ).all()
        found = []
        for row in rows:
            for path, expected in (
                (row.original_path, row.original_sha256),
                (row.copy_path, row.copy_sha256),
            ):
                file = self._root / str(path)
                if not file.is_file() or sha256_of_file(file) != expected:
                    found.append(f"{path} is missing or was changed")
        return found

    def _declare(self, report_id: str, upload_id: str) -> None:
        with self._database.writing() as session:
            if session.get(ReportRow, report_id, with_for_update=True) is None:
                raise NotFound("There is no such report: check its id.")
            others = select(UploadRow.id).where(UploadRow.report_id == report_id)
            if len(session.scalars(others).all()) >= MOST_FILES:
                raise NotAllowed(f"A report has at most {MOST_FILES} files.")
            session.add(
                UploadRow(
                    id=upload_id,
                    report_id=report_id,
                    state=UploadState.RECEIVING,
                    original_path=f"{FOLDER}/{upload_id}/original",
                    received_at=self._clock.now(),
                )
            )

    def _fill(self, actor: Actor, upload_id: str, folder: Path, chunks: Iterable[bytes]) -> None:
        folder.mkdir(parents=True, mode=0o700)
        original, copy = folder / "original", folder / "copy.part"
        self._write(original, chunks)
        cleaned = clean_copy(original, copy, self._limits)
        final = copy.with_name(f"copy{cleaned.suffix}")
        copy.chmod(0o600)
        copy.rename(final)
        for path in (final, folder, folder.parent):
            OsDisk().sync(path)
        sealed = self._vault.seal(cleaned.metadata)
        with self._database.writing() as session:
            row = session.get_one(UploadRow, upload_id)
            row.state, row.media_type, row.metadata_sealed = (
                UploadState.STORED,
                cleaned.media_type,
                sealed,
            )
            row.original_size = original.stat().st_size
            row.original_sha256 = sha256_of_file(original)
            row.copy_path = f"{FOLDER}/{upload_id}/{final.name}"
            row.copy_size, row.copy_sha256 = final.stat().st_size, sha256_of_file(final)
            note_twice(
                session,
                self._clock,
                actor,
                action="report.upload_stored",
                kind="report",
                subject=row.report_id,
                detail={
                    "upload": upload_id,
                    "original": row.original_sha256,
                    "copy": row.copy_sha256,
                },
            )

    def _write(self, path: Path, chunks: Iterable[bytes]) -> None:
        write_secret(path, b"")
        size = 0
        with path.open("ab") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > self._limits.size:
                    raise NotAllowed(f"A file has at most {self._limits.size >> 20} MiB.")
                if OsDisk().free_bytes(self._root) - len(chunk) < self._reserve:
                    raise EvidenceDiskFull("No room for uploads: free space, then try again.")
                file.write(chunk)
        OsDisk().sync(path)

    def _forget(self, upload_id: str) -> None:
        folder = self._root / FOLDER / upload_id
        if folder.exists():
            shutil.rmtree(folder)
            OsDisk().sync(folder.parent)
        with self._database.writing() as session:
            session.delete(session.get_one(UploadRow, upload_id))
