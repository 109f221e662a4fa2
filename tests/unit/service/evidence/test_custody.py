"""The chain of custody."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from litterwatch.detector.errors import NotAllowed
from litterwatch.service.canonical import JsonValue
from litterwatch.service.events.scripted import ScriptedHouse
from litterwatch.service.evidence.custody import (
    GENESIS,
    append_custody,
    hash_of,
    verify_chain,
)
from litterwatch.service.tables import CustodyRow

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
LEAVES: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXT, FLOATS
)
DETAILS = st.dictionaries(
    TEXT, st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=4
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    house = ScriptedHouse(tmp_path)
    yield house
    house.close()


def append(house: ScriptedHouse, **detail: JsonValue) -> None:
    with house.database.writing() as session:
        append_custody(session, house.clock, action="tried", subject="x", detail=detail)


def test_rows_are_chained_from_the_first(house: ScriptedHouse) -> None:
    append(house, number=1)
    append(house, number=2)
    with house.database.reading() as session:
        first, second = session.scalars(select(CustodyRow).order_by(CustodyRow.seq))
        assert (first.seq, first.previous) == (1, GENESIS)
        assert (second.seq, second.previous) == (2, first.hash)
        assert verify_chain(session) == (second.hash, [])


def test_several_rows_of_one_transaction_are_chained(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        for number in range(3):
            detail: dict[str, JsonValue] = {"number": number}
            append_custody(session, house.clock, action="tried", subject="x", detail=detail)
    with house.database.reading() as session:
        head, faults = verify_chain(session)
    assert (len(head), faults) == (64, [])


@given(detail=DETAILS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_detail_it_verifies_after_storage(
    house: ScriptedHouse, detail: dict[str, JsonValue]
) -> None:
    with house.database.writing() as session:
        append_custody(session, house.clock, action="tried", subject="x", detail=detail)
    with house.database.reading() as session:
        assert verify_chain(session)[1] == []


def test_the_hash_does_not_depend_on_the_time_zone_of_the_reader(house: ScriptedHouse) -> None:
    append(house)
    with house.database.reading() as session:
        row = session.scalars(select(CustodyRow)).one()
        in_utc = hash_of(row)
        session.expunge(row)
        row.at = row.at.astimezone(timezone(timedelta(hours=7)))
        assert hash_of(row) == in_utc == row.hash


def test_rows_cannot_be_changed_or_removed_by_our_own_code(house: ScriptedHouse) -> None:
    append(house)

    def change() -> None:
        with house.database.writing() as session:
            session.scalars(select(CustodyRow)).one().actor = "somebody"

    def remove() -> None:
        with house.database.writing() as session:
            session.delete(session.scalars(select(CustodyRow)).one())

    for attempt in (change, remove):
        with pytest.raises(NotAllowed, match="only appended"):
            attempt()
    with house.database.reading() as session:
        assert verify_chain(session)[1] == []
