"""Units of work, column kinds and migrations."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import event, inspect, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.schema import CreateTable

from litterwatch.detector.errors import (
    ConfigError,
    Conflict,
    EvidenceDiskFull,
    LitterwatchError,
    NotFound,
    StoreError,
)
from litterwatch.service.db import MIGRATIONS, Database, sqlite_url, translated
from litterwatch.service.tables import Base, GarbageRow

pytestmark = pytest.mark.usefixtures("migrating")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    yield database
    database.close()


def tables_of(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_upgrade_makes_every_table_as_declared(database: Database) -> None:
    database.upgrade()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert tables_of(database) == set(Base.metadata.tables)


def test_a_forgotten_migration_is_noticed(database: Database) -> None:
    database.upgrade()
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE garbage DROP COLUMN reason"))
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) != []


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    database.upgrade()
    with database.writing() as session:
        session.add(GarbageRow(path="a", reason="test", created_at=NOON))
    database.upgrade()
    with database.reading() as session:
        assert [row.path for row in session.scalars(select(GarbageRow))] == ["a"]


def test_downgrade_removes_every_table(database: Database) -> None:
    database.upgrade()
    database.downgrade("base")
    assert tables_of(database) == set()


def test_a_newer_database_is_refused_with_advice(database: Database) -> None:
    database.upgrade()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="another version of litterwatch"):
        database.upgrade()


def test_every_table_can_be_made_in_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in Base.metadata.sorted_tables:
        assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))


def test_times_come_back_in_utc_whatever_their_zone(database: Database) -> None:
    database.upgrade()
    hanoi = NOON.astimezone(timezone(timedelta(hours=7)))
    with database.writing() as session:
        session.add(GarbageRow(path="a", reason="test", created_at=hanoi))
    with database.reading() as session:
        stored = session.scalars(select(GarbageRow)).one().created_at
    assert stored == NOON
    assert stored.tzinfo is UTC


def test_a_time_without_zone_is_refused(database: Database) -> None:
    database.upgrade()
    with pytest.raises(StoreError) as caught, database.writing() as session:
        session.add(GarbageRow(path="a", reason="test", created_at=NOON.replace(tzinfo=None)))
    assert isinstance(caught.value.__cause__, StatementError)


def test_a_unit_of_work_that_raises_leaves_nothing(database: Database) -> None:
    database.upgrade()

    def broken() -> None:
        with database.writing() as session:
            session.add(GarbageRow(path="a", reason="test", created_at=NOON))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with database.reading() as session:
        assert session.scalars(select(GarbageRow)).all() == []


def test_the_same_row_twice_is_a_conflict(database: Database) -> None:
    database.upgrade()
    with database.writing() as session:
        session.add(GarbageRow(path="a", reason="test", created_at=NOON))
    with pytest.raises(Conflict), database.writing() as session:
        session.add(GarbageRow(path="a", reason="again", created_at=NOON))


def test_foreign_keys_and_durability_are_on(database: Database) -> None:
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }


@pytest.mark.parametrize(
    "url",
    ["nonsense", "sqlite+nodriver:///x", "martian://host/name"],
)
def test_an_address_that_cannot_be_used_names_the_setting(url: str) -> None:
    with pytest.raises(ConfigError, match=r"database\.url"):
        Database(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "litterwatch.sqlite3"
    path.write_bytes(b"this is a letter, not a database" * 100)
    database = Database(sqlite_url(path))
    with pytest.raises(StoreError, match="damaged or is not a database"):
        database.upgrade()
    database.close()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "nowhere" / "litterwatch.sqlite3"))
    with pytest.raises(StoreError, match="check its folder"):
        database.upgrade()
    database.close()


def test_writers_take_turns_and_lose_nothing(database: Database, tmp_path: Path) -> None:
    database.upgrade()
    with database.writing() as session:
        session.add(GarbageRow(path="counter", reason="0", created_at=NOON))

    def count_up(times: int) -> None:
        own = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
        for _ in range(times):
            with own.writing() as session:
                row = session.get_one(GarbageRow, "counter")
                row.reason = str(int(row.reason) + 1)
        own.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(count_up, [20, 20]))
    with database.reading() as session:
        assert session.get_one(GarbageRow, "counter").reason == "40"


def test_a_second_process_can_read_while_one_writes(database: Database, tmp_path: Path) -> None:
    database.upgrade()
    with database.writing() as session:
        session.add(GarbageRow(path="a", reason="test", created_at=NOON))
        session.flush()
        other = sqlite3.connect(tmp_path / "litterwatch.sqlite3")
        assert other.execute("SELECT count(*) FROM garbage").fetchone() == (0,)
        other.close()


def test_a_full_disk_is_told_apart(database: Database) -> None:
    database.upgrade()

    def fill() -> None:
        with database.writing() as session:
            connection = session.connection()
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            session.add(GarbageRow(path="x" * 100_000, reason="test", created_at=NOON))

    with pytest.raises(EvidenceDiskFull, match="free space"):
        fill()


def test_a_writer_that_waits_too_long_is_told_to_try_again(
    database: Database, tmp_path: Path
) -> None:
    database.upgrade()
    other = sqlite3.connect(tmp_path / "litterwatch.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))

    @event.listens_for(impatient.engine, "connect")
    def _wait_not(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=0").close()

    def write() -> None:
        with impatient.writing() as session:
            session.add(GarbageRow(path="a", reason="test", created_at=NOON))

    with pytest.raises(Conflict, match="try again"):
        write()
    impatient.close()
    other.close()


class Refusal(Exception):
    """As a driver raises it; PostgreSQL's carry a code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("with a detail that may hold values")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("53100", EvidenceDiskFull),
        ("40001", Conflict),
        ("40P01", Conflict),
        ("42501", StoreError),
        ("", StoreError),
    ],
)
def test_codes_of_postgresql_are_understood(
    sqlstate: str, expected: type[LitterwatchError]
) -> None:
    with pytest.raises(LitterwatchError) as caught, translated():
        raise DBAPIError("INSERT", {"secret": "7731"}, Refusal(sqlstate))
    assert type(caught.value) is expected
    assert "7731" not in str(caught.value)
    assert "detail" not in str(caught.value)


def every_error_of_the_library() -> list[type[SQLAlchemyError]]:
    found, waiting = [], [SQLAlchemyError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        found.append(kind)
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_error_of_the_library())
def test_every_error_of_the_library_becomes_ours(kind: type[SQLAlchemyError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "said by the library")
    if isinstance(error, StatementError):
        error.orig = Refusal("")
    with pytest.raises(StoreError), translated():
        raise error


def test_our_own_errors_pass_untouched() -> None:
    ours = NotFound("There is no such event.")
    with pytest.raises(NotFound) as caught, translated():
        raise ours
    assert caught.value is ours


def test_every_step_goes_up_and_down_with_rows_in_it(bare_database: Database) -> None:
    steps = [script.revision for script in migration_scripts()]
    for revision in steps:
        bare_database.upgrade(revision)
        with bare_database.writing() as session:
            path = f"made at {revision}"
            session.execute(
                text("INSERT INTO garbage (path, reason, created_at) VALUES (:p, 'test', :t)"),
                {"p": path, "t": "2026-05-04 12:00:00+00:00"},
            )
    with bare_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    for revision in reversed(steps[:-1]):
        bare_database.downgrade(revision)
    with bare_database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM garbage")).scalar() == len(steps)
    bare_database.upgrade()


def migration_scripts() -> list[Script]:
    """Oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
