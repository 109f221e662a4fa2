"""Counts that are kept are those that would be made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select, update

from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.kept import LONGEST, Kept, newest
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.users.roles import Grant, Role


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, ["e1", "e2", "e3"])
    yield desk
    desk.close()


class Asked:
    """Asks for counts as a page does, and notes whether the database was made to count."""

    def __init__(self, desk: ScriptedReviews) -> None:
        self.desk, self.kept, self.counted = desk, Kept(desk.clock), 0
        sa_event.listen(desk.database.engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _u: object, statement: str, *_: object) -> None:
        self.counted += "count(" in statement

    def new(self, person: Person, wanted: queue.Filter | None = None) -> int:
        with self.desk.database.reading() as session:
            seq = newest(session)
            counts = self.kept.counts(session, person, wanted or queue.Filter(), seq)
            return counts[ReviewState.NEW]


def test_counts_are_made_once_and_again_after_any_step(desk: ScriptedReviews) -> None:
    lan, hoa = desk.person("lan", Role.SCREENER), desk.person("hoa", Role.REVIEWER)
    asked = Asked(desk)
    assert [asked.new(lan), asked.new(hoa), asked.new(lan)] == [3, 3, 3]
    assert asked.counted == 1, "one count for everybody who sees the same"
    other = replace(queue.Filter(), state=ReviewState.REJECTED, order=queue.Order.NEWEST)
    assert asked.new(lan, other) == 3
    assert asked.counted == 1, "state and order do not matter to a count"
    with desk.database.reading() as session:
        event_id = session.scalars(select(ReviewRow.event_id)).first()
    assert event_id is not None
    order = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)
    desk.reviews.carry_out(lan, event_id, order)
    assert asked.new(hoa) == 2, "nobody sees an old count, of his own or another's verdict"
    desk.clock.advance(1)
    desk.find("e4")
    desk.intake.run()
    assert asked.new(lan) == 3


def test_each_sees_the_counts_of_his_communes_and_filters(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    there = desk.person("there", Grant(Role.SCREENER, "01279"))
    asked = Asked(desk)
    assert (asked.new(lan), asked.new(there)) == (3, 0)
    assert asked.new(lan, queue.Filter(mine=True)) == 0
    assert asked.new(lan, queue.Filter(least=0.999)) == 0
    assert asked.new(lan) == 3


def test_a_change_without_news_is_seen_when_told_or_after_a_while(desk: ScriptedReviews) -> None:
    there = desk.person("there", Grant(Role.SCREENER, "01279"))
    asked = Asked(desk)
    assert asked.new(there) == 0

    def move(unit: str | None) -> None:
        with desk.database.writing() as session:
            session.execute(update(ReviewRow).values(unit=unit))

    move("01279")
    assert asked.new(there) == 0
    asked.kept.forget()
    assert asked.new(there) == 3
    move(None)
    desk.clock.advance(LONGEST.total_seconds() + 1)
    assert asked.new(there) == 0


def test_a_list_of_recordings_holds_the_chosen_one_and_no_markup(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    kept = Kept(desk.clock)
    with desk.database.writing() as session:
        row = session.scalars(select(ReviewRow)).first()
        assert row is not None
        row.source = "<b>&.mp4"
        session.flush()
        assert kept.sources(session, lan, 1, None) == (
            "<option>&lt;b&gt;&amp;.mp4</option><option>street.mp4</option>"
        )
        assert "<option selected>street.mp4" in kept.sources(session, lan, 1, "street.mp4")
        assert "<option selected>&lt;b&gt;" in kept.sources(session, lan, 1, "<b>&.mp4")
        assert kept.sources(session, lan, 1, "gone.mp4").startswith("<option selected>gone.mp4")
