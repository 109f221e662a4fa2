"""`litterwatch watch` itself, with every one of its processes killed in turn."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.whole import FakeHouse, RunningCamera, running_camera
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.service.cameras.service import (
    CameraWish,
    add_camera,
    change_camera,
    remove_camera,
)
from litterwatch.service.cameras.vault import opened_vault
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database, sqlite_url

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from litterwatch.service.cli import main; main()", "--verbose"]
PASSWORD = "p@:/ ?#%&+4711"  # noqa: S105


class Watch:
    """The program, its folder and its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "cameras.toml"
        self.log = (folder / "log").open("w")
        self.process: subprocess.Popen[bytes] | None = None

    def cameras(self, **cameras: Any) -> None:
        tables = []
        for name, camera in cameras.items():
            table = f'[[camera]]\nid = "{name}"\nmain = "{camera.address()}"\n'
            if camera.user:
                (self.folder / name).write_text(camera.password)
                table += f'user = "{camera.user}"\npassword_file = "{name}"\n'
            tables.append(table)
        self.file.write_text("\n".join(tables))

    def start(self, *, register: bool = False) -> None:
        out = str(self.folder / "out")
        which = [] if register else ["--cameras", str(self.file)]
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *which, "--out", out],
            env={**os.environ, "LITTERWATCH_LIVE__METRICS_PORT": "0"},
            stdout=self.log,
            stderr=self.log,
        )

    def status(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = json.loads((self.folder / "out/live-status.json").read_text())
        except OSError:
            return {"cameras": [], "groups": [], "config_error": None}
        return told

    def links(self) -> dict[str, str]:
        return {c["camera_id"]: c["link"] for c in self.status()["cameras"]}

    def gate(self) -> dict[str, Any]:
        (gate,) = (c for c in self.status()["cameras"] if c["camera_id"] == "gate")
        told: dict[str, Any] = gate
        return told

    def until(self, is_so: Callable[[], bool], seconds: float = 120.0) -> None:
        began = time.monotonic()
        while not is_so():
            assert time.monotonic() - began < seconds, (self.status(), self.text())
            assert self.process is not None
            assert self.process.poll() is None, self.text()
            psutil.wait_procs([], timeout=0.1)

    def until_online(self, *names: str) -> None:
        self.until(lambda: all(self.links().get(name) == "online" for name in names))

    def processes(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def text(self) -> str:
        return (self.folder / "log").read_text()


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        family = [*made.processes(), psutil.Process(made.process.pid)]
        for process in family:
            process.kill()
        made.process.wait()
    made.log.close()


def test_everything_that_is_killed_comes_back_and_a_stop_is_orderly(
    make_camera: Any, watch: Watch
) -> None:
    gate, yard = make_camera(user="admin", password=PASSWORD), make_camera()
    gate.start()
    yard.start()
    watch.cameras(gate=gate)
    watch.start()
    watch.until_online("gate")

    # The reader dies, then its whole group.
    group = psutil.Process(watch.status()["groups"][0]["pid"])
    (reader, *_) = [
        child for child in group.children() if "spawn_main" in " ".join(child.cmdline())
    ]
    reader.kill()
    watch.until(lambda: watch.status()["cameras"][0]["died"] == 1)
    watch.until_online("gate")
    group.kill()
    watch.until(lambda: watch.status()["groups"][0]["deaths"] == 1)
    watch.until_online("gate")

    # A camera is added; then the file is spoilt, and mended with one camera fewer.
    watch.cameras(gate=gate, yard=yard)
    watch.until_online("gate", "yard")
    watch.file.write_text("[[camera]]\n")
    watch.until(lambda: watch.status()["config_error"] is not None)
    watch.until_online("gate", "yard")
    watch.cameras(yard=yard)
    watch.until(lambda: list(watch.links()) == ["yard"])

    family = watch.processes()
    assert watch.process is not None
    watch.process.send_signal(signal.SIGTERM)
    assert watch.process.wait(120) == 0, watch.text()
    _, left = psutil.wait_procs(family, timeout=60)
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []
    assert PASSWORD not in watch.text()


class Register:
    """The register of a data folder, as `cameras add` and the desk write it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.clock = SystemClock()
        self.database = Database(sqlite_url(folder / "litterwatch.sqlite3"))
        self.database.upgrade()
        self.vault = opened_vault(folder / "cameras.key")

    def add(self, camera_id: str, running: RunningCamera, **more: Any) -> None:
        assert running.rtsp is not None
        wish = CameraWish(
            camera_id,
            onvif_address=running.onvif_address,
            main_address=running.rtsp.address("/main"),
            sub_address=running.rtsp.address("/sub"),
            credentials=LOGIN,
            **more,
        )
        self.note(wish)

    def note(self, wish: CameraWish) -> None:
        with self.database.writing() as session:
            add_camera(session, self.clock, self.vault, wish)

    def change(self, camera_id: str, **more: Any) -> None:
        with self.database.writing() as session:
            change_camera(session, self.clock, self.vault, CameraWish(camera_id, **more))

    def remove(self, camera_id: str) -> None:
        with self.database.writing() as session:
            remove_camera(session, self.clock, camera_id)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = Register(tmp_path / "out")
    yield made
    made.database.close()


def grown_by(watch: Watch, ring: RingFootage, seconds: float) -> None:
    """Wait until a ring holds that much more."""
    before = ring.span()
    assert before is not None
    watch.until(lambda: (ring.span() or before)[1] > before[1] + seconds)


def test_the_register_is_followed_and_zones_sleep_while_the_camera_is_turned_away(
    watch: Watch, register: Register, make_video: Any
) -> None:
    video = make_video("film.mp4", size=(640, 360), frames=100, gop=25)
    plan = FakePlan(clock_error=timedelta(seconds=-7.3))
    house = FakeHouse(discovery_port=None)
    with running_camera(plan, SystemClock(), house, video) as running:
        watch.start(register=True)
        watch.until(lambda: "left_out" in watch.status())
        register.add("gate", running, preset="1")
        watch.until_online("gate")
        watch.until(lambda: watch.gate()["blind"] == [] and watch.gate()["analysed"] > 5)

        # Its clock is known, and told.
        watch.until(lambda: watch.gate()["clock"] is not None)
        assert watch.gate()["has_wrong_clock"]
        assert watch.gate()["clock"]["error"] == pytest.approx(-7.3, abs=2.0)

        # It turns away: nothing is judged, the ring goes on.
        running.camera.head.turn(0.9, 0.9, 0.9)
        watch.until(lambda: watch.gate()["blind"] == ["turned"])
        ring = RingFootage(watch.folder / "out" / "ring" / "gate")
        grown_by(watch, ring, 2.0)  # what was under way when it turned has been counted
        analysed = watch.gate()["analysed"]
        grown_by(watch, ring, 4.0)
        assert watch.gate()["analysed"] == analysed
        assert not watch.gate()["is_well"]
        running.camera.head.turn(0.0, 0.0, 0.0)
        watch.until(lambda: watch.gate()["blind"] == [] and watch.gate()["analysed"] > analysed)

        # Other zones, another camera, a wrong address, none at all: all without a restart.
        register.change("gate", site='[site]\nid = "new zones"\n', preset="1")
        watch.until(lambda: "version=2" in watch.text())
        register.add("yard", running)
        watch.until_online("gate", "yard")
        register.change("yard", main_address="rtsp://127.0.0.1:9/nobody")
        watch.until(lambda: watch.links()["yard"] == "unreachable")
        register.remove("yard")
        watch.until(lambda: list(watch.links()) == ["gate"])
        assert (watch.gate()["killed"], watch.gate()["died"]) == (0, 0)
        assert watch.process is not None
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait(120) == 0, watch.text()
    assert LOGIN.password.reveal() not in watch.text()


def test_a_transport_that_is_chosen_anew_is_followed_without_a_restart(
    make_camera: Any, watch: Watch, register: Register
) -> None:
    gate = make_camera(only="udp")
    gate.start()
    register.note(CameraWish("gate", main_address=gate.address()))
    watch.start(register=True)
    watch.until(lambda: watch.links().get("gate") == "unreachable")
    groups = [group["pid"] for group in watch.status()["groups"]]
    register.change("gate", transport=Transport.UDP)
    watch.until_online("gate")
    assert [group["pid"] for group in watch.status()["groups"]] == groups
    register.change("gate", transport=Transport.TCP)
    watch.until(lambda: watch.links()["gate"] == "unreachable")


def test_a_password_that_is_corrected_is_tried_at_once(make_camera: Any, watch: Watch) -> None:
    gate = make_camera(user="admin", password=PASSWORD)
    gate.start()
    watch.cameras(gate=gate)
    (watch.folder / "gate").write_text("wrong-0815")
    watch.start()
    watch.until(lambda: watch.links().get("gate") == "unauthorised")
    (watch.folder / "gate").write_text(PASSWORD)
    watch.until_online("gate")
    assert "0815" not in watch.text()


def test_nobody_outlives_a_supervisor_that_is_killed(make_camera: Any, watch: Watch) -> None:
    gate = make_camera()
    gate.start()
    watch.cameras(gate=gate)
    watch.start()
    watch.until_online("gate")
    family = watch.processes()
    assert len(family) >= 2
    assert watch.process is not None
    watch.process.kill()
    watch.process.wait()
    _, left = psutil.wait_procs(family, timeout=60)
    assert [process for process in left if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_restart_knows_the_camera_and_a_damaged_memory_is_named(
    make_camera: Any, watch: Watch
) -> None:
    gate = make_camera()
    gate.start()
    watch.cameras(gate=gate)
    memory = watch.folder / "out" / "memory" / "gate.memory"

    def session() -> None:
        """One watch that judges some pictures and is stopped in order."""
        watch.start()
        assert watch.process is not None
        # The status of the watch before may still lie there: its own must have come.
        began = time.time()
        file = watch.folder / "out" / "live-status.json"
        watch.until(lambda: file.is_file() and file.stat().st_mtime > began)
        watch.until(lambda: any(c["analysed"] > 5 for c in watch.status()["cameras"]))
        watch.process.send_signal(signal.SIGTERM)
        assert watch.process.wait(120) == 0, watch.text()

    session()
    assert memory.is_file()
    assert "from before" not in watch.text()
    session()
    told = watch.text()
    assert "goes on where it stopped" in told or "knows the place from before" in told
    assert "learnt anew" not in told
    memory.write_bytes(memory.read_bytes()[:-100])
    session()
    assert "it is learnt anew" in watch.text()
    assert memory.with_suffix(".refused").is_file()
    assert memory.is_file()
