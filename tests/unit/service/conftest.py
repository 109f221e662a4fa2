"""The same tests on SQLite and on PostgreSQL; what need not be made again for every test.

PostgreSQL is used where `LITTERWATCH_TEST_POSTGRES` gives the address of a server on which
databases may be made; else those tests are skipped, and say so. Making and dropping a database
costs the server a checkpoint each, so each process of tests keeps one whose tables are emptied.

Each process of tests makes these once as well:

* SQLite tables. An upgrade runs every migration of the past; here it gives a new file a copy of one
  that went through all of them, and leaves one that stands at this version as it is. Any other
  upgrade, those of PostgreSQL, of other processes, of tests that use `migrating` and of tests in
  other folders run their own.
* Scripted reviews and houses with packages: storing and sealing the same few events. Others that
  begin with them begin in a copy of that folder, where nothing is left to be done.
* The code of the pages' templates, which every desk would compile anew.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import NoneType

import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from litterwatch.detector.protocols import ClipSource
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.desk import pages
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse
from litterwatch.service.events.scripted_package import PackageHouse
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.reviews.scripted import ScriptedReviews

UPGRADE = Database.upgrade
POSTGRES = "LITTERWATCH_TEST_POSTGRES"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@contextmanager
def postgres_database() -> Iterator[str]:
    """The address of a new PostgreSQL database without tables, gone afterwards."""
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"NO POSTGRESQL TESTED: {POSTGRES} names no server")
    name = f"litterwatch_test_{secrets.token_hex(6)}"
    admin = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Closed afterwards, whatever happens."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


class Emptied:
    """One PostgreSQL database at this version; every test finds its tables empty.

    Args:
        url: of an empty database.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._upgrade()
        with self._engine.connect() as connection:
            self._tables = tables_of(connection)

    def empty(self) -> None:
        """Send away whoever is still connected; numbers are given from 1 on again.

        Where a test took a table away, all are made anew.
        """
        have_rows = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})"  # noqa: S608 - our own tables
            for name in self._tables
        )
        with self._engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            if tables_of(connection) != self._tables:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
                self._upgrade()
            filled = connection.scalars(text(have_rows)).all()
            if filled:
                connection.execute(text(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE"))

    def close(self) -> None:
        """Release the connection."""
        self._engine.dispose()

    def _upgrade(self) -> None:
        with opened(self.url) as database:
            database.upgrade()


def tables_of(connection: Connection) -> list[str]:
    """The names of the tables, but for that of Alembic."""
    names = inspect(connection).get_table_names()
    return sorted(name for name in names if name != "alembic_version")


@pytest.fixture(scope="session")
def _emptied() -> Iterator[Emptied]:
    with postgres_database() as url:
        emptied = Emptied(url)
        yield emptied
        emptied.close()


@pytest.fixture(params=KINDS)
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind with empty tables of this version."""
    if request.param == "sqlite":
        with opened(sqlite_url(tmp_path / "litterwatch.sqlite3")) as database:
            database.upgrade()
            yield database
        return
    emptied: Emptied = request.getfixturevalue("_emptied")
    emptied.empty()
    with opened(emptied.url) as database:
        yield database


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind without tables."""
    if request.param == "sqlite":
        with opened(sqlite_url(tmp_path / "litterwatch.sqlite3")) as database:
            yield database
        return
    with postgres_database() as url, opened(url) as database:
        yield database


def file_of(database: Database) -> Path | None:
    """Of a SQLite database in a folder where one can be made."""
    if database.engine.dialect.name != "sqlite" or not database.engine.url.database:
        return None
    file = Path(database.engine.url.database)
    return file if os.access(file.parent, os.W_OK) else None


def version_of(file: Path) -> list[str]:
    """What Alembic has noted in a SQLite file; nothing if it has noted nothing."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.DatabaseError:  # the upgrade says what is wrong with it
        return []


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "litterwatch.sqlite3"
    with opened(sqlite_url(file)) as database:
        UPGRADE(database)
    assert version_of(file)
    return file


@pytest.fixture(scope="module", autouse=True)
def _migrated_once(_migrated: Path) -> Iterator[None]:
    newest = version_of(_migrated)

    def quick(database: Database, revision: str = "head") -> None:
        file = file_of(database)
        if revision == "head" and file is not None:
            if not file.exists():
                shutil.copyfile(_migrated, file)
                return
            if version_of(file) == newest:
                return
        UPGRADE(database, revision)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "upgrade", quick)
        yield


@pytest.fixture
def migrating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every upgrade of this test runs its own migrations, however long that takes."""
    monkeypatch.setattr(Database, "upgrade", UPGRADE)


class Stored:
    """Folders with events, by what was asked for.

    Args:
        folder: for the copies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, ...], Path] = {}

    def __contains__(self, names: object) -> bool:
        return names in self._known

    def give(self, names: tuple[str, ...], root: Path) -> bool:
        """A copy of what is known; whether there was any."""
        if names not in self._known:
            return False
        shutil.copytree(self._known[names], root, dirs_exist_ok=True)
        return True

    def keep(self, names: tuple[str, ...], root: Path) -> None:
        """Copy a folder to which nobody is writing."""
        with closing(sqlite3.connect(root / "litterwatch.sqlite3")) as connection:
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not is_busy
        self._known[names] = self._folder / str(len(self._known))
        shutil.copytree(root, self._known[names], ignore=shutil.ignore_patterns("*-wal", "*-shm"))


@pytest.fixture(scope="session")
def _stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return Stored(tmp_path_factory.mktemp("stored"))


@pytest.fixture(scope="module", autouse=True)
def _stored_once(_stored: Stored) -> Iterator[None]:
    begin = ScriptedReviews.__init__

    def quick(  # noqa: PLR0917 - as ScriptedReviews
        reviews: ScriptedReviews,
        root: Path,
        machine_ids: Iterable[str] = ("e1",),
        clips: ClipSource | None = None,
        footage: Footage = SCRIPTED_FOOTAGE,
        database: Database | None = None,
    ) -> None:
        names = tuple(machine_ids)
        wanted = (repr(clips), *names)
        is_usual = type(clips) in {ScriptedClips, NoneType} and footage is SCRIPTED_FOOTAGE
        is_usual = is_usual and database is None and not any(root.iterdir())
        is_first = is_usual and not _stored.give(wanted, root)
        begin(reviews, root, names, clips, footage, database)
        if is_first:
            _stored.keep(wanted, root)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ScriptedReviews, "__init__", quick)
        yield


@pytest.fixture(scope="module", autouse=True)
def _packed_once(_stored: Stored) -> Iterator[None]:
    begin = PackageHouse.__init__

    def quick(house: PackageHouse, root: Path) -> None:
        wanted = ("a house with packages",)
        if not any(root.iterdir()) and _stored.give(wanted, root):
            ScriptedHouse.__init__(house, root)
            return
        begin(house, root)
        if wanted not in _stored:
            _stored.keep(wanted, root)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PackageHouse, "__init__", quick)
        yield


class Compiled(BytecodeCache):
    """Compiled templates by name and content."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session")
def _compiled() -> Compiled:
    return Compiled()


@pytest.fixture(scope="module", autouse=True)
def _compiled_once(_compiled: Compiled) -> Iterator[None]:
    make = pages._environment

    def quick(language: str) -> Environment:
        environment = make(language)
        environment.bytecode_cache = _compiled
        return environment

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pages, "_environment", quick)
        yield
