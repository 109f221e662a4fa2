"""The audit log: appended, chained, found again; the same on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from litterwatch.detector.errors import NotAllowed
from litterwatch.service.audit.service import (
    AuditFilter,
    has_done,
    read_log,
    record,
    verify_log,
)
from litterwatch.service.audit.tables import AuditRow
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database, sqlite_url


def fill(database: Database, clock: ManualClock, times: int = 5) -> None:
    with database.writing() as session:
        for number in range(times):
            clock.advance(60)
            record(
                session,
                clock,
                actor=f"user{number % 2}",
                action="event.viewed" if number % 2 else "event.changed",
                subject=f"event:{number}",
                detail={"share": 0.1 * number, "tên": "Thục Phán"},
            )


def test_what_was_written_is_whole(any_database: Database) -> None:
    fill(any_database, ManualClock())
    with any_database.reading() as session:
        head, faults = verify_log(session)
        assert faults == []
        assert head == read_log(session, AuditFilter(), 1)[0].hash


@pytest.mark.parametrize("which", [1, 3, 5])
def test_a_changed_row_is_found(any_database: Database, which: int) -> None:
    fill(any_database, ManualClock())
    with any_database.engine.begin() as connection:
        connection.execute(update(AuditRow).where(AuditRow.seq == which).values(actor="other"))
    with any_database.reading() as session:
        _, faults = verify_log(session)
    assert faults == [f"audit row {which} was changed after it was written"]


def test_a_missing_row_is_found(any_database: Database) -> None:
    fill(any_database, ManualClock())
    with any_database.engine.begin() as connection:
        connection.execute(delete(AuditRow).where(AuditRow.seq == 3))
    with any_database.reading() as session:
        _, faults = verify_log(session)
    assert faults[0] == "audit row 3 is missing: the next one is 4"


def test_the_program_itself_cannot_change_a_row(any_database: Database) -> None:
    fill(any_database, ManualClock())
    with pytest.raises(NotAllowed), any_database.writing() as session:
        session.scalars(select(AuditRow).limit(1)).one().actor = "somebody else"


def test_rows_are_found_by_who_what_and_whereof(any_database: Database) -> None:
    clock = ManualClock()
    fill(any_database, clock)
    with any_database.reading() as session:
        of_one = read_log(session, AuditFilter(actor="user1"), 10)
        assert [row.subject for row in of_one] == ["event:3", "event:1"]
        assert len(read_log(session, AuditFilter(action="event"), 10)) == 5
        assert len(read_log(session, AuditFilter(action="event.viewed"), 10)) == 2
        assert [row.seq for row in read_log(session, AuditFilter(before=3), 10)] == [2, 1]
        assert has_done(session, "user1", "event.viewed", "event:3")
        assert not has_done(session, "user1", "event.viewed", "event:3", since=clock.now())
        assert not has_done(session, "user0", "event.viewed", "event:3")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(1, 4),
    column=st.sampled_from(["actor", "action", "subject", "previous", "hash", "detail", "at"]),
)
def test_any_column_of_any_row_is_guarded(
    tmp_path_factory: pytest.TempPathFactory, which: int, column: str
) -> None:
    database = Database(sqlite_url(tmp_path_factory.mktemp("audit") / "a.sqlite3"))
    database.upgrade()
    fill(database, ManualClock(), 4)
    value = {"detail": '{"a": 1}', "at": "2020-01-01 00:00:00.000000"}.get(column, "f" * 64)
    with database.engine.begin() as connection:
        statement = text(f"UPDATE audit SET {column} = :value WHERE seq = :seq")  # noqa: S608
        connection.execute(statement, {"value": value, "seq": which})
    with database.reading() as session:
        assert verify_log(session)[1]
    database.close()
