"""events.jsonl and summary.json: fields, order, rounding, and that a crash leaves a whole file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from litterwatch.detector.errors import EvidenceError
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import EventState
from litterwatch.service.events.scripted import (
    SCRIPTED_FOOTAGE,
    ScriptedHouse,
    scripted_event,
)
from litterwatch.service.events.service import (
    EvidenceSink,
    ScanResult,
    begin_footage,
    fail_footage,
    finish_footage,
)
from litterwatch.service.evidence.manifest import Footage
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.outputs import (
    Results,
    event_object,
    events_text,
    read_results,
    summary_object,
    write_whole,
)
from litterwatch.service.scan_report import FileOutcome, Outcome, ScanReport
from litterwatch.service.settings import EvidenceSettings

FIELDS = [
    "event_id",
    "source",
    "kind",
    "state",
    "score",
    "t_enter",
    "t_release",
    "t_confirmed",
    "box",
    "actor_box",
    "zone",
    "reasons",
    "clip",
    "sha256",
    "model",
    "config_sha256",
    "t_provisional",
    "t_actor_left",
    "actor_label",
    "actor_ambiguous",
    "n_items",
    "clip_from",
    "clip_to",
]
RESULT = ScanResult(100, 50, 20, 2.0, tally={"person": 3, "retrieved": 1})


def scanned(
    house: ScriptedHouse, footage: Footage, *machine_ids: str, result: ScanResult = RESULT
) -> None:
    """A scan of one file that found these events."""
    with house.database.writing() as session:
        begin_footage(session, house.clock, footage)
    with house.store().opened() as store:
        sink = EvidenceSink(
            house.database,
            store,
            house.clock,
            footage=footage,
            clips=ScriptedClips(),
            settings=EvidenceSettings(),
        )
        for number, machine_id in enumerate(machine_ids):
            event = replace(scripted_event(machine_id), t_release=30.0 - number)
            sink.accept(event)
    with house.database.writing() as session:
        finish_footage(session, house.clock, footage.id, result)


def results_of(house: ScriptedHouse) -> Results:
    with house.database.reading() as session:
        return read_results(session)


def test_an_event_has_the_promised_fields_in_their_order(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    scanned(house, SCRIPTED_FOOTAGE, "e1")
    (found,) = results_of(house).events
    line = event_object(found)
    assert list(line) == FIELDS
    assert line["source"] == "street.mp4"
    assert line["state"] == "confirmed"
    assert line["model"] == {"name": "scripted", "sha256": "c" * 64}
    assert line["box"] == [10.0, 10.0, 10.0, 10.0]
    assert line["reasons"] == [{"code": "released", "t": 30.0, "detail": {"gap": 0.4}}]
    clip = tmp_path / line["clip"]
    assert clip.is_file()
    assert not Path(line["clip"]).is_absolute()


def test_times_boxes_and_scores_are_rounded(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    event = replace(
        scripted_event(),
        score=0.123456,
        t_enter=None,
        t_release=30.123456,
        box=Box(1.26, 2.04, 4.0, 5.0),
        actor_box=None,
    )
    with house.store().opened() as store:
        EvidenceSink(
            house.database,
            store,
            house.clock,
            footage=SCRIPTED_FOOTAGE,
            clips=ScriptedClips(),
            settings=EvidenceSettings(),
        ).accept(event)
    with house.database.writing() as session:
        finish_footage(session, house.clock, SCRIPTED_FOOTAGE.id, RESULT)
    (found,) = results_of(house).events
    line = event_object(found)
    assert line["score"] == 0.1235
    assert line["t_enter"] is None
    assert line["t_release"] == 30.123
    assert line["box"] == [1.3, 2.0, 2.7, 3.0]
    assert line["actor_box"] is None


def test_events_are_sorted_by_source_then_time(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    scanned(house, replace(SCRIPTED_FOOTAGE, source="b.mp4"), "e1", "e2")
    scanned(house, replace(SCRIPTED_FOOTAGE, source="a.mp4"), "e3")
    lines = [json.loads(line) for line in events_text(results_of(house)).splitlines()]
    assert [(line["source"], line["t_release"]) for line in lines] == [
        ("a.mp4", 30.0),
        ("b.mp4", 29.0),
        ("b.mp4", 30.0),
    ]


def test_the_latest_scan_of_a_source_counts(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    scanned(house, SCRIPTED_FOOTAGE, "e1")
    house.clock.advance(5.0)
    scanned(house, replace(SCRIPTED_FOOTAGE, config_sha256="d" * 64), "e1", "e2")
    results = results_of(house)
    assert [found.event.machine_id for found in results.events] == ["e2", "e1"]
    assert {found.footage.config_sha256 for found in results.events} == {"d" * 64}
    assert len(results.footage) == 1


def test_every_stretch_of_a_live_camera_counts(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    for machine_id in ("e1", "e2"):
        house.clock.advance(60.0)
        live = replace(SCRIPTED_FOOTAGE, source="gate", sha256=None, live_since=house.clock.now())
        scanned(house, live, machine_id)
    results = results_of(house)
    assert [found.event.machine_id for found in results.events] == ["e1", "e2"]
    assert [row.source for row in results.footage] == ["gate", "gate"]


def test_a_scan_that_was_killed_shows_nothing_yet(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    with house.store().opened() as store:
        EvidenceSink(
            house.database,
            store,
            house.clock,
            footage=SCRIPTED_FOOTAGE,
            clips=ScriptedClips(),
            settings=EvidenceSettings(),
        ).accept(scripted_event())
    assert results_of(house) == Results((), ())


def test_a_file_that_broke_off_shows_what_was_found_before(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    scanned(house, SCRIPTED_FOOTAGE, "e1")
    with house.database.writing() as session:
        fail_footage(session, house.clock, SCRIPTED_FOOTAGE.id, "The stick was pulled out.", RESULT)
    assert [found.event.state for found in results_of(house).events] == [EventState.CONFIRMED]


def test_the_summary_tells_everything_in_the_folder_and_this_run(tmp_path: Path) -> None:
    house = ScriptedHouse(tmp_path)
    scanned(house, SCRIPTED_FOOTAGE, "e1", "e2")
    scanned(house, replace(SCRIPTED_FOOTAGE, source="z.mp4", duration=None, fps=50.0))
    report = ScanReport(
        (
            FileOutcome("gone.mp4", Outcome.FAILED, "There is no such file."),
            FileOutcome("street.mp4", Outcome.ALREADY_DONE),
            FileOutcome("z.mp4", Outcome.READ, seconds=2.0),
        ),
        wall_seconds=0.5,
    )
    summary = summary_object(results_of(house), report, "1.2.3")
    assert summary == {
        "litterwatch": "1.2.3",
        "footage_seconds": 92.0,
        "wall_seconds": 0.5,
        "times_real_time": 4.0,
        "frames": {"decoded": 200, "analysed": 100, "inferred": 40},
        "files": {"read": 1, "already_done": 1, "failed": 1},
        "failed": [{"source": "gone.mp4", "why": "There is no such file."}],
        "events": {"total": 2, "by_state": {"confirmed": 2}, "by_kind": {"bag_dump": 2}},
        "not_events": {
            "taken_back": 2,
            "lawful": 0,
            "refused": 6,
            "other": 0,
            "by_reason": {"person": 6, "retrieved": 2},
        },
        "stopped": None,
    }


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "events.jsonl"
    write_whole(target, "old\n")
    (tmp_path / "events.jsonl.part").mkdir()
    with pytest.raises(EvidenceError, match="Cannot write"):
        write_whole(target, "new\n")
    assert target.read_text() == "old\n"


def test_writing_leaves_no_other_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "một\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == "một\n".encode()
