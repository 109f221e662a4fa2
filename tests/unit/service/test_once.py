"""The same key twice is one order, in one transaction with what it did."""

import pytest
from sqlalchemy import select

from litterwatch.detector.errors import Conflict
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.once import Once, RequestRow


def test_an_order_without_a_key_is_nothing_to_remember() -> None:
    assert Once.named("lan", "", "case.open", {"event": "e1"}) is None


def test_the_same_order_answers_with_what_came_of_it(any_database: Database) -> None:
    once = Once.named("lan", "k", "case.open", {"event": "e1"})
    assert once is not None
    with any_database.writing() as session:
        assert once.answer(session) is None
        once.note(session, ManualClock(), "case1")
    with any_database.reading() as session:
        assert once.answer(session) == "case1"


def test_a_key_belongs_to_one_account_and_one_order(any_database: Database) -> None:
    once, other = Once.named("lan", "k", "a"), Once.named("lan", "k", "b")
    hers = Once.named("hoa", "k", "b")
    assert once is not None
    assert other is not None
    assert hers is not None
    with any_database.writing() as session:
        once.note(session, ManualClock(), "1")
        assert hers.answer(session) is None
        with pytest.raises(Conflict):
            other.answer(session)


def test_what_was_not_carried_out_is_not_remembered(any_database: Database) -> None:
    once = Once.named("lan", "k", "a")
    assert once is not None

    def fall() -> None:
        with any_database.writing() as session:
            once.note(session, ManualClock(), "1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fall()
    with any_database.reading() as session:
        assert session.scalars(select(RequestRow)).all() == []
