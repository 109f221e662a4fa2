"""Footage and events as rows, and how an event moves from state to state."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from litterwatch.detector.protocols import EventSink
from litterwatch.detector.types import EventState
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.events.service import (
    ScanResult,
    begin_footage,
    events_of,
    fail_footage,
    finish_footage,
)
from litterwatch.service.events.tables import FootageState
from litterwatch.service.evidence.check import check
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.evidence.tables import Role
from litterwatch.service.tables import CustodyRow, EventRow, FootageRow

PROVISIONAL = scripted_event(state=EventState.PROVISIONAL)
CONFIRMED = scripted_event()
CANCELLED = scripted_event(state=EventState.CANCELLED)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ScriptedHouse]:
    house = ScriptedHouse(tmp_path)
    yield house
    house.close()


@pytest.fixture
def store(house: ScriptedHouse) -> Iterator[EvidenceStore]:
    with house.store().opened() as store:
        yield store


def the_event(house: ScriptedHouse) -> EventRow:
    with house.database.reading() as session:
        return session.scalars(select(EventRow)).one()


def actions(house: ScriptedHouse) -> list[str]:
    with house.database.reading() as session:
        return list(session.scalars(select(CustodyRow.action).order_by(CustodyRow.seq)))


def assert_sound(house: ScriptedHouse) -> None:
    assert check(house.root, house.database, "hashes").problems == ()


def test_all_that_the_machine_said_is_in_the_row(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    house.sink(store).accept(CONFIRMED)
    row = the_event(house)
    assert row.id == SCRIPTED_FOOTAGE.event_id("e1")
    assert (row.footage_id, row.machine_id) == (SCRIPTED_FOOTAGE.id, "e1")
    assert (row.kind, row.state, row.actor_label) == (
        CONFIRMED.kind,
        CONFIRMED.state,
        CONFIRMED.actor_label,
    )
    for name in (
        "score",
        "t_enter",
        "t_release",
        "t_release_uncertainty",
        "t_provisional",
        "t_confirmed",
        "t_actor_left",
        "actor_ambiguous",
        "zone",
        "n_items",
    ):
        assert getattr(row, name) == getattr(CONFIRMED, name)
    assert row.box == [10.0, 10.0, 10.0, 10.0]
    assert row.actor_box == [5.0, 5.0, 20.0, 35.0]
    assert row.features == {"owner": 0.9}
    assert row.reasons == [{"code": "released", "media_time": 30.0, "detail": {"gap": 0.4}}]


def test_an_event_without_actor_is_kept_without_his_picture(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    house.sink(store).accept(replace(CONFIRMED, actor_box=None, actor_label=None, t_enter=None))
    row = the_event(house)
    assert (row.actor_box, row.actor_label, row.t_enter) == (None, None, None)
    with house.database.reading() as session:
        unknown = select(EventRow.id).where(EventRow.actor_box.is_(None))
        assert session.scalars(unknown).all() == [row.id]
        assert Role.ACTOR not in files_of(session, [row.id])[row.id]
    assert_sound(house)


def test_a_provisional_event_that_is_confirmed_gets_new_evidence(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    sink = house.sink(store)
    sink.accept(PROVISIONAL)
    before = house.files()
    sink.accept(CONFIRMED)
    assert the_event(house).state is EventState.CONFIRMED
    assert house.counts() == (1, 6, 0)
    assert house.files().isdisjoint(before)
    stored = ["event.recorded", "evidence.sealed"]
    assert actions(house) == ["event.recorded", "key.first_used", "evidence.sealed", *stored]
    assert_sound(house)


def test_a_second_run_that_repeats_earlier_states_changes_nothing(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    house.sink(store).accept(PROVISIONAL)
    house.sink(store).accept(CONFIRMED)
    files, said = house.files(), actions(house)
    house.sink(store).accept(PROVISIONAL)
    house.sink(store).accept(CONFIRMED)
    assert (house.files(), actions(house)) == (files, said)


def test_a_cancelled_event_keeps_its_files_and_is_not_listed(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    sink = house.sink(store)
    sink.accept(PROVISIONAL)
    files = house.files()
    sink.accept(CANCELLED)
    assert the_event(house).state is EventState.CANCELLED
    assert house.files() == files
    assert actions(house)[-1] == "event.recorded"
    with house.database.reading() as session:
        assert events_of(session, [SCRIPTED_FOOTAGE.id]) == []
    assert_sound(house)


def test_an_event_cancelled_before_it_was_stored_leaves_nothing(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    clips = ScriptedClips()
    house.sink(store, clips).accept(CANCELLED)
    assert house.counts() == (0, 0, 0)
    assert clips.cuts == []


def test_footage_that_is_gone_costs_the_files_and_not_the_event(
    house: ScriptedHouse, store: EvidenceStore
) -> None:
    house.sink(store, ScriptedClips(gone=True)).accept(CONFIRMED)
    with house.database.reading() as session:
        assert list(files_of(session, [the_event(house).id]).values()) != [{}]
        sealed = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc())).first()
    assert sealed is not None
    roles = ("clip", "still_act", "still_after", "still_before")
    assert sealed.detail["missing"] == dict.fromkeys(roles, "The footage is gone.")
    assert house.counts() == (1, 1, 0)
    assert_sound(house)


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [(".mp4", "video/mp4"), (".mkv", "video/matroska"), (".avi", "video/x-msvideo")],
)
def test_a_clip_keeps_the_container_its_codec_needs(
    house: ScriptedHouse, store: EvidenceStore, suffix: str, media_type: str
) -> None:
    house.sink(store, ScriptedClips(suffix=suffix)).accept(CONFIRMED)
    with house.database.reading() as session:
        clip = files_of(session, [the_event(house).id])[the_event(house).id][Role.CLIP]
    assert clip.path.endswith(f"/clip{suffix}")
    assert clip.media_type == media_type
    assert (clip.t_start, clip.t_end) == (16.8, 40.0)
    assert_sound(house)


def test_events_are_listed_by_time_of_release(house: ScriptedHouse, store: EvidenceStore) -> None:
    sink = house.sink(store)
    sink.accept(replace(CONFIRMED, id="late", t_release=50.0))
    sink.accept(replace(CONFIRMED, id="early", t_release=10.0))
    with house.database.reading() as session:
        listed = events_of(session, [SCRIPTED_FOOTAGE.id])
    assert [row.machine_id for row in listed] == ["early", "late"]


def test_the_sink_is_an_event_sink(house: ScriptedHouse, store: EvidenceStore) -> None:
    sink: EventSink = house.sink(store)
    sink.accept(CONFIRMED)
    assert house.counts()[0] == 1


RESULT = ScanResult(
    decoded=100,
    analysed=50,
    inferred=10,
    wall_seconds=1.5,
    gaps=[(1.0, 2.5)],
    tally={"taken_back": 2, "lawful": 1},
)


def the_footage(house: ScriptedHouse) -> FootageRow:
    with house.database.reading() as session:
        return session.scalars(select(FootageRow)).one()


def test_footage_that_was_read_is_done(house: ScriptedHouse) -> None:
    house.clock.advance(60)
    with house.database.writing() as session:
        finish_footage(session, house.clock, SCRIPTED_FOOTAGE.id, RESULT)
    row = the_footage(house)
    assert (row.state, row.error) == (FootageState.DONE, None)
    assert (row.source, row.codec, row.width, row.fps) == ("street.mp4", "h264", 64, 25.0)
    assert (row.frames_decoded, row.frames_analysed, row.frames_inferred) == (100, 50, 10)
    assert row.gaps == [[1.0, 2.5]]
    assert list(row.tally.items()) == [("lawful", 1), ("taken_back", 2)]
    assert row.finished_at is not None
    assert (row.finished_at - row.started_at).total_seconds() == 60


def test_footage_that_failed_says_why_and_is_tried_again(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        fail_footage(session, house.clock, SCRIPTED_FOOTAGE.id, "The disk was pulled out.")
    row = the_footage(house)
    assert (row.state, row.error) == (FootageState.FAILED, "The disk was pulled out.")
    with house.database.writing() as session:
        again = begin_footage(session, house.clock, SCRIPTED_FOOTAGE)
        assert (again.state, again.error) == (FootageState.SCANNING, None)


def test_footage_that_broke_off_keeps_what_it_came_to(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        fail_footage(session, house.clock, SCRIPTED_FOOTAGE.id, "It broke off.", RESULT)
    assert the_footage(house).frames_decoded == 100


def test_footage_that_is_done_is_not_begun_again(house: ScriptedHouse) -> None:
    with house.database.writing() as session:
        finish_footage(session, house.clock, SCRIPTED_FOOTAGE.id, RESULT)
        assert begin_footage(session, house.clock, SCRIPTED_FOOTAGE).state is FootageState.DONE
    assert the_footage(house).state is FootageState.DONE
