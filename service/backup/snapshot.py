"""The database as of one moment, into a file, while others write."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, NullPool, create_engine, select, text
from sqlalchemy.orm import Session

from litterwatch.detector.errors import ConfigError, StoreError
from litterwatch.service.backup.copying import Wanted, explained
from litterwatch.service.backup.manifest import DATABASE_FILES, DatabaseKind
from litterwatch.service.chain import GENESIS, Link
from litterwatch.service.db import Database, translated
from litterwatch.service.reports.tables import UploadRow, UploadState
from litterwatch.service.tables import AuditRow, CustodyRow, EvidenceRow

_PATIENCE: Final = 4 * 3600
"""Seconds that the tools of PostgreSQL may take."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database says at one moment.

    Attributes:
        wanted: every file that has a row.
        revision: of the tables.
        custody_head, audit_head: hash of the last row of each chain.
    """

    wanted: tuple[Wanted, ...]
    revision: str
    custody_head: str
    audit_head: str


def kind_of(database: Database) -> DatabaseKind:
    """Which kind of database this is."""
    return DatabaseKind(database.engine.dialect.name)


def copy_database(database: Database, folder: Path) -> Contents:
    """Write the database's file of a backup; what it says.

    Nobody who writes meanwhile waits: SQLite reads from one state of its log, PostgreSQL from one
    snapshot, which is also what the files are listed from.

    Raises:
        ConfigError: `pg_dump` is missing.
        EvidenceError: the folder cannot be written.
        StoreError: the database refused.
    """
    kind = kind_of(database)
    target = folder / DATABASE_FILES[kind]
    if kind is DatabaseKind.SQLITE:
        _copy_sqlite(database, target)
        with reading_copy(target) as session:
            return contents(session)
    return _dump_postgresql(database, target)


def contents(session: Session) -> Contents:
    """What a database says, for one transaction."""
    evidence = session.execute(select(EvidenceRow.path, EvidenceRow.sha256))
    wanted = [Wanted(path, sha256) for path, sha256 in evidence]
    uploads = select(UploadRow).where(UploadRow.state == UploadState.STORED)
    for row in session.scalars(uploads):
        for path, sha256 in (
            (row.original_path, row.original_sha256),
            (row.copy_path, row.copy_sha256),
        ):
            if path is not None and sha256 is not None:
                wanted.append(Wanted(path, sha256))
    revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    wanted.sort(key=lambda file: file.path)
    return Contents(
        tuple(wanted), str(revision), _head(session, CustodyRow), _head(session, AuditRow)
    )


@contextmanager
def reading_copy(file: Path) -> Iterator[Session]:
    """Look into a copy of SQLite without changing a byte of it, or of its folder.

    Raises:
        StoreError: it is damaged, or is no database.
    """
    address = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    try:
        with translated(), Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def restore_postgresql(url: URL, dump: Path) -> None:
    """Fill an empty database from a dump, all of it or nothing.

    Raises:
        ConfigError: `pg_restore` is missing.
        StoreError: the server refused.
    """
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", url, [*options, str(dump)])


def is_readable_dump(dump: Path) -> bool | None:
    """Whether `pg_restore` can read a dump's list of contents; None where there is no such tool."""
    tool = shutil.which("pg_restore")
    if tool is None:
        return None
    done = subprocess.run(  # noqa: S603 - a tool of the system, no shell, a path of our own
        [tool, "--list", str(dump)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_PATIENCE,
    )
    return done.returncode == 0


def _copy_sqlite(database: Database, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    with explained(target.parent), translated():
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with _sqlite_errors(), closing(sqlite3.connect(part)) as copy:
            with database.engine.connect() as connection:
                # All pages in one step: later writes go into the log, and not into the copy.
                origin: Any = connection.connection.driver_connection
                origin.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE").close()  # one file, whole without a log
        _sync(part)
        part.replace(target)


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise StoreError(
            f"The database could not be copied ({name}): see whether it is whole and the disk has"
            " room, then run the same command again."
        ) from error


def _dump_postgresql(database: Database, target: Path) -> Contents:
    part = target.with_name(target.name + ".part")
    with explained(target.parent):
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with translated(), Session(engine) as session:
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        options = ["--format=custom", "--no-owner", "--no-privileges"]
        _run(
            "pg_dump",
            database.engine.url,
            [*options, f"--snapshot={snapshot}", f"--file={part}"],
        )
        found = contents(session)
    with explained(target.parent):
        _sync(part)
        part.replace(target)
    return found


def _run(name: str, url: URL, options: list[str]) -> None:
    """Call a tool of PostgreSQL; the password goes by its environment, never by its arguments."""
    tool = shutil.which(name)
    if tool is None:
        raise ConfigError(
            f"{name} is not installed here: install the client of PostgreSQL"
            " (sudo apt-get install postgresql-client), then run the same command again."
        )
    parts: Mapping[str, Any] = url.translate_connect_args(database="dbname", username="user")
    parts = {**parts, **url.query}
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    try:
        done = subprocess.run(  # noqa: S603 - a tool of the system, no shell
            [tool, "--no-password", f"--dbname={make_conninfo(**parts)}", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"{name} took more than {_PATIENCE // 3600} hours: see the server.") from (
            error
        )
    if done.returncode != 0:
        said = next(iter(done.stderr.strip().splitlines()), "it says nothing")
        raise StoreError(f"{name} could not do this: {said}")


def _head(session: Session, chain: type[Link]) -> str:
    head = session.scalar(select(chain.hash).order_by(chain.seq.desc()).limit(1))
    return GENESIS if head is None else str(head)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
