"""Makes a backup while scans, watches and the desk go on.

What makes it whole without stopping anybody: evidence files are never changed once they have a row,
so they are gathered first, however long that takes; then the database is copied as of one moment;
then the few files that came since are gathered as well. A file that went meanwhile (its time was
over, or a later state of the event replaced it) means that the copy is too old: another one is
made. The manifest comes last: without it a folder is an unfinished backup, and the same command
goes on with it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Final

import litterwatch
from litterwatch.detector.errors import ConfigError, Conflict, EvidenceError
from litterwatch.detector.protocols import Clock
from litterwatch.service.backup.copying import Gathered, Gatherer, copy_file, explained
from litterwatch.service.backup.manifest import (
    DATA,
    DATABASE_FILES,
    MANIFEST,
    SUMS,
    Manifest,
    read_manifest,
    write_manifest,
    write_sums,
)
from litterwatch.service.backup.snapshot import Contents, contents, copy_database, kind_of
from litterwatch.service.canonical import JsonValue
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.keys import FOLDER as KEYS

MARK: Final = ".litterwatch-backup"
"""The file that makes a folder ours, and that is locked while somebody writes there."""

_ATTEMPTS: Final = 5
"""Copies of the database that are made until every file of one is there."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What backup somebody wants.

    Attributes:
        folder: where it goes: new, empty, or left by a run that was interrupted.
        actor: who; it stands in the chain of custody.
        earlier: a finished backup on the same disk, from which unchanged files are linked.
        is_linked: link files from the data folder: the same disk, no room, and no second copy.
        camera_key: the key file of the camera logins, wherever it is.
        has_keys: copy private keys as well.
    """

    folder: Path
    actor: str
    camera_key: Path
    earlier: Path | None = None
    is_linked: bool = False
    has_keys: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup; `linked` files take no room of their own."""

    manifest: Manifest
    linked: int


def create_backup(root: Path, database: Database, clock: Clock, wish: Wish) -> Made:
    """Copy a data folder with its database.

    Args:
        root: the data folder.
        database: its own.
        clock: when.
        wish: where to, and how.

    Raises:
        ConfigError: the folder holds something else, or a finished backup; `pg_dump` is missing.
        Conflict: another backup is being made there.
        EvidenceDiskFull: no room; the same command goes on later.
        EvidenceError: a folder refused.
        StoreError: the database refused.
    """
    earlier = None if wish.earlier is None else wish.earlier / DATA
    if wish.earlier is not None:
        read_manifest(wish.earlier)
    with _held(wish.folder):
        _note(database, clock, wish, "backup.begun", {"has_keys": wish.has_keys})
        gatherer = Gatherer(root, wish.folder / DATA, earlier=earlier, is_linked=wish.is_linked)
        with database.reading() as session:
            now = contents(session)
        gatherer.gather(now.wanted)
        said, made_at = _whole_copy(database, clock, wish.folder, gatherer)
        gatherer.keep_only({file.path for file in said.wanted})
        sums = {f"{DATA}/{path}": digest for path, digest in gatherer.gathered.sums.items()}
        if wish.has_keys:
            sums |= _copy_keys(root, wish)
        manifest = _finish(database, wish, said, gatherer.gathered, sums=sums, made_at=made_at)
        detail: dict[str, JsonValue] = {"sha256": manifest.sha256, "files": manifest.files}
        _note(database, clock, wish, "backup.made", detail)
    return Made(manifest, gatherer.gathered.linked)


def _whole_copy(
    database: Database, clock: Clock, folder: Path, gatherer: Gatherer
) -> tuple[Contents, str]:
    """A copy of the database whose files are all there, as far as they are at all."""
    for attempt in range(_ATTEMPTS):
        made_at = clock.now().astimezone(UTC).isoformat(timespec="seconds")
        said = copy_database(database, folder)
        gatherer.gather(said.wanted)
        lost = gatherer.gathered.missing & {file.path for file in said.wanted}
        with database.reading() as session:
            still = {file.path for file in contents(session).wanted} if lost else lost
        # What is gone while its row stands is told; no later copy would have it.
        if lost <= still or attempt == _ATTEMPTS - 1:
            break
    return said, made_at


def _copy_keys(root: Path, wish: Wish) -> dict[str, str]:
    """Private keys; their hashes, by path in the backup."""
    into = wish.folder / DATA
    sources = {
        f"{KEYS}/{path.name}": path
        for path in sorted((root / KEYS).glob("*"))
        if path.is_file() and path.suffix != ".part"
    }
    if wish.camera_key.is_file():
        sources["cameras.key"] = wish.camera_key
    sums = {}
    with explained(into):
        (into / KEYS).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, source in sources.items():
            sums[f"{DATA}/{name}"] = copy_file(source, into / name, 0o600)
    return sums


def _finish(
    database: Database,
    wish: Wish,
    said: Contents,
    gathered: Gathered,
    *,
    sums: dict[str, str],
    made_at: str,
) -> Manifest:
    folder, kind = wish.folder, kind_of(database)
    with explained(folder):
        sums[DATABASE_FILES[kind]] = sha256_of_file(folder / DATABASE_FILES[kind])
        size = sum((folder / path).stat().st_size for path in sums)
    manifest = Manifest(
        made_at=made_at,
        software=litterwatch.__version__,
        database=kind,
        revision=said.revision,
        custody_head=said.custody_head,
        audit_head=said.audit_head,
        files=len(sums),
        bytes=size,
        sums_sha256=write_sums(folder, sums),
        has_keys=wish.has_keys,
        damaged=tuple(sorted(gathered.damaged)),
        missing=tuple(sorted(gathered.missing)),
    )
    os.sync()  # folders and links as well, before anything says that they are there
    write_manifest(folder, manifest)
    return manifest


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """A folder that is ours alone."""
    if (folder / MANIFEST).exists():
        raise ConfigError(f"{folder} holds a finished backup: name a new folder.")
    known = {MARK, DATA, SUMS, f"{SUMS}.part", f"{MANIFEST}.part"}
    known |= {f"{name}{end}" for name in DATABASE_FILES.values() for end in ("", ".part")}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir()}
        if names and (MARK not in names or names - known):
            raise ConfigError(f"{folder} holds other things: name a new or an empty folder.")
        descriptor = os.open(folder / MARK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EvidenceError(
            f"The folder {folder} cannot be used ({error.strerror}): check it and its permissions."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Conflict(f"Another backup is being made in {folder}: wait for it.") from error
    finally:
        os.close(descriptor)


def _note(
    database: Database, clock: Clock, wish: Wish, action: str, detail: dict[str, JsonValue]
) -> None:
    with database.writing() as session:
        append_custody(
            session, clock, action=action, subject="backup", detail=detail, actor=wish.actor
        )
