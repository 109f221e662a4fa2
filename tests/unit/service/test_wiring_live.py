"""How a live watch is put together, and what stops it before it starts."""

from pathlib import Path

import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.detector.errors import ConfigError, ModelMissing
from litterwatch.detector.types import Site, Zone, ZoneKind
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.cli import main
from litterwatch.service.clock import ManualClock
from litterwatch.service.rings import ring_root
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.wiring_group import LiveMaker
from litterwatch.service.wiring_live import WatchRequest, watch_cameras

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
