"""How a live watch is put together, and what stops it before it starts."""

import json
from multiprocessing import Pipe
from pathlib import Path
from typing import cast

import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.watch import ClockNews, LostNews, News
from litterwatch.detector.errors import ConfigError, ModelMissing
from litterwatch.detector.types import Site, Zone, ZoneKind
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.cameras_file import CameraEntry, OnvifDoor
from litterwatch.service.cli import main
from litterwatch.service.clock import ManualClock
from litterwatch.service.learning.folders import models_folder
from litterwatch.service.rings import ring_root
from litterwatch.service.runtime.group import CameraGroup
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.wiring_group import DefaultModelWatch, LiveMaker, serve_group
from litterwatch.service.wiring_live import WatchRequest, side_watch, watch_cameras

CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
GATE = CameraConnection("gate", "rtsp://h/gate")


def settings(folder: Path, **live: object) -> Settings:
    return load_settings(None, {"data_folder": folder, "live": live})


def test_rings_lie_where_the_settings_say(tmp_path: Path) -> None:
    assert ring_root(settings(tmp_path)) == tmp_path / "ring"
    in_memory = ring_root(settings(tmp_path, ring="memory"))
    assert in_memory.parent == Path("/dev/shm")  # noqa: S108 - the system's file system in memory
    assert in_memory != ring_root(settings(tmp_path / "other", ring="memory"))
    assert ring_root(settings(tmp_path, ring_folder=tmp_path / "fast")) == tmp_path / "fast"


def test_a_camera_is_built_by_its_site_and_the_settings(tmp_path: Path) -> None:
    tree = settings(tmp_path, ring_seconds=120.0, ring_bytes=5_000_000)
    maker = LiveMaker(tree, ScriptedDetector(), ManualClock())
    road = Site("road", (Zone("lane", ZoneKind.ROAD, CORNERS),))
    usual, fast = maker.watch(CameraEntry(GATE, Site())), maker.watch(CameraEntry(GATE, road))
    assert (usual.rate, fast.rate) == (tree.analysis.rate, tree.analysis.road_rate)
    assert usual.reader.plan.ring_folder == tmp_path / "ring" / "gate"
    assert (usual.reader.plan.limits.seconds, usual.reader.plan.limits.size) == (120.0, 5_000_000)


def test_what_events_depend_on_is_in_the_digest(tmp_path: Path) -> None:
    def digest(tree: Settings, site: Site, weights: str) -> str:
        maker = LiveMaker(tree, ScriptedDetector(sha256=weights), ManualClock())
        return maker.judge(CameraEntry(GATE, site))[1]

    tree = settings(tmp_path)
    assert digest(tree, Site(), "a" * 64) == digest(settings(tmp_path / "b"), Site(), "a" * 64)
    others = {
        digest(tree, Site(), "a" * 64),
        digest(tree, Site("gate"), "a" * 64),
        digest(tree, Site(), "b" * 64),
        digest(load_settings(None, {"evidence": {"longest": 60.0}}), Site(), "a" * 64),
    }
    assert len(others) == 4


def heard_beside(fake: FakeCamera, clock: ManualClock, login: Credentials, s: float) -> list[type]:
    """What is told of a camera with a head within so many seconds."""
    heard: list[News] = []
    with FakeCameraServer(fake) as server:
        door = OnvifDoor(f"{server.address}/onvif/device_service", login)
        watch = side_watch(clock, door, True, heard.append)
        until = clock.monotonic() + s
        watch.run(lambda: clock.monotonic() >= until)
    return [type(news) for news in heard]


def test_beside_the_video_a_refused_login_is_tried_once_in_half_an_hour() -> None:
    """The video asks three times in that time; five refusals and a camera locks the account."""
    clock = ManualClock()
    fake = FakeCamera(FakePlan(), clock)
    wrong = Credentials(LOGIN.user, Secret("wrong"))
    assert heard_beside(fake, clock, wrong, 1790) == [ClockNews, LostNews]
    assert fake.gate.refused == 1


def test_who_tells_the_time_and_nothing_else_is_asked_ever_less_often() -> None:
    clock = ManualClock()
    fake = FakeCamera(FakePlan(), clock)
    del fake._answerers["tptz:GetPresets"]
    heard = heard_beside(fake, clock, LOGIN, 60)
    assert 3 < heard.count(LostNews) < 15


@pytest.mark.parametrize("model", [None, "no-such-model"])
def test_a_mistake_is_told_before_anything_is_started(tmp_path: Path, model: str | None) -> None:
    cameras = tmp_path / "cameras.toml"
    cameras.write_text('[[camera]]\nid = "gate"\nmain = "rtsp://h/gate"\n' if model else "")
    tree = load_settings(
        None, {"data_folder": tmp_path / "out", "analysis": {"model": model} if model else {}}
    )
    with pytest.raises(ModelMissing if model else ConfigError):
        watch_cameras(WatchRequest(cameras, tree), lambda: True)
    assert not (tmp_path / "out").exists()


def test_the_command_tells_a_mistake_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["watch", "--cameras", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("litterwatch: ")
    assert "check --cameras" in line


def point(folder: Path, name: str) -> None:
    """Make a model of that name the default, as a promotion leaves it."""
    models = models_folder(folder)
    models.mkdir(parents=True, exist_ok=True)
    (models / "default.json").write_text(json.dumps({"default": name, "before": []}))


def test_another_default_model_is_noticed_within_seconds(tmp_path: Path) -> None:
    clock = ManualClock()
    watch = DefaultModelWatch(settings(tmp_path), clock)
    point(tmp_path, "local")
    assert not watch.has_changed()  # it has just looked
    clock.advance(3)
    assert watch.has_changed()
    point(tmp_path, "shipped")  # rolled back before anybody acted
    clock.advance(3)
    assert not watch.has_changed()
    (models_folder(tmp_path) / "default.json").write_text("half a fi")
    clock.advance(3)
    assert not watch.has_changed()


def test_a_model_that_the_settings_name_never_changes(tmp_path: Path) -> None:
    clock = ManualClock()
    tree = load_settings(None, {"data_folder": tmp_path, "analysis": {"model": "street"}})
    watch = DefaultModelWatch(tree, clock)
    point(tmp_path, "local")
    clock.advance(3)
    assert not watch.has_changed()


class ScriptedGroup:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.turns = 0
        self.stops = 0

    def turn(self, _pipes: object) -> None:
        self.turns += 1

    def stop(self) -> None:
        self.stops += 1


def test_a_group_finishes_in_order_when_another_model_is_the_default() -> None:
    ours, theirs = Pipe()
    group = ScriptedGroup()
    serve_group(cast("CameraGroup", group), theirs, lambda: group.turns == 3)
    assert (group.turns, group.stops) == (3, 1)
    assert not ours.poll()  # not told to end: its supervisor starts it again
