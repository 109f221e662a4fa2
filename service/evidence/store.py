"""Evidence on disk that survives kill -9 and power cuts, and never lies about without an account.

The order of steps is the whole point (docs/decisions/0016-evidence-store.md):

1. garbage rows for every file of the event are committed: "these may lie about";
2. each file is written under a temporary name, synced, hashed, renamed, its folder synced;
3. ONE transaction of the caller adds evidence, event and custody rows and drops the garbage rows.

Whatever instant it stops at, every evidence row has its file, and every file has an evidence row
or a garbage row. What garbage rows name is removed at the next start: file, then row.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, LitterwatchError
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Clip
from litterwatch.service.db import Database
from litterwatch.service.evidence.disk import Disk, OsDisk
from litterwatch.service.evidence.files import FOLDER, DurableFiles
from litterwatch.service.evidence.keys import SigningKeys
from litterwatch.service.evidence.tables import EvidenceRow, GarbageRow, Role

FILES: Final = {
    Role.CLIP: ("clip.mp4", "video/mp4"),
    Role.STILL_BEFORE: ("before.jpg", "image/jpeg"),
    Role.STILL_ACT: ("act.jpg", "image/jpeg"),
    Role.STILL_AFTER: ("after.jpg", "image/jpeg"),
    Role.ACTOR: ("actor.jpg", "image/jpeg"),
    Role.MANIFEST: ("manifest.json", "application/json"),
}
"""Name and media type of each file of an event."""

CLIP_TYPES: Final = {
    ".mp4": "video/mp4",
    ".mkv": "video/matroska",
    ".avi": "video/x-msvideo",
}
"""Endings a clip may have, with their media types: not every codec fits into MP4."""

_BATCH: Final = 500  # rows named in one statement; SQLite allows 32766


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is whole, named and durable; it still needs its row.

    Attributes:
        role: what it shows.
        path: relative to the data folder, forward slashes.
        size: bytes.
        sha256: hex.
        media_type: as in HTTP.
        t_start, t_end: media time shown, s; None for a manifest.
    """

    role: Role
    path: str
    size: int
    sha256: str
    media_type: str
    t_start: float | None = None
    t_end: float | None = None


class EvidenceStore:
    """The evidence folder of one data folder; one process writes at a time.

    Args:
        root: the data folder; files go to `root/evidence/`.
        database: where the rows are kept; its tables are there.
        clock: for the times of rows.
        reserve_bytes: room that must remain free on the disk.
        disk: the steps; tests pass one that fails.
    """

    def __init__(
        self,
        root: Path,
        database: Database,
        clock: Clock,
        *,
        reserve_bytes: int = 0,
        disk: Disk | None = None,
    ) -> None:
        self.root = root
        self.keys = SigningKeys(root)
        self._database = database
        self._clock = clock
        self._files = DurableFiles(root, disk or OsDisk(), reserve_bytes)

    @contextmanager
    def opened(self) -> Iterator["EvidenceStore"]:
        """Hold the folder alone; what was left half done is removed, before and after.

        Raises:
            Conflict: another process writes here.
            EvidenceError: the folder cannot be used.
        """
        with self._files.explained():
            descriptor = os.open(self.root / f"{FOLDER}.lock", os.O_RDWR | os.O_CREAT, 0o640)
        try:
            self._lock(descriptor)
            self.sweep_garbage()
            with self._swept_when_broken(None):
                yield self
            self.sweep_garbage()
        finally:
            os.close(descriptor)

    @contextmanager
    def folder(self, event_id: str, version: str) -> Iterator["EvidenceFolder"]:
        """A new folder for the files of one version of an event; record them inside the block.

        When the block raises, what has no row by then is removed again; when the process dies,
        the next start removes it.

        Args:
            event_id: 32 hex digits.
            version: hex digest of what is said about the event; its first 12 digits are used.

        Raises:
            Conflict: this version is stored already.
            EvidenceDiskFull: no room; nothing was stored, nothing stored before was touched.
            EvidenceError: the disk refused.
        """
        place = _place(event_id, version)
        folder = EvidenceFolder(self._files, place)
        self._sweep(folder.declared)
        self._files.require_room(0)
        self._declare(folder.declared)
        with self._swept_when_broken(folder.declared):
            self._files.make_folders(place)
            yield folder

    @staticmethod
    def is_of(path: str, event_id: str, version: str) -> bool:
        """Whether a stored file is one of this version of an event.

        Args:
            path: as rows have it.
            event_id: 32 hex digits.
            version: hex digest, as `folder` takes it.
        """
        return PurePosixPath(path).parent == _place(event_id, version)

    def sweep_garbage(self) -> int:
        """Remove every file that a garbage row names, then the rows; how many rows there were.

        Raises:
            EvidenceError: a file cannot be removed; its row stays.
        """
        with self._database.reading() as session:
            paths = list(session.scalars(select(GarbageRow.path).order_by(GarbageRow.path)))
        return self._sweep(paths)

    def _sweep(self, paths: Sequence[str]) -> int:
        return sum(
            self._sweep_some(paths[start : start + _BATCH])
            for start in range(0, len(paths), _BATCH)
        )

    def _sweep_some(self, paths: Sequence[str]) -> int:
        with self._database.reading() as session:
            garbage = select(GarbageRow.path).where(GarbageRow.path.in_(paths))
            declared = set(session.scalars(garbage))
            # A garbage row that should not be there must never cost a piece of evidence.
            kept = select(EvidenceRow.path).where(EvidenceRow.path.in_(declared))
            vouched = set(session.scalars(kept))
        if not declared:
            return 0
        self._files.remove([PurePosixPath(path) for path in sorted(declared - vouched)])
        with self._database.writing() as session:
            forget_garbage(session, declared)
        return len(declared)

    def _declare(self, paths: Sequence[str]) -> None:
        now = self._clock.now()
        with self._database.writing() as session:
            if session.scalar(select(EvidenceRow.path).where(EvidenceRow.path.in_(paths))):
                raise Conflict("This evidence is stored already; it is never written again.")
            session.add_all(
                GarbageRow(path=path, reason="being written", created_at=now) for path in paths
            )

    @contextmanager
    def _swept_when_broken(self, paths: Sequence[str] | None) -> Iterator[None]:
        # Removing our own half-made files gives room back. If even that fails, their garbage rows
        # stand, the next start removes them, and whoever reads the first error is told.
        try:
            yield
        except BaseException as why:
            try:
                _ = self.sweep_garbage() if paths is None else self._sweep(paths)
            except LitterwatchError as error:
                why.add_note(f"What was half written will be removed at the next start: {error}")
            raise

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                f"Another litterwatch is writing to {self.root}:"
                " wait until it has finished, or choose another folder with --out."
            ) from error


def _place(event_id: str, version: str) -> PurePosixPath:
    return PurePosixPath(FOLDER, event_id[:2], event_id, version[:12])


class EvidenceFolder:
    """The place of one version of an event while its files are being written."""

    def __init__(self, files: DurableFiles, place: PurePosixPath) -> None:
        self._files = files
        self._place = place

    @property
    def declared(self) -> tuple[str, ...]:
        """Every path that has a garbage row, whether its file gets made or not."""
        clips = [self._path(Role.CLIP).with_suffix(suffix) for suffix in CLIP_TYPES]
        others = [self._path(role) for role in FILES if role is not Role.CLIP]
        return tuple(str(path) for path in (*clips, *others))

    def write(
        self, role: Role, content: bytes, shows: tuple[float, float] | None = None
    ) -> StoredFile:
        """Store bytes; `shows` is the media time they show, s.

        Raises:
            EvidenceDiskFull: no room.
            EvidenceError: the disk refused.
        """
        name, media_type = FILES[role]
        size, sha256 = self._files.write(self._place / name, content)
        path = str(self._place / name)
        return StoredFile(role, path, size, sha256, media_type, *(shows or (None, None)))

    def cut(self, make: Callable[[Path], Clip]) -> tuple[StoredFile, Clip]:
        """Let `make` write the clip at the path it is given, or beside it with another ending.

        Raises:
            EvidenceDiskFull: no room.
            EvidenceError: the disk refused; or whatever `make` raises.
        """
        cut: list[Clip] = []

        def write(into: Path) -> Path:
            cut.append(make(into))
            return Path(cut[0].path)

        path, size, sha256 = self._files.produce(self._path(Role.CLIP), write)
        (clip,) = cut
        media_type = CLIP_TYPES[path.suffix]
        shows = (clip.t_start, clip.t_end)
        return StoredFile(Role.CLIP, str(path), size, sha256, media_type, *shows), clip

    def _path(self, role: Role) -> PurePosixPath:
        return self._place / FILES[role][0]


def forget_garbage(session: Session, paths: Sequence[str] | set[str]) -> None:
    """Drop garbage rows: their files are gone, or have their evidence rows in this transaction."""
    session.execute(delete(GarbageRow).where(GarbageRow.path.in_(paths)))
