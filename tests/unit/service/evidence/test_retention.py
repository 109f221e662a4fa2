"""Only rules delete, nothing under hold is deleted, and a crash at any step leaves the truth."""

import multiprocessing
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, EvidenceDiskFull, NotAllowed, NotFound
from litterwatch.detector.types import EventState
from litterwatch.service.actor import SYSTEM_ACTOR, Actor, Office
from litterwatch.service.clock import SystemClock
from litterwatch.service.events.scripted import (
    SCRIPTED_FOOTAGE,
    ScriptedHouse,
    delete_scripted_events,
    scripted_event,
)
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.custody_tables import HeldKind, RetentionClass
from litterwatch.service.evidence.holds import holds_on, place_hold, release_hold
from litterwatch.service.evidence.retention import (
    Rule,
    Standing,
    default_rules,
    delete_due,
    due_evidence,
    rules_on,
    set_rule,
)
from litterwatch.service.evidence.scripted import PowerCut, ScriptedDisk
from litterwatch.service.evidence.tables import EvidenceRow
from litterwatch.service.tables import CustodyRow, DeletionRow, EventRow, HoldRow

OFFICER = Actor("officer", Office.CASE_OFFICER)
INSPECTOR = Actor("inspector", Office.INSPECTOR)
NAMES = ("e0", "e1", "e2", "e3")
MONTH = 31 * 86400.0


def event_id(name: str) -> str:
    return SCRIPTED_FOOTAGE.event_id(name)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    """Four events a month ago; `e1` is under hold."""
    house = filled(tmp_path)
    yield house
    house.close()


def filled(folder: Path, names: Sequence[str] = NAMES) -> ScriptedHouse:
    house = ScriptedHouse(folder)
    with house.store().opened() as store:
        for name in names:
            house.sink(store).accept(scripted_event(name))
    hold(house, "e1")
    house.clock.advance(MONTH)
    return house


def hold(house: ScriptedHouse, name: str) -> str:
    with house.database.writing() as session:
        return place_hold(
            session, house.clock, OFFICER, event_id=event_id(name), reason="khiếu nại"
        )


def delete(house: ScriptedHouse, disk: ScriptedDisk | None = None) -> list[str]:
    with house.store(disk).opened() as store:
        done = delete_due(house.database, store, house.clock, SYSTEM_ACTOR, as_unreviewed)
    return sorted(due.standing.event_id for due in done)


def left(house: ScriptedHouse) -> set[str]:
    with house.database.reading() as session:
        return set(session.scalars(select(EvidenceRow.event_id).distinct()))


def assert_sound(house: ScriptedHouse) -> None:
    assert check(house.root, house.database, "hashes").problems == ()


def test_what_is_due_goes_with_a_log_and_what_is_held_stays(house: ScriptedHouse) -> None:
    held = {path for path in house.files() if event_id("e1") in path}
    assert delete(house) == sorted(event_id(name) for name in ("e0", "e2", "e3"))
    assert house.files() == held
    assert_sound(house)
    with house.database.reading() as session:
        logged = session.scalars(select(DeletionRow)).all()
        assert len(session.scalars(select(EventRow)).all()) == 4
        actions = session.scalars(
            select(CustodyRow.subject).where(CustodyRow.action == "evidence.deleted")
        ).all()
    assert sorted(row.event_id for row in logged) == sorted(actions)
    assert {(row.kind, row.days, row.deleted_by) for row in logged} == {
        (RetentionClass.UNREVIEWED, 30, "system")
    }
    assert all(len(row.files) == 6 for row in logged)
    assert delete(house) == []


def test_nothing_is_due_a_second_early(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        house.sink(store).accept(scripted_event())
    house.clock.advance(30 * 86400 - 1)
    assert delete(house) == []
    house.clock.advance(1)
    assert delete(house) == [event_id("e1")]
    house.close()


def test_a_released_hold_lets_go_and_the_row_stays(house: ScriptedHouse) -> None:
    with house.database.reading() as session:
        (standing,) = holds_on(session, [event_id("e1")])
    with house.database.writing() as session:
        release_hold(session, house.clock, INSPECTOR, standing.id, "đã giải quyết")
    assert event_id("e1") in delete(house)
    with house.database.reading() as session:
        row = session.get_one(HoldRow, standing.id)
        assert (row.placed_by, row.released_by) == ("officer", "inspector")
    with pytest.raises(Conflict), house.database.writing() as session:
        release_hold(session, house.clock, INSPECTOR, standing.id, "lần nữa")


def test_two_holds_are_both_to_be_released(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        for_case = place_hold(
            session,
            house.clock,
            OFFICER,
            event_id=event_id("e1"),
            reason="vụ việc",
            kind=HeldKind.CASE,
            subject="case",
        )
        release_hold(session, house.clock, INSPECTOR, for_case, "xong")
    assert event_id("e1") not in delete(house)


def test_holds_need_office_reason_and_evidence(house: ScriptedHouse) -> None:
    with pytest.raises(Conflict, match="already"):
        hold(house, "e1")
    with pytest.raises(NotFound):
        hold(house, "nobody")
    cases = [(Actor("a", Office.ADMINISTRATOR), "x"), (OFFICER, " ")]
    for actor, reason in cases:
        with pytest.raises(NotAllowed), house.database.writing() as session:
            place_hold(session, house.clock, actor, event_id=event_id("e0"), reason=reason)
        with pytest.raises(NotAllowed), house.database.writing() as session:
            release_hold(session, house.clock, actor, "x", reason)
    with pytest.raises(NotFound), house.database.writing() as session:
        release_hold(session, house.clock, OFFICER, "x", "y")


def test_a_hold_placed_while_deleting_is_respected(house: ScriptedHouse) -> None:
    """Between the list of what is due and the deletion of the last one."""

    def standings(session: Session, event_ids: Sequence[str]) -> list[Standing]:
        if len(event_ids) == 1 and event_id("e3") not in held:  # the deletions have begun
            held.append(event_id("e3"))
            place_hold(session, house.clock, OFFICER, event_id=event_id("e3"), reason="khiếu nại")
        return as_unreviewed(session, event_ids)

    held: list[str] = []
    with house.store().opened() as store:
        delete_due(house.database, store, house.clock, SYSTEM_ACTOR, standings)
    assert {event_id("e1"), event_id("e3")} <= left(house)
    assert_sound(house)


def test_a_later_state_of_a_held_event_leaves_its_evidence(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        sink = house.sink(store)
        sink.accept(scripted_event(state=EventState.PROVISIONAL))
        before = house.files()
        hold(house, "e1")
        sink.accept(scripted_event())
    assert house.files() == before
    assert house.counts() == (1, 6, 0)
    assert_sound(house)
    with house.database.reading() as session:
        assert session.scalars(select(EventRow)).one().state is EventState.CONFIRMED
    house.close()


def test_held_evidence_that_is_gone_is_found_by_the_check(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        session.execute(sql_delete(EvidenceRow).where(EvidenceRow.event_id == event_id("e1")))
    problems = check(house.root, house.database, "names").problems
    assert ("held", event_id("e1")) in {(each.kind, each.subject) for each in problems}


def test_an_event_that_nobody_has_a_word_on_is_kept(house: ScriptedHouse) -> None:
    with house.store().opened() as store:
        done = delete_due(house.database, store, house.clock, INSPECTOR, lambda *_: [])
    assert done == []


@pytest.mark.parametrize("office", [Office.SCREENER, Office.CASE_OFFICER, Office.AUDITOR])
def test_other_offices_delete_nothing(house: ScriptedHouse, office: Office) -> None:
    with house.store().opened() as store, pytest.raises(NotAllowed):
        delete_due(house.database, store, house.clock, Actor("x", office), as_unreviewed)
    assert len(left(house)) == 4


def test_the_latest_rule_counts_from_its_day_on(house: ScriptedHouse) -> None:
    today = house.clock.now().date()
    rejected = RetentionClass.REJECTED
    with house.database.writing() as session:
        for days, first in ((14, today), (3, today + timedelta(days=10)), (None, today)):
            rule = Rule(rejected, first, days, "Quyết định 12")
            set_rule(session, house.clock, INSPECTOR, rule)
    with house.database.reading() as session:
        assert rules_on(session, today)[rejected].days is None  # the second one of the same day
        assert rules_on(session, today + timedelta(days=10))[rejected].days == 3
        assert rules_on(session, today - timedelta(days=1))[rejected].days == 7


def test_every_class_has_a_proposal() -> None:
    rules = {rule.kind: rule for rule in default_rules()}
    assert set(rules) == set(RetentionClass)
    assert rules[RetentionClass.CASE_OPEN].days is None


YESTERDAY = date(2026, 1, 30)
TODAY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("actor", "rule"),
    [
        (OFFICER, Rule(RetentionClass.REJECTED, TODAY, 5, "x")),
        (INSPECTOR, Rule(RetentionClass.REJECTED, TODAY, 5, " ")),
        (INSPECTOR, Rule(RetentionClass.REJECTED, TODAY, 0, "x")),
        (INSPECTOR, Rule(RetentionClass.REJECTED, YESTERDAY, 5, "x")),
        (INSPECTOR, Rule(RetentionClass.CASE_OPEN, TODAY, 5, "x")),
    ],
)
def test_a_rule_that_cannot_be_is_refused(house: ScriptedHouse, actor: Actor, rule: Rule) -> None:
    with pytest.raises(NotAllowed), house.database.writing() as session:
        set_rule(session, house.clock, actor, rule)


def test_a_full_disk_stops_recording_with_an_alarm_and_deletes_nothing(
    house: ScriptedHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    before = house.files()
    with house.database.reading() as session:
        assert len(due_evidence(session, house.clock, as_unreviewed)) == 3
    for full in (
        house.store(ScriptedDisk(room_for=0)),
        house.store(ScriptedDisk(free=0), reserve_bytes=1),
    ):
        with full.opened() as store, pytest.raises(EvidenceDiskFull):
            house.sink(store).accept(scripted_event("e9"))
    assert house.files() == before
    assert_sound(house)
    out, err = capsys.readouterr()
    assert (out + err).count("recording_stopped") == 2


def test_a_power_cut_at_any_step_of_deleting_leaves_the_truth(tmp_path: Path) -> None:
    steps, number = 1, 0
    while number < steps:
        folder = tmp_path / str(number)
        folder.mkdir()
        house = filled(folder, ("e0", "e1"))
        disk = ScriptedDisk(cut_at=number)
        try:
            delete(house, disk)
        except PowerCut:
            steps = number + 2
        assert_sound(house)
        assert event_id("e1") in left(house)
        delete(house)
        assert left(house) == {event_id("e1")}
        assert {path.split("/")[2] for path in house.files()} == {event_id("e1")}
        assert house.counts() == (2, 6, 0)
        assert_sound(house)
        house.close()
        number += 1
    assert number > 6  # one step at least for each file


def kills_while_deleting(folder: Path, number: int, later: float, chance: random.Random) -> int:
    """Let processes delete all but the held one of so many events; each dies a little later.

    Args:
        later: by how much, about, s.

    Returns:
        How many were killed before all was done.
    """
    names = [f"e{which}" for which in range(number)]
    house = filled(folder, names)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["litterwatch.service.events.scripted"])
    clock, kills, is_finished = SystemClock(), 0, False
    while not is_finished and kills < 60:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=delete_scripted_events, args=(folder, sender))
        process.start()
        sender.close()
        assert receiver.recv() == "ready"
        # Soon at first, later and later: some kills fall before the first deletion, some between.
        clock.sleep(chance.uniform(0.5, 1) * later * (kills + 1))
        process.kill()
        process.join()
        is_finished = process.exitcode == 0
        kills += not is_finished
        assert_sound(house)
        assert event_id("e1") in left(house)
        with house.database.reading() as session:
            logged = set(session.scalars(select(DeletionRow.event_id)))
        assert logged.isdisjoint(left(house))
        assert logged | left(house) == {event_id(name) for name in names}
        is_finished = is_finished or left(house) == {event_id("e1")}
    delete(house)
    assert left(house) == {event_id("e1")}
    assert_sound(house)
    house.close()
    return kills


@pytest.mark.parametrize(
    ("number", "later"), [(5, 0.012), pytest.param(8, 0.008, marks=pytest.mark.slow)]
)
def test_kills_while_deleting_leave_rows_files_and_log_in_agreement(
    tmp_path: Path, number: int, later: float
) -> None:
    chance, kills, lap = random.Random(5), 0, 0  # noqa: S311 - no secret
    while kills < 2:  # a machine that is busy elsewhere kills late, when all is done
        folder = tmp_path / str(lap)
        folder.mkdir()
        kills += kills_while_deleting(folder, number, later, chance)
        lap += 1
