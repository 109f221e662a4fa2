"""The database: typed tables, units of work, migrations.

SQLite in the data folder serves one box, PostgreSQL many; nothing here is special to either but
the pragmas. A unit of work is `with database.writing() as session`: it commits when the block ends
and rolls back when it raises. Nothing else commits.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from litterwatch.detector.errors import (
    ConfigError,
    Conflict,
    EvidenceDiskFull,
    LitterwatchError,
    StoreError,
)
from litterwatch.service.canonical import JsonValue

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_SECONDS = 30
"""How long a second writer waits for the first before it gives up."""

_KEPT, _MORE = 16, 24  # connections; as many together as the desk has threads


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC; a naive one is a programming error and refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database.

        Raises:
            ValueError: the time has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are stored in UTC: this one has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database; SQLite forgets the zone, so it is put back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Key = Annotated[str, mapped_column(String(64))]
Sha256 = Annotated[str, mapped_column(String(64))]
Utc = Annotated[datetime, mapped_column(UtcDateTime())]
Name = Annotated[str, mapped_column(String(255))]
RelativePath = Annotated[str, mapped_column(String(512))]
JsonMap = Annotated[dict[str, JsonValue], mapped_column(JSON(none_as_null=True))]
JsonList = Annotated[list[JsonValue], mapped_column(JSON(none_as_null=True))]


def choice(kind: type[StrEnum]) -> Enum:
    """A column that holds a member of `kind`.

    Text in the database, not a native type: a new member then needs no migration.
    """
    return Enum(
        kind,
        native_enum=False,
        length=32,
        values_callable=lambda members: [str(m) for m in members],
    )


class Base(DeclarativeBase):
    """All tables. Constraints have predictable names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """An engine and its units of work.

    Args:
        url: a SQLAlchemy address, such as `sqlite:////srv/litterwatch/litterwatch.sqlite3`.

    Raises:
        ConfigError: the address cannot be understood or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            options: dict[str, Any] = {"pool_size": _KEPT, "max_overflow": _MORE}
            if _is_sqlite(url):
                options["connect_args"] = {"timeout": BUSY_SECONDS}
            self.engine: Engine = create_engine(parsed, **options)
        except (ArgumentError, ImportError) as error:
            raise ConfigError(
                "The database address cannot be used: check database.url"
                " (for example sqlite:////folder/litterwatch.sqlite3) and that its driver is"
                " installed."
            ) from error
        self._turn: AbstractContextManager[object] = nullcontext()
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
            # SQLite lets a second writer sleep and try again, up to 100 ms at a time; threads of
            # one process are woken when it is their turn.
            self._turn = threading.RLock()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view of one moment; nothing is written.

        Raises:
            StoreError: the database refused.
        """
        with translated(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A unit of work: all of it is durable when the block has ended, or nothing of it.

        On SQLite writers take turns from the first statement on, so that what is read inside the
        block is still true when it commits.

        Raises:
            Conflict: somebody was faster; the work can be done again.
            EvidenceDiskFull: no room for the database.
            StoreError: the database refused.
        """
        engine = self.engine.execution_options(writing=True)
        with (
            translated(),
            self._turn,
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to this version of litterwatch (or to `revision`).

        Raises:
            StoreError: the database refused, or was made by a newer litterwatch.
        """
        with translated(), self.engine.execution_options(writing=True).begin() as connection:
            command.upgrade(_alembic(connection), revision)

    def downgrade(self, revision: str) -> None:
        """Back to an older revision, `base` for none; rows of dropped tables are lost.

        Raises:
            StoreError: the database refused.
        """
        with translated(), self.engine.execution_options(writing=True).begin() as connection:
            command.downgrade(_alembic(connection), revision)

    def take_stock(self) -> None:
        """Let the database count its tables, so that it chooses the right index; quick.

        PostgreSQL does so by itself. SQLite without counts takes an index that spares sorting for
        one that finds ten rows among a million.

        Raises:
            StoreError: the database refused.
        """
        if self.engine.dialect.name != "sqlite":
            return
        engine = self.engine.execution_options(writing=True)
        with translated(), engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit=1000")
            connection.exec_driver_sql("ANALYZE")
            connection.commit()

    def close(self) -> None:
        """Release every connection; may be called twice."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


@contextmanager
def translated() -> Iterator[None]:
    """The database library's errors become ours; ours pass untouched."""
    try:
        yield
    except LitterwatchError:
        raise
    except IntegrityError as error:
        raise Conflict(
            "The database already holds this, or somebody was faster; nothing was changed,"
            " try again."
        ) from error
    except DBAPIError as error:
        raise _from_driver(error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The database could not do this ({type(error).__name__}).") from error
    except CommandError as error:
        raise StoreError(
            "The database was made by another version of litterwatch: install that version or a"
            " newer one."
        ) from error


def _from_driver(error: DBAPIError) -> LitterwatchError:
    name = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "")
    if name in {"SQLITE_FULL", "53100"}:
        return EvidenceDiskFull("No room for the database: free space, then run again.")
    if name in {"SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01"}:
        return Conflict("Somebody else is writing to the database: try again.")
    if name in {"SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"}:
        return StoreError("The database file cannot be written: check its folder and permissions.")
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return StoreError("The database file is damaged or is not a database: restore a copy.")
    return StoreError(f"The database refused ({name or type(error.orig).__name__}).")


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, for reads as well.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # WAL with NORMAL may lose a commit that was reported durable
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later may find itself overtaken ("database is
    # locked" at once, whatever the timeout); writers therefore take the lock when they begin.
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _alembic(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
