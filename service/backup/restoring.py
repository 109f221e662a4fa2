"""Makes a data folder from a backup, beside everything that is there, and proves it."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, update

from litterwatch.detector.errors import ConfigError, EvidenceIntegrityError
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import verify_log
from litterwatch.service.backup.copying import copy_file, explained
from litterwatch.service.backup.manifest import (
    DATA,
    DatabaseKind,
    Manifest,
    read_manifest,
    read_sums,
)
from litterwatch.service.backup.snapshot import restore_postgresql
from litterwatch.service.db import Database, sqlite_url, translated
from litterwatch.service.evidence.check import CheckReport, check
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.keys import FOLDER as KEYS
from litterwatch.service.footage_files import DATABASE_NAME
from litterwatch.service.tables import WebhookRow


@dataclass(frozen=True, slots=True)
class Restored:
    """A data folder that was made from a backup.

    Attributes:
        manifest: of the backup.
        report: what `litterwatch evidence check --cost hashes` says of it.
        log_faults: one sentence for every fault of the log.
    """

    manifest: Manifest
    report: CheckReport
    log_faults: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return self.report.is_sound and not self.log_faults


def restore_backup(
    folder: Path, to: Path, clock: Clock, *, actor: str, database_url: str | None = None
) -> Restored:
    """Write a backup into a new data folder; what is there already is never touched.

    Every byte is compared with its hash on the way. The folder gets its name when all of it is
    there; until then it lies beside it under `.NAME.restoring`, and the next run begins afresh.

    Args:
        folder: a finished backup.
        to: the new data folder; not there, or empty.
        clock: when.
        actor: who; it stands in the chain of custody of the new folder.
        database_url: of an empty PostgreSQL database, for a backup of one; else None.

    Raises:
        ConfigError: no finished backup, a folder or database that is not empty, or another kind of
            database than the backup's.
        EvidenceDiskFull: no room.
        EvidenceIntegrityError: a file is not what was copied; nothing was restored.
        EvidenceError: a folder refused.
        StoreError: the database refused.
    """
    manifest = read_manifest(folder)
    sums = read_sums(folder, manifest)
    _require_empty(to)
    _require_fitting(manifest, database_url)
    part = to.absolute().with_name(f".{to.absolute().name}.restoring")
    database = Database(database_url or sqlite_url(part / DATABASE_NAME))
    try:
        if database_url is not None:
            _require_no_tables(database)
        _copy_files(folder, to, part, manifest, sums)
        if database_url is not None:
            restore_postgresql(database.engine.url, folder / manifest.database_file)
        restored = _proved(database, part, clock, actor, manifest)
    finally:
        database.close()
    with explained(to):
        part.replace(to)
    return restored


def _copy_files(
    folder: Path, to: Path, part: Path, manifest: Manifest, sums: Mapping[str, str]
) -> None:
    with explained(to):
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(mode=0o750, parents=True)
        for path, expected in sums.items():
            _restore_file(folder, part, path, expected, manifest)


def _proved(
    database: Database, root: Path, clock: Clock, actor: str, manifest: Manifest
) -> Restored:
    database.upgrade()
    with database.writing() as session:
        # A copy on trial tells nobody anything; whoever goes on with it switches them on.
        session.execute(update(WebhookRow).values(is_active=False))
        append_custody(
            session,
            clock,
            action="backup.restored",
            subject="backup",
            detail={"sha256": manifest.sha256, "made_at": manifest.made_at},
            actor=actor,
        )
    report = check(root, database, "hashes")
    with database.reading() as session:
        _, faults = verify_log(session)
    return Restored(manifest, report, tuple(faults))


def _restore_file(folder: Path, part: Path, path: str, expected: str, manifest: Manifest) -> None:
    if path == manifest.database_file:
        if manifest.database is DatabaseKind.POSTGRESQL:
            return
        target, mode = part / DATABASE_NAME, 0o640
    else:
        relative = path.removeprefix(f"{DATA}/")
        target = part / relative
        is_key = relative == "cameras.key" or relative.startswith(f"{KEYS}/")
        mode = 0o600 if is_key else 0o640
        target.parent.mkdir(mode=0o700 if is_key else 0o750, parents=True, exist_ok=True)
    if copy_file(folder / path, target, mode) != expected:
        raise EvidenceIntegrityError(
            f"{folder / path} is not what was copied: nothing was restored, use another backup."
        )


def _require_empty(to: Path) -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ConfigError(f"{to} is not empty: name a folder that is not there yet.")


def _require_fitting(manifest: Manifest, database_url: str | None) -> None:
    if manifest.database is DatabaseKind.POSTGRESQL and database_url is None:
        raise ConfigError(
            "This backup is of PostgreSQL: make an empty database and name it with database.url."
        )
    if manifest.database is DatabaseKind.SQLITE and database_url is not None:
        raise ConfigError(
            "This backup is of SQLite, whose file goes into the folder: leave database.url out."
        )


def _require_no_tables(database: Database) -> None:
    with translated():
        names = inspect(database.engine).get_table_names()
    if names:
        raise ConfigError(
            "The database of database.url is not empty: make a new one for what is restored."
        )
