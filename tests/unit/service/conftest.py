"""The same tests on SQLite and on PostgreSQL; what need not be made again for every test.

PostgreSQL is used where `LITTERWATCH_TEST_POSTGRES` gives the address of a server on which
databases may be made; else those tests are skipped, and say so. Making and dropping a database
costs the server a checkpoint each, so each process of tests keeps one whose tables are emptied.

Each process of tests makes these once as well:

* SQLite tables. An upgrade runs every migration of the past; here it gives a new file a copy of one
  that went through all of them, and leaves one that stands at this version as it is. Any other
  upgrade, those of PostgreSQL, of other processes and of tests that use `migrating` run their own.
* Scripted reviews and houses with packages: storing and sealing the same few events. Others that
  begin with them begin in a copy of that folder, where nothing is left to be done.
* The text of statements: every database would turn the same ones into SQL anew.

Browsers of a desk that runs share its event loop.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import NoneType
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from litterwatch.detector.protocols import ClipSource
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse
from litterwatch.service.events.scripted_package import PackageHouse
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.scripted_databases import UPGRADE

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


@pytest.fixture(scope="module", autouse=True)
def _made_quickly(databases_are_made_quickly: None) -> None:
    """Of every test here."""


@pytest.fixture
def migrating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every upgrade of this test runs its own migrations, however long that takes."""
    monkeypatch.setattr(Database, "upgrade", UPGRADE)


@pytest.fixture(scope="module", autouse=True)
def _in_one_loop() -> Iterator[None]:
    """Browsers ask a running desk in its own loop; each of their requests would start another."""
    begin, enter = TestClient.__init__, TestClient.__enter__
    running = WeakKeyDictionary[Any, TestClient]()

    def begun(client: TestClient, app: Any, **options: Any) -> None:
        begin(client, app, **options)
        if app in running:
            client.portal = running[app].portal

    def entered(client: TestClient) -> TestClient:
        running[client.app] = client
        return enter(client)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TestClient, "__init__", begun)
        patched.setattr(TestClient, "__enter__", entered)
        yield


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

    def quick(house: PackageHouse, root: Path, database: Database | None = None) -> None:
        if database is not None:
            begin(house, root, database)
            return
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
