"""The same tests on SQLite and on PostgreSQL.

PostgreSQL is used where `LITTERWATCH_TEST_POSTGRES` gives the address of a server on which
databases may be made; else those tests are skipped, and say so.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from litterwatch.service.db import Database, sqlite_url

POSTGRES = "LITTERWATCH_TEST_POSTGRES"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    """A database of this kind without tables, gone afterwards."""
    if kind == "sqlite":
        database = Database(sqlite_url(folder / "litterwatch.sqlite3"))
        yield database
        database.close()
        return
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"NO POSTGRESQL TESTED: {POSTGRES} names no server")
    name = f"litterwatch_test_{secrets.token_hex(6)}"
    admin = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(make_url(server).set(database=name).render_as_string(hide_password=False))
    try:
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture(params=KINDS)
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind, its tables at this version."""
    with empty_database(request.param, tmp_path) as database:
        database.upgrade()
        yield database


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind without tables."""
    with empty_database(request.param, tmp_path) as database:
        yield database
