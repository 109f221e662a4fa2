"""The manifest says what there is, and says it the same way every time."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from litterwatch.detector.types import EventState
from litterwatch.service.events.scripted import SCRIPTED_FOOTAGE, ScriptedHouse, scripted_event
from litterwatch.service.evidence.manifest import manifest
from litterwatch.service.evidence.scripted import ScriptedClips


def stored_manifest(root: Path, clips: ScriptedClips | None = None) -> tuple[Path, bytes]:
    root.mkdir()
    house = ScriptedHouse(root)
    house.clock.advance(len(str(root)))  # another moment in each run
    with house.store().opened() as store:
        house.sink(store, clips).accept(scripted_event())
    house.close()
    (path,) = root.rglob("manifest.json")
    return path, path.read_bytes()


def test_two_runs_in_two_folders_at_two_times_give_the_same_bytes(tmp_path: Path) -> None:
    first, text = stored_manifest(tmp_path / "one")
    second, again = stored_manifest(tmp_path / "another")
    assert text == again
    assert first.relative_to(tmp_path / "one") == second.relative_to(tmp_path / "another")


def test_it_vouches_for_every_other_file(tmp_path: Path) -> None:
    path, text = stored_manifest(tmp_path / "one")
    files = json.loads(text)["files"]
    others = {other for other in path.parent.iterdir() if other != path}
    assert set(files) == {other.name for other in others}
    for other in others:
        assert files[other.name]["sha256"] == hashlib.sha256(other.read_bytes()).hexdigest()
        assert files[other.name]["size"] == other.stat().st_size


def test_it_says_where_the_pictures_came_from_and_who_judged(tmp_path: Path) -> None:
    document = json.loads(stored_manifest(tmp_path / "one")[1])
    assert document["format"] == "litterwatch-manifest/1"
    assert document["source"] == {
        "name": "street.mp4",
        "sha256": "a" * 64,
        "size": 123456,
        "duration": 90.0,
        "codec": "h264",
        "width": 64,
        "height": 48,
        "fps": 25.0,
        "rotation": 0,
    }
    assert document["model"] == {"name": "scripted", "sha256": "c" * 64}
    assert document["software"] == {"name": "litterwatch", "version": "0.1.0"}
    assert document["config_sha256"] == "b" * 64
    assert document["event"]["zone"] == "frame"
    assert document["event"]["box"] == [10.0, 10.0, 10.0, 10.0]
    assert document["event"]["reasons"] == [
        {"code": "released", "detail": {"gap": 0.4}, "media_time": 30.0}
    ]
    clip = document["clip"]
    assert (clip["t_start"], clip["t_end"]) == (16.8, 40.0)
    assert clip["seconds_before_release"] == pytest.approx(13.2)
    assert clip["seconds_after_release"] == 10.0
    assert document["missing"] == []


def test_it_is_canonical_json(tmp_path: Path) -> None:
    text = stored_manifest(tmp_path / "one")[1]
    document = json.loads(text)
    again = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert text == again.encode() + b"\n"


def test_footage_that_is_gone_is_named_as_missing(tmp_path: Path) -> None:
    document = json.loads(stored_manifest(tmp_path / "one", ScriptedClips(gone=True))[1])
    assert document["missing"] == ["clip", "still_act", "still_after", "still_before"]
    assert document["clip"] is None
    assert document["files"] == {}


def text_of(captured_from: datetime | None) -> str:
    footage = replace(SCRIPTED_FOOTAGE, captured_from=captured_from)
    return manifest(
        scripted_event(), footage, (), clip=None, window=(0.0, 1.0), missing=()
    ).decode()


def test_an_unknown_time_of_day_is_said_to_be_unknown() -> None:
    clock = json.loads(text_of(None))["clock"]
    assert clock["captured_from"] is None
    assert "the time of day is unknown" in clock["statement"]


def test_a_given_time_of_day_is_said_to_be_given_and_unchecked() -> None:
    clock = json.loads(text_of(datetime(2026, 5, 4, 23, 59, 50, tzinfo=UTC)))["clock"]
    assert clock["captured_from"] == "2026-05-04T23:59:50.000+00:00"
    assert clock["released_at"] == "2026-05-05T00:00:20.000+00:00"
    assert "not checked" in clock["statement"]


def test_no_number_carries_noise_of_the_machine() -> None:
    noisy = replace(scripted_event(), score=0.1 + 0.2, t_release=30.000000000001)
    arguments = {"clip": None, "window": (0.0, 1.0), "missing": ()}
    text = manifest(noisy, SCRIPTED_FOOTAGE, (), **arguments).decode()  # type: ignore[arg-type]
    assert '"score":0.3,' in text
    assert '"t_release":30.0,' in text


def test_footage_and_event_ids_depend_on_all_that_matters() -> None:
    changes: list[dict[str, str]] = [
        {"source": "other.mp4"},
        {"sha256": "d" * 64},
        {"config_sha256": "d" * 64},
        {"model_sha256": "d" * 64},
        {"software": "9.9.9"},
    ]
    variants = [SCRIPTED_FOOTAGE, *(replace(SCRIPTED_FOOTAGE, **change) for change in changes)]  # type: ignore[arg-type]
    assert len({footage.id for footage in variants}) == len(variants)
    assert len({footage.event_id("e1") for footage in variants}) == len(variants)
    assert SCRIPTED_FOOTAGE.event_id("e1") != SCRIPTED_FOOTAGE.event_id("e2")
    assert replace(SCRIPTED_FOOTAGE, model_name="renamed").id == SCRIPTED_FOOTAGE.id


def test_states_are_written_as_words() -> None:
    event = scripted_event(state=EventState.PROVISIONAL)
    text = manifest(event, SCRIPTED_FOOTAGE, (), clip=None, window=(0.0, 1.0), missing=())
    assert json.loads(text)["event"]["state"] == "provisional"
