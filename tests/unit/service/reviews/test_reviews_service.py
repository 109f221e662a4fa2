"""Orders of people: conditions, claims, undo, history, scope; what the machine does meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import select, update

from litterwatch.detector.errors import (
    Conflict,
    EvidenceIntegrityError,
    InvalidInput,
    LitterwatchError,
    NotAllowed,
    NotFound,
)
from litterwatch.detector.types import EventKind, EventState
from litterwatch.service.audit.service import AuditFilter, read_log, record, verify_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.events.scripted import ScriptedHouse, scripted_event
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.intake import Intake, assign_units
from litterwatch.service.reviews.missed import MissedReport, missed_in, report_missed
from litterwatch.service.reviews.scripted import ScriptedReviews
from litterwatch.service.reviews.service import CLAIM, UNDO, history
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.tables import EvidenceRow, FootageRow, ReviewRow
from litterwatch.service.users.roles import Grant, Role

PROPOSE = Order(Action.PROPOSE, act=EventKind.BAG_DUMP)
FALSE_ALARM = Order(Action.REJECT, reason=RejectReason.FALSE_ALARM)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ScriptedReviews]:
    desk = ScriptedReviews(tmp_path, ["e1", "e2", "e3"])
    yield desk
    desk.close()


@pytest.fixture
def ids(desk: ScriptedReviews) -> list[str]:
    with desk.database.reading() as session:
        return list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))


def review(desk: ScriptedReviews, event_id: str) -> ReviewRow:
    with desk.database.reading() as session:
        return session.get_one(ReviewRow, event_id)


def proposed_and_seen(desk: ScriptedReviews, event_id: str) -> tuple[Person, Person]:
    first, second = desk.person("lan", Role.SCREENER), desk.person("hoa", Role.REVIEWER)
    desk.reviews.carry_out(first, event_id, PROPOSE)
    desk.play(second, event_id)
    return first, second


def test_what_a_scan_found_is_new(desk: ScriptedReviews, ids: list[str]) -> None:
    assert len(ids) == 3
    assert review(desk, ids[0]).state is ReviewState.NEW
    with desk.database.reading() as session:
        (step,) = history(session, ids[0])
    assert (step.action, step.actor, step.role) == (Action.CREATE, "system", None)
    assert desk.intake.run() == 0
    assert Intake(desk.database, desk.clock).run() == 0


def test_two_people_confirm(desk: ScriptedReviews, ids: list[str]) -> None:
    first, second = proposed_and_seen(desk, ids[0])
    done = desk.reviews.carry_out(second, ids[0], Order(Action.CONFIRM))
    assert (done.state, done.act) == (ReviewState.CONFIRMED, EventKind.BAG_DUMP)
    with desk.database.reading() as session:
        steps = history(session, ids[0])
        assert [(s.action, s.actor, s.role) for s in steps[1:]] == [
            (Action.CLAIM, first.user_id, Role.SCREENER),
            (Action.PROPOSE, first.user_id, Role.SCREENER),
            (Action.CONFIRM, second.user_id, Role.REVIEWER),
        ]
        logged = {row.hash for row in read_log(session, AuditFilter(action="review"), 10)}
        assert {step.audit_hash for step in steps[1:]} == logged
        assert verify_log(session)[1] == []


def test_the_same_person_never_confirms_whatever_the_roles(
    desk: ScriptedReviews, ids: list[str]
) -> None:
    both = desk.person("lan", Role.SCREENER, Role.REVIEWER)
    desk.reviews.carry_out(both, ids[0], PROPOSE)
    desk.play(both, ids[0])
    for order in (Order(Action.CONFIRM), FALSE_ALARM, Order(Action.SEND_BACK, note="x")):
        with pytest.raises(NotAllowed, match="second person"):
            desk.reviews.carry_out(both, ids[0], order)
    assert review(desk, ids[0]).state is ReviewState.PROPOSED


def test_who_has_only_opened_an_event_may_still_confirm_it(
    desk: ScriptedReviews, ids: list[str]
) -> None:
    looked = desk.person("mai", Role.SCREENER, Role.REVIEWER)
    desk.reviews.carry_out(looked, ids[0], Order(Action.CLAIM))
    desk.reviews.carry_out(looked, ids[0], Order(Action.RELEASE))
    proposed_and_seen(desk, ids[0])
    desk.play(looked, ids[0])
    desk.reviews.carry_out(looked, ids[0], Order(Action.CONFIRM))


def test_nobody_confirms_what_he_has_not_watched(desk: ScriptedReviews, ids: list[str]) -> None:
    desk.reviews.carry_out(desk.person("lan", Role.SCREENER), ids[0], PROPOSE)
    with pytest.raises(Conflict, match="Watch the clip"):
        desk.reviews.carry_out(desk.person("hoa", Role.REVIEWER), ids[0], Order(Action.CONFIRM))


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Order(Action.REJECT), InvalidInput),
        (Order(Action.REJECT, reason=RejectReason.OTHER, note="  "), InvalidInput),
        (Order(Action.REJECT, reason=RejectReason.OTHER, note="x" * 2001), InvalidInput),
        (Order(Action.PROPOSE), InvalidInput),
        (Order(Action.ASK_MORE), InvalidInput),
        (Order(Action.DUPLICATE), InvalidInput),
        (Order(Action.DUPLICATE, parent_id="nothing"), NotFound),
        (Order(Action.CONFIRM), Conflict),
        (Order(Action.CREATE), Conflict),
        (Order(Action.UNDO), Conflict),
        (replace(FALSE_ALARM, revision=7), Conflict),
    ],
)
def test_an_order_that_lacks_something_changes_nothing(
    desk: ScriptedReviews, ids: list[str], order: Order, error: type[LitterwatchError]
) -> None:
    with pytest.raises(error):
        desk.reviews.carry_out(desk.person("lan", Role.SCREENER), ids[0], order)
    assert (review(desk, ids[0]).state, review(desk, ids[0]).revision) == (ReviewState.NEW, 1)
    with desk.database.reading() as session:
        assert len(history(session, ids[0])) == 1


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SCREENER}))
def test_only_a_screener_screens(desk: ScriptedReviews, ids: list[str], role: Role) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        desk.reviews.carry_out(desk.person("x1", role), ids[0], FALSE_ALARM)


def test_a_claim_keeps_others_away_for_a_while(desk: ScriptedReviews, ids: list[str]) -> None:
    first, second = desk.person("lan", Role.SCREENER), desk.person("mai", Role.SCREENER)
    desk.reviews.carry_out(first, ids[0], Order(Action.CLAIM))
    for order in (FALSE_ALARM, PROPOSE, Order(Action.CLAIM), Order(Action.RELEASE)):
        with pytest.raises(Conflict, match="Somebody else"):
            desk.reviews.carry_out(second, ids[0], order)
    desk.clock.advance(CLAIM.total_seconds() + 1)
    desk.reviews.carry_out(second, ids[0], FALSE_ALARM)


def test_evidence_that_was_touched_is_not_proposed(desk: ScriptedReviews, ids: list[str]) -> None:
    with desk.database.reading() as session:
        path = session.scalars(
            select(EvidenceRow.path).where(EvidenceRow.event_id == ids[0])
        ).first()
    assert path is not None
    with (desk.root / path).open("r+b") as file:
        file.write(b"\0\1\2")
    with pytest.raises(EvidenceIntegrityError):
        desk.reviews.carry_out(desk.person("lan", Role.SCREENER), ids[0], PROPOSE)


def test_a_duplicate_names_the_event_it_repeats(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    order = Order(Action.DUPLICATE, parent_id=ids[1])
    assert desk.reviews.carry_out(lan, ids[0], order).parent_id == ids[1]
    with pytest.raises(InvalidInput):
        desk.reviews.carry_out(lan, ids[1], order)
    with pytest.raises(Conflict):
        desk.reviews.carry_out(lan, ids[2], Order(Action.DUPLICATE, parent_id=ids[0]))


def test_more_is_asked_for_and_found(desk: ScriptedReviews, ids: list[str]) -> None:
    lan, hoa = desk.person("lan", Role.SCREENER), desk.person("hoa", Role.REVIEWER)
    desk.reviews.carry_out(lan, ids[0], Order(Action.ASK_MORE, note="camera 2?"))
    done = desk.reviews.carry_out(hoa, ids[0], Order(Action.RESUME))
    assert done.state is ReviewState.TRIAGING


def test_a_rejected_event_is_reopened_with_a_reason(desk: ScriptedReviews, ids: list[str]) -> None:
    lan, chief = desk.person("lan", Role.SCREENER), desk.person("chief", Role.INSPECTOR)
    desk.reviews.carry_out(lan, ids[0], FALSE_ALARM)
    with pytest.raises(InvalidInput):
        desk.reviews.carry_out(chief, ids[0], Order(Action.REOPEN))
    done = desk.reviews.carry_out(chief, ids[0], Order(Action.REOPEN, note="look again"))
    assert (done.state, done.reason) == (ReviewState.TRIAGING, None)


def test_the_last_step_can_be_taken_back(desk: ScriptedReviews, ids: list[str]) -> None:
    lan, mai = desk.person("lan", Role.SCREENER), desk.person("mai", Role.SCREENER)
    desk.reviews.carry_out(lan, ids[0], FALSE_ALARM)
    with pytest.raises(NotAllowed):
        desk.reviews.undo(mai, ids[0])
    back = desk.reviews.undo(lan, ids[0])
    assert (back.state, back.reason, back.claimed_by) == (
        ReviewState.TRIAGING,
        None,
        lan.user_id,
    )
    with pytest.raises(Conflict):
        desk.reviews.undo(lan, ids[0])
    with pytest.raises(Conflict, match="Somebody else"):
        desk.reviews.carry_out(mai, ids[0], FALSE_ALARM)
    with desk.database.reading() as session:
        steps = history(session, ids[0])
    assert [step.action for step in steps][-2:] == [Action.REJECT, Action.UNDO]
    assert steps[-1].undoes == steps[-2].number


def test_a_step_of_long_ago_stays(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    desk.reviews.carry_out(lan, ids[0], FALSE_ALARM)
    desk.clock.advance(UNDO.total_seconds() + 1)
    with pytest.raises(Conflict, match="too long ago"):
        desk.reviews.undo(lan, ids[0])


def test_another_commune_sees_nothing(desk: ScriptedReviews, ids: list[str]) -> None:
    with desk.database.writing() as session:
        session.execute(update(ReviewRow).where(ReviewRow.event_id == ids[0]).values(unit="01273"))
    here = desk.person("here", Grant(Role.SCREENER, "01273"))
    there = desk.person("there", Grant(Role.SCREENER, "01279"))
    with pytest.raises(NotFound):
        desk.reviews.carry_out(there, ids[0], FALSE_ALARM)
    wanted = queue.Filter(state=None)
    with desk.database.reading() as session:
        seen = [queue.page_of(session, who, wanted, None, 10).reviews for who in (here, there)]
        assert [len(rows) for rows in seen] == [1, 0]
        assert queue.counts(session, there, wanted)[ReviewState.NEW] == 0
    desk.reviews.carry_out(here, ids[0], FALSE_ALARM)


def test_pages_of_the_queue_follow_one_another(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    for order in queue.Order:
        wanted = queue.Filter(order=order)
        seen, behind = [], None
        with desk.database.reading() as session:
            for _ in range(3):
                page = queue.page_of(session, lan, wanted, behind, 1)
                seen += [row.event_id for row in page.reviews]
                behind = page.following
        assert sorted(seen) == ids
        assert behind is None


def test_the_next_event_is_found_after_a_verdict(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    wanted = queue.Filter()
    done = desk.reviews.carry_out(lan, ids[2], FALSE_ALARM)
    with desk.database.reading() as session:
        assert queue.next_after(session, lan, wanted, done) == ids[1]
    for event_id in ids[:2]:
        done = desk.reviews.carry_out(lan, event_id, FALSE_ALARM)
    with desk.database.reading() as session:
        assert queue.next_after(session, lan, wanted, done) is None


def test_the_queue_asks_once_whatever_the_number(desk: ScriptedReviews) -> None:
    lan = desk.person("lan", Role.SCREENER)
    asked: list[str] = []

    @sa_event.listens_for(desk.database.engine, "before_cursor_execute")
    def _note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    with desk.database.reading() as session:
        page = queue.page_of(session, lan, queue.Filter(), None, 10)
    assert len(page.reviews) == 3
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


def test_what_the_machine_takes_back_leaves_the_queue(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    provisional = scripted_event("e1", EventState.PROVISIONAL)
    intake = Intake(house.database, house.clock)
    with house.store().opened() as store:
        sink = house.sink(store)
        sink.accept(provisional)
        assert intake.run() == 1
        house.clock.advance(1)
        sink.accept(replace(provisional, state=EventState.CANCELLED))
        assert intake.run() == 1
    with house.database.reading() as session:
        (row,) = session.scalars(select(ReviewRow))
        assert (row.state, row.is_withdrawn) == (ReviewState.NEW, True)
    house.close()


def test_a_later_scan_replaces_what_nobody_has_begun(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    desk.reviews.carry_out(lan, ids[0], FALSE_ALARM)
    with desk.database.writing() as session:
        (old,) = session.scalars(select(FootageRow))
        old.state, old.finished_at = "done", desk.clock.now()  # type: ignore[assignment]
        copied = {c.name: getattr(old, c.name) for c in FootageRow.__table__.columns}
        desk.clock.advance(60)
        session.add(FootageRow(**{**copied, "id": "later", "finished_at": desk.clock.now()}))
    desk.intake.run()
    assert [review(desk, event_id).is_withdrawn for event_id in ids] == [False, True, True]


def test_a_later_stretch_of_a_live_camera_replaces_nothing(
    desk: ScriptedReviews, ids: list[str]
) -> None:
    """The same camera is watched again: that is other time, not the same time looked at anew."""
    with desk.database.writing() as session:
        (old,) = session.scalars(select(FootageRow))
        old.state, old.finished_at = "done", desk.clock.now()  # type: ignore[assignment]
        old.live_since = desk.clock.now()
        copied = {c.name: getattr(old, c.name) for c in FootageRow.__table__.columns}
        desk.clock.advance(60)
        now = desk.clock.now()
        session.add(FootageRow(**{**copied, "id": "later", "finished_at": now, "live_since": now}))
    desk.intake.run()
    assert [review(desk, event_id).is_withdrawn for event_id in ids] == [False, False, False]


def test_what_the_machine_missed_is_kept(desk: ScriptedReviews, ids: list[str]) -> None:
    lan = desk.person("lan", Role.SCREENER)
    with desk.database.writing() as session:
        report_missed(session, desk.clock, lan, MissedReport(ids[0], 31.5, " túi đen "))
    with desk.database.reading() as session:
        (footage,) = session.scalars(select(FootageRow.id))
        (row,) = missed_in(session, footage)
        assert (row.media_time, row.note) == (31.5, "túi đen")
    with pytest.raises(InvalidInput), desk.database.writing() as session:
        report_missed(session, desk.clock, lan, MissedReport(ids[0], 90.5))


def test_the_whole_way_on_both_databases(tmp_path: Path, any_database: Database) -> None:
    desk = ScriptedReviews(tmp_path, ["e1", "e2", "e3"], database=any_database)
    lan, hoa = desk.person("lan", Role.SCREENER), desk.person("hoa", Role.REVIEWER)
    wanted = queue.Filter(order=queue.Order.NEWEST)
    with any_database.reading() as session:
        first = queue.page_of(session, lan, wanted, None, 2)
        second = queue.page_of(session, lan, wanted, first.following, 2)
        one, two, three = [row.event_id for row in (*first.reviews, *second.reviews)]
        middle = session.get_one(ReviewRow, two)
        assert queue.neighbours(session, lan, wanted, middle) == (one, three)
        assert {row.event_id for row in queue.near(session, lan, middle)} == {one, three}
    desk.reviews.carry_out(lan, one, PROPOSE)
    desk.play(hoa, one)
    desk.reviews.carry_out(hoa, one, Order(Action.CONFIRM))
    desk.reviews.carry_out(lan, two, FALSE_ALARM)
    desk.reviews.undo(lan, two)
    with any_database.writing() as session:
        report_missed(session, desk.clock, lan, MissedReport(three, 31.5))
        assign_units(session)
    with any_database.reading() as session:
        found = queue.counts(session, lan, queue.Filter())
        assert {state: n for state, n in found.items() if n} == {
            ReviewState.NEW: 1,
            ReviewState.TRIAGING: 1,
            ReviewState.CONFIRMED: 1,
        }
        assert queue.sources(session, lan) == ["street.mp4"]
        assert verify_log(session)[1] == []
        assert verify_chain(session)[1] == []


def test_writers_of_the_log_take_turns(any_database: Database) -> None:
    def write(name: str) -> None:
        clock = ManualClock()
        for number in range(10):
            with any_database.writing() as session:
                record(session, clock, actor=name, action="event.viewed", subject=f"event:{number}")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(write, ["a", "b", "c"]))
    with any_database.reading() as session:
        assert verify_log(session)[1] == []
        assert len(read_log(session, AuditFilter(), 100)) == 30
