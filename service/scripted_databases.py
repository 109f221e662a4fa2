"""Databases that are made quickly. Ships for tests.

An upgrade runs every migration of the past, and every engine turns the same statements into SQL
anew. Where many databases come and go in one process, both need to be done once.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from sqlalchemy import Dialect, Engine

from litterwatch.service.db import Database, sqlite_url

UPGRADE: Final = Database.upgrade
"""That runs its migrations, whatever is at work."""


class QuickDatabases:
    """Tables by copying, SQL by remembering.

    Args:
        file: of a SQLite database that is made at once, by every migration.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        database = Database(sqlite_url(file))
        UPGRADE(database)
        database.close()
        self._newest = _version_of(file)
        self._dialects: dict[str, Dialect] = {}
        self._statements: dict[Any, Any] = {}

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Every new database of this process is made so while the block runs."""
        begin = Database.__init__

        def made(database: Database, url: str) -> None:
            begin(database, url)
            self._share(database.engine)

        def upgraded(database: Database, revision: str = "head") -> None:
            if revision != "head" or not self._copied(database):
                UPGRADE(database, revision)

        with (
            patch.object(Database, "__init__", made),
            patch.object(Database, "upgrade", upgraded),
        ):
            yield

    def _share(self, engine: Engine) -> None:
        """Statements are known by the dialect they are for: engines of a kind get the same one.

        It knows the server from its first connection on; until then nobody else gets it.
        """
        known = self._dialects.get(engine.dialect.name)
        if known is None or known.server_version_info is None:
            self._dialects[engine.dialect.name] = engine.dialect
        else:
            engine.dialect = known
        engine.update_execution_options(compiled_cache=self._statements)

    def _copied(self, database: Database) -> bool:
        """Whether a SQLite file has the tables of this version, if need be by copying."""
        file = _file_of(database)
        if file is None:
            return False
        if not file.exists():
            shutil.copyfile(self._file, file)
            return True
        return _version_of(file) == self._newest


def _file_of(database: Database) -> Path | None:
    """Of a SQLite database in a folder where one can be made."""
    if database.engine.dialect.name != "sqlite" or not database.engine.url.database:
        return None
    file = Path(database.engine.url.database)
    return file if os.access(file.parent, os.W_OK) else None


def _version_of(file: Path) -> list[str]:
    """What Alembic has noted in a SQLite file; nothing if it has noted nothing."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.DatabaseError:  # the upgrade says what is wrong with it
        return []
