"""A group of live cameras in this process: real servers and readers, a scripted judge."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.reader import ReaderPlan
from litterwatch.camera_adapters.reader_process import CameraReader
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.detector.change.health import Health
from litterwatch.detector.types import Detections, Event, EventState, Frame, PassedOver, Site
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.clock import SystemClock
from litterwatch.service.events.scripted import scripted_event
from litterwatch.service.runtime.camera_watch import CameraWatch
from litterwatch.service.runtime.condition import Blind, Link
from litterwatch.service.runtime.group import CameraGroup
from litterwatch.service.runtime.live_messages import Found, Passed, Pulse


@dataclass
class ScriptedJudge:
    """Finds an event in its tenth picture, and says how the picture is."""

    site: Site
    analysed: int = 0
    inferred: int = 0
    tally: Mapping[str, int] = field(default_factory=dict)
    health: Health = field(default_factory=Health)

    def wants_detection(self, frame: Frame) -> bool:
        return frame.index % 2 == 0

    def advance(self, frame: Frame, detections: Detections | None) -> list[Event]:
        self.analysed += 1
        self.inferred += detections is not None
        self.health = Health(frozen=self.site.id == "frozen")
        if self.analysed != 10:
            return []
        event = scripted_event(f"{frame.camera_id}-{frame.index}", EventState.PROVISIONAL)
        return [replace(event, camera_id=frame.camera_id, t_release=frame.media_time)]

    def passed_over(self) -> list[PassedOver]:
        return []

    def finish(self) -> list[Event]:
        return []


@dataclass
class Maker:
    folder: Path
    clock: SystemClock

    def watch(self, entry: CameraEntry) -> CameraWatch:
        plan = ReaderPlan(entry.connection, self.folder / entry.id)
        reader = CameraReader(plan, self.clock, random.Random(1))  # noqa: S311
        judge, config = self.judge(entry)
        return CameraWatch(entry, reader, judge, rate=6.0, config_sha256=config, clock=self.clock)

    def judge(self, entry: CameraEntry) -> tuple[Callable[[], ScriptedJudge], str]:
        return partial(ScriptedJudge, entry.site), entry.site.id


class Trial:
    """A group with what it has told."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.told: list[Found | Passed | Pulse] = []
        self.group = CameraGroup(
            Maker(folder, self.clock), ScriptedDetector(), self.told.append, self.clock
        )

    def until(self, is_so: Callable[[], bool], seconds: float = 90.0) -> None:
        until = self.clock.monotonic() + seconds
        while not is_so():
            assert self.clock.monotonic() < until, self.told[-1:]
            self.group.turn()

    def found(self) -> list[Found]:
        return [told for told in self.told if isinstance(told, Found)]

    def condition(self, camera_id: str) -> Any:
        pulses = [told for told in self.told if isinstance(told, Pulse)]
        return next((c for c in pulses[-1].conditions if c.camera_id == camera_id), None)

    def is_online(self, camera_id: str) -> bool:
        now = self.condition(camera_id) if self.told else None
        return now is not None and now.link is Link.ONLINE and now.rate > 0


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path / "rings")
    yield made
    made.group.stop()


def entry(camera: Any, camera_id: str, site: str = "default") -> CameraEntry:
    return CameraEntry(CameraConnection(camera_id, camera.address()), Site(site))


def test_cameras_are_judged_and_what_is_found_can_be_cut(
    make_camera: Any, trial: Trial, tmp_path: Path
) -> None:
    cameras = {name: make_camera() for name in ("gate", "yard")}
    for camera in cameras.values():
        camera.start()
    trial.group.set_cameras([entry(camera, name) for name, camera in cameras.items()])
    trial.until(lambda: len(trial.found()) == 2)
    trial.until(lambda: all(trial.is_online(name) for name in cameras))
    for found in trial.found():
        hour = found.source.captured_from.timestamp() + found.event.t_release
        assert abs(trial.clock.now().timestamp() - hour) < 20
        ring = RingFootage(tmp_path / "rings" / found.source.camera_id)
        clip = ring.cut(found.event.t_release - 0.5, found.event.t_release, tmp_path / "clip.mp4")
        assert clip.gaps == ()
    gate = trial.condition("gate")
    assert (gate.codec, gate.size) == ("h264", (160, 96))
    assert gate.is_well
    assert 0 < gate.inferred < gate.analysed


def test_changes_take_effect_and_disturb_nobody_else(make_camera: Any, trial: Trial) -> None:
    gate, yard = make_camera(), make_camera()
    gate.start()
    yard.start()
    trial.group.set_cameras([entry(gate, "gate")])
    trial.until(lambda: trial.is_online("gate"))
    analysed = trial.condition("gate").analysed
    # Another site: the connection stays, and nothing that was counted is lost.
    trial.group.set_cameras([entry(gate, "gate", "frozen"), entry(yard, "yard")])
    trial.until(lambda: trial.is_online("yard"))
    now = trial.condition("gate")
    assert now.blind == (Blind.FROZEN,)
    assert not now.is_well
    assert now.analysed > analysed
    assert (now.killed, now.died) == (0, 0)
    trial.group.set_cameras([entry(yard, "yard")])
    trial.until(lambda: trial.condition("gate") is None)
    assert trial.is_online("yard")


@pytest.mark.slow
def test_after_an_outage_judging_begins_afresh(make_camera: Any, trial: Trial) -> None:
    gate = make_camera()
    gate.start()
    trial.group.set_cameras([entry(gate, "gate")])
    trial.until(lambda: len(trial.found()) == 1)
    gate.kill()
    trial.until(lambda: trial.condition("gate").link is Link.UNREACHABLE)
    away = trial.clock.monotonic()
    trial.until(lambda: trial.clock.monotonic() - away > 11)
    analysed = trial.condition("gate").analysed
    gate.start()
    # The scripted judge finds something in the tenth picture of its life: this is another life.
    trial.until(lambda: len(trial.found()) == 2)
    assert trial.condition("gate").analysed >= analysed


def test_a_camera_that_is_not_there_costs_the_others_nothing(
    make_camera: Any, trial: Trial
) -> None:
    gate, gone = make_camera(), make_camera()
    gate.start()
    trial.group.set_cameras([entry(gone, "gone"), entry(gate, "gate")])
    trial.until(lambda: trial.is_online("gate"))
    trial.until(lambda: trial.condition("gone").link is Link.UNREACHABLE)
    assert trial.condition("gone").retry_in is not None
    assert trial.condition("gate").lag < 5


@pytest.mark.slow
def test_cameras_that_flap_all_come_back_and_nothing_is_leaked(
    make_camera: Any, trial: Trial
) -> None:
    cameras = {f"c{number}": make_camera() for number in range(6)}
    trial.group.set_cameras([entry(camera, name) for name, camera in cameras.items()])
    for camera in cameras.values():
        camera.start()
    trial.until(lambda: all(trial.is_online(name) for name in cameras))
    ours, chance = psutil.Process(), random.Random(11)  # noqa: S311
    readers = {child.pid for child in ours.children() if "spawn_main" in str(child.cmdline())}
    handles, memory = ours.num_fds(), _memory_of(readers)
    for _ in range(20):
        camera = chance.choice(list(cameras.values()))
        if camera.is_on:
            camera.kill()
        else:
            camera.start()
        began = trial.clock.monotonic()
        trial.until(lambda began=began: trial.clock.monotonic() - began > 1.5)  # type: ignore[misc]
    for camera in cameras.values():
        if not camera.is_on:
            camera.start()
    trial.until(lambda: all(trial.is_online(name) for name in cameras))
    for name in cameras:
        assert (trial.condition(name).killed, trial.condition(name).died) == (0, 0)
    assert {child.pid for child in ours.children() if child.pid in readers} == readers
    assert abs(ours.num_fds() - handles) <= 2
    assert _memory_of(readers) < 1.25 * memory


def _memory_of(pids: set[int]) -> int:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)
