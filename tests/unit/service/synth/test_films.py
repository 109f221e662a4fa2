"""What the truth says is what the pixels show."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from av.video.frame import PictureType
from typer.testing import CliRunner

from litterwatch.detector.errors import ConfigError, EvidenceDiskFull
from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Image
from litterwatch.service.cli import app
from litterwatch.service.demo.pictures import street_photo
from litterwatch.service.evaluation.clips import read_clips
from litterwatch.service.synth.footage import describe, released, render
from litterwatch.service.synth.kinds import KINDS, build
from litterwatch.service.synth.scenario import Camera, Scenario, Thing
from litterwatch.service.synth.scenario_file import scenario_text
from litterwatch.service.synth.sensor import Sensor
from litterwatch.service.synth.stage import Stage
from litterwatch.service.synth.suite import render_all

TINY = (320, 180)


@pytest.fixture(scope="module")
def photo() -> Image:
    return street_photo()


def short(kind: str, seconds: float = 1.0) -> Scenario:
    scenario = build(kind, 3, "dev", TINY)
    return replace(scenario, seconds=seconds, acts=())


def seen(stage: Stage, t: float, index: int = 0) -> Image:
    planes = Sensor(stage.scenario, stage.view).expose(stage.picture(t), t, index)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def luma(stage: Stage, t: float) -> float:
    height = stage.view.height
    planes = Sensor(stage.scenario, stage.view).expose(stage.picture(t), t, 0)
    return float(planes[:height].astype(float).mean())


def at_rest(scenario: Scenario, name: str) -> Thing:
    """The thing lying from the first picture on where it comes to lie."""
    move = replace(released(scenario, name), at=0.0, seconds=0.0)
    return replace(scenario.thing(name), moves=(move,))


def changed(before: Image, after: Image) -> Box:
    """Round everything that differs."""
    differs = np.abs(before.astype(int) - after).max(axis=2) > 40
    rows, columns = np.nonzero(differs)
    return Box(
        float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)
    )


def test_the_same_scenario_gives_the_same_bytes(tmp_path: Path, photo: Image) -> None:
    scenario = short("rain_dump")
    a, b = (render(scenario, photo, tmp_path / name) for name in "ab")
    assert a.video.read_bytes() == b.video.read_bytes()
    assert a.truth.read_bytes() == b.truth.read_bytes()
    assert a.boxes.read_bytes() == b.boxes.read_bytes()


def test_another_seed_gives_another_film(photo: Image) -> None:
    first, other = (Stage(build("crowd", seed, "dev", TINY), photo) for seed in (1, 2))
    assert not np.array_equal(first.picture(6.0), other.picture(6.0))


def test_the_film_is_h264_without_b_frames(tmp_path: Path, photo: Image) -> None:
    scenario = replace(short("pass_with_bag", 2.5), camera=Camera(*TINY, gop=2.0, crf=30))
    clip = render(scenario, photo, tmp_path)
    with av.open(str(clip.video)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    assert stream.codec_context.name == "h264"
    assert len(frames) == 25
    assert [index for index, frame in enumerate(frames) if frame.key_frame] == [0, 20]
    assert all(frame.pict_type != PictureType.B for frame in frames)
    assert len(clip.boxes.read_text().splitlines()) == 25


@pytest.mark.parametrize("kind", KINDS)
def test_the_annotation_is_consistent(kind: str, photo: Image) -> None:
    scenario = build(kind, 3, "test", TINY)
    said = describe(Stage(scenario, photo), "film.mp4")
    for event in said["events"]:
        assert event["alarm_expected"] == (event["kind"] != "none")
        if event["t_release"] is None:
            continue
        x, y, width, height = event["bbox_xywh_at_release"]
        assert min(x, y) >= 0
        assert x + width <= TINY[0] + 1
        assert y + height <= TINY[1] + 1
        assert min(width, height) >= 3
        assert 0 < event["t_start"] < event["t_release"] < said["duration_s"]
        left = event["t_actor_left"]
        assert left is None or event["t_release"] < left <= said["duration_s"]


@pytest.mark.parametrize("kind", ["dump_leave", "two_bags", "car_throws", "unload_drive_off"])
def test_the_box_holds_the_change_and_nothing_beside_it(kind: str, photo: Image) -> None:
    scenario = build(kind, 3, "dev", (480, 270))
    flat = replace(scenario, weather=replace(scenario.weather, shadow=0.0))
    without = tuple(t for t in flat.things if t.name in ("bag", "second"))
    lying = [
        replace(t, moves=(replace(released(flat, t.name), at=0.0, seconds=0.0),)) for t in without
    ]
    stage = Stage(replace(flat, actors=(), things=tuple(lying)), photo)
    empty = Stage(replace(flat, actors=(), things=()), photo)
    found = changed(empty.picture(1.0), stage.picture(1.0))
    boxes = list(stage.boxes(1.0).values())
    truth = boxes[0].joined(boxes[-1])
    for a, b in zip(found, truth, strict=True):
        assert abs(a - b) <= 4


def test_everybody_s_box_lies_where_pixels_changed(photo: Image) -> None:
    scenario = build("crowd", 3, "dev", TINY)
    scenario = replace(scenario, weather=replace(scenario.weather, shadow=0.0))
    stage = Stage(scenario, photo)
    empty = Stage(replace(scenario, actors=(), things=()), photo)
    t = 9.0
    differs = np.abs(empty.picture(t).astype(int) - stage.picture(t)).max(axis=2) > 15
    boxes = stage.boxes(t)
    assert len([name for name in boxes if name.startswith("walker")]) >= 3
    covered = np.zeros_like(differs)
    for box in boxes.values():
        part = (slice(int(box.y1), int(box.y2) + 1), slice(int(box.x1), int(box.x2) + 1))
        assert differs[part].mean() > 0.2
        covered[int(box.y1) - 2 : int(box.y2) + 3, int(box.x1) - 2 : int(box.x2) + 3] = True
    assert (differs & ~covered).sum() < 0.01 * differs.sum()


def test_twins_are_the_same_film_until_the_act(photo: Image) -> None:
    dump, passing = (
        Stage(build(kind, 3, "dev"), photo) for kind in ("dump_leave", "pass_with_bag")
    )
    at = released(dump.scenario, "bag").at
    assert np.array_equal(seen(dump, at - 1.5), seen(passing, at - 1.5))
    assert not np.array_equal(seen(dump, at + 3.0), seen(passing, at + 3.0))


def test_who_takes_the_bag_back_leaves_the_street_as_it_was(photo: Image) -> None:
    scenario = build("put_down_take_back", 3, "dev", TINY)
    scenario = replace(scenario, things=tuple(t for t in scenario.things if t.name == "bag"),
                       actors=scenario.actors[:1])  # fmt: skip
    stage = Stage(scenario, photo)
    assert np.array_equal(stage.picture(0.0), stage.picture(scenario.seconds - 0.1))


def test_a_lamp_takes_two_fifths_of_the_light(photo: Image) -> None:
    scenario = replace(build("lamp_step_pass", 3, "dev", TINY), actors=(), things=())
    scenario = replace(scenario, weather=replace(scenario.weather, clouds=0.0))
    stage, at = Stage(scenario, photo), scenario.weather.changes[0].at
    ratio = (luma(stage, at + 0.5) - 16) / (luma(stage, at - 0.1) - 16)
    assert ratio == pytest.approx(0.6, abs=0.03)


def test_infrared_is_grey(photo: Image) -> None:
    scenario = build("infrared_dump", 3, "dev", TINY)
    stage, at = Stage(scenario, photo), scenario.weather.changes[0].at
    day, night = seen(stage, at - 1).astype(int), seen(stage, at + 1).astype(int)
    assert np.abs(day[..., 0] - day[..., 2]).mean() > 5
    assert np.abs(night[..., 0] - night[..., 2]).mean() < 1


def test_a_push_moves_picture_and_truth_alike(tmp_path: Path, photo: Image) -> None:
    scenario = build("nudge_pass", 3, "dev", TINY)
    quiet = replace(scenario.camera, noise=0.0, nudges=((0.5, 6.0, 4.0),))
    bag = at_rest(build("dump_leave", 3, "dev", TINY), "bag")
    scenario = replace(scenario, camera=quiet, actors=(), things=(bag,), seconds=1.0)
    clip = render(scenario, photo, tmp_path)
    lines = [json.loads(line)["boxes"]["bag"] for line in clip.boxes.read_text().splitlines()]
    assert [b - a for a, b in zip(lines[0], lines[-1], strict=True)] == [6, 4, 0, 0]
    stage = Stage(scenario, photo)
    before, after = seen(stage, 0.2), seen(stage, 0.8)
    shifted = np.abs(after[4:, 6:].astype(int) - before[:-4, :-6]).mean()
    assert shifted < 0.3 * np.abs(after.astype(int) - before).mean()


@pytest.mark.parametrize(("kind", "t"), [("rain_dump", 14.0), ("waving_tree_dump", 1.0)])
def test_weather_moves_pixels(kind: str, t: float, photo: Image) -> None:
    scenario = build(kind, 3, "dev", TINY)
    scenario = replace(scenario, camera=replace(scenario.camera, noise=0.0), actors=(), things=())
    stage = Stage(replace(scenario, weather=replace(scenario.weather, clouds=0.0)), photo)
    difference = np.abs(seen(stage, t, 1).astype(int) - seen(stage, t + 0.2, 2))
    assert (difference > 12).mean() > 0.01


def test_a_suite_goes_on_where_it_was_stopped(tmp_path: Path, photo: Image) -> None:
    films = [short("pass_with_bag", 0.5), short("crowd", 0.5)]
    told: list[tuple[int, int, str]] = []
    first = render_all(films[:1], photo, tmp_path)[0]
    stamp = first.video.stat().st_mtime_ns
    clips = render_all(films, photo, tmp_path, lambda *now: told.append(now))
    assert first.video.stat().st_mtime_ns == stamp
    assert [now[:2] for now in told] == [(1, 2), (2, 2)]
    assert [clip.name for clip in read_clips(tmp_path)] == sorted(c.video.name for c in clips)
    first.truth.unlink()  # as if it had been stopped just before the end
    render_all(films, photo, tmp_path)
    assert first.is_whole


def test_the_command_films_a_scenario_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(scenario_text(short("dog_rests", 0.3)), encoding="utf-8")
    done = CliRunner().invoke(app, ["synth", "make", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    video = Path(done.stdout.strip())
    said: dict[str, Any] = json.loads(video.with_suffix(".json").read_text())
    assert said["scenario"] == {"kind": "dog_rests", "seed": 3, "split": "dev"}
    assert (said["width"], said["height"], said["frames"]) == (*TINY, 3)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"bus\.jpg"):
        street_photo(tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, photo: Image) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EvidenceDiskFull, match="Cannot write the film"):
        render(short("crowd", 0.2), photo, tmp_path / "file" / "out")
