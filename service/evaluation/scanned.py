"""Predictions of a scan's folder, whose database knows which files were read."""

from pathlib import Path

from sqlalchemy import select

from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.evaluation.predictions import Predictions, read_predictions
from litterwatch.service.events.tables import FootageRow, FootageState
from litterwatch.service.footage_files import DATABASE_NAME


def scanned_predictions(path: Path) -> Predictions:
    """From an events.jsonl, or the folder of a scan: then what was not scanned counts as unread.

    Raises:
        ConfigError: there are no events, or they are not as a scan writes them.
        StoreError: the database cannot be read.
    """
    found = read_predictions(path)
    file = path / DATABASE_NAME
    if not path.is_dir() or not file.is_file():
        return found
    database = Database(sqlite_url(file))
    try:
        with database.reading() as session:
            done = select(FootageRow.source).where(FootageRow.state == FootageState.DONE)
            names = frozenset(Path(source).name for source in session.scalars(done))
    finally:
        database.close()
    return Predictions(found.events, found.failed, names, found.withdrawn, found.tallies)
