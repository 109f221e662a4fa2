"""The same tests on SQLite and on PostgreSQL.

PostgreSQL is used where `LITTERWATCH_TEST_POSTGRES` gives the address of a server on which
databases may be made; else those tests are skipped, and say so. Making and dropping a database
costs the server a checkpoint each, so each process of tests keeps one whose tables are emptied.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from litterwatch.service.db import Database, sqlite_url

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
        with opened(url) as database:
            database.upgrade()
        self._tables = [
            name for name in inspect(self._engine).get_table_names() if name != "alembic_version"
        ]

    def empty(self) -> None:
        """Send away whoever is still connected; numbers are given from 1 on again."""
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
            filled = connection.scalars(text(have_rows)).all()
            if filled:
                connection.execute(text(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE"))

    def close(self) -> None:
        """Release the connection."""
        self._engine.dispose()


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
