"""An order on what others may change: as it was seen, and once."""

from pathlib import Path

import pytest

from litterwatch.detector.errors import Conflict
from litterwatch.service.asked import ANYHOW, Asked
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url
from litterwatch.service.once import Once


def test_what_was_changed_since_is_refused_and_what_was_done_before_is_not(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    database.upgrade()
    order = Asked(3, Once.named("lan", "k", "settle", "r1"))
    with database.writing() as session:
        assert not order.is_done(session, 3, "overtaken")
        with pytest.raises(Conflict, match="overtaken"):
            order.is_done(session, 4, "overtaken")
        order.note(session, ManualClock(), "r1")
    with database.writing() as session:
        assert order.is_done(session, 4, "overtaken"), "its own change is no other's"
        other = Asked(3, Once.named("lan", "k", "settle", "r2"))
        with pytest.raises(Conflict, match="used for something else"):
            other.is_done(session, 3, "overtaken")
    database.close()


def test_an_order_of_a_page_asks_for_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "litterwatch.sqlite3"))
    database.upgrade()
    with database.writing() as session:
        assert not ANYHOW.is_done(session, 7, "overtaken")
        ANYHOW.note(session, ManualClock(), "c1")
        assert not ANYHOW.is_done(session, 8, "overtaken")
    database.close()
