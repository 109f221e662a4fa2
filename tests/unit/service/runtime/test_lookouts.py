"""When zones sleep and wake, and what is known of clocks: with the fake camera, through zeep."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.ptz import UNKNOWN, Preset, Standing
from litterwatch.camera_adapters.onvif.watch import LostNews, News, OnvifWatch, StandingNews
from litterwatch.detector.errors import SourceUnavailable, StoreError
from litterwatch.detector.types import Site
from litterwatch.service.cameras_file import CameraEntry, OnvifDoor
from litterwatch.service.clock import ManualClock, SystemClock
from litterwatch.service.evidence.manifest import CameraClock
from litterwatch.service.runtime.lookouts import Lookouts

GATE, RIVER = Preset("1", "cổng chợ", None), Preset("2", "bờ sông", None)
DOOR = OnvifDoor("http://h/onvif/device_service", LOGIN)


def entry(door: OnvifDoor | None = DOOR, preset: str | None = "1") -> CameraEntry:
    connection = CameraConnection("gate", "rtsp://h/gate")
    return CameraEntry(connection, Site(), preset=preset, onvif=door)


@dataclass
class ScriptedWatch:
    """Tells what a test gives it, when it is told."""

    tell: Callable[[News], None]
    is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, is_stopping: Callable[[], bool]) -> None:
        while not is_stopping():
            time.sleep(0.01)  # noqa: TID251 - a thread of the test
        self.is_over.set()


class Scripted:
    """Lookouts over scripted watches."""

    def __init__(self) -> None:
        self.made: list[ScriptedWatch] = []
        self.lookouts = Lookouts(self._new, lambda *_: None, ManualClock())

    def _new(
        self, door: OnvifDoor, watches_head: bool, tell: Callable[[News], None]
    ) -> ScriptedWatch:
        self.made.append(ScriptedWatch(tell))
        return self.made[-1]

    def is_asleep(self, camera: CameraEntry) -> bool:
        return self.lookouts.placed(camera).is_asleep


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    made = Scripted()
    yield made
    made.lookouts.close()


def standing(preset: Preset | None, *, is_known: bool = True, is_moving: bool = False) -> News:
    return StandingNews(Standing(preset, is_known=is_known, is_moving=is_moving))


@pytest.mark.parametrize(
    ("news", "is_asleep"),
    [
        ([], True),
        ([standing(GATE)], False),
        ([standing(RIVER)], True),
        ([standing(None)], True),
        ([standing(GATE, is_moving=True)], True),
        ([standing(None, is_known=False)], False),
        ([standing(GATE, is_known=False)], False),
        ([standing(RIVER, is_known=False)], True),
        ([StandingNews(UNKNOWN)], False),
        ([LostNews(SourceUnavailable("gone"))], False),
        ([standing(RIVER), LostNews(SourceUnavailable("gone"))], True),
        ([standing(RIVER), standing(GATE)], False),
    ],
)
def test_zones_sleep_unless_the_camera_stands_at_their_preset_or_nobody_knows(
    scripted: Scripted, news: list[News], is_asleep: bool
) -> None:
    scripted.lookouts.follow([entry()])
    for one in news:
        scripted.made[0].tell(one)
    assert scripted.is_asleep(entry()) == is_asleep


def test_a_camera_that_stands_never_sleeps(scripted: Scripted) -> None:
    scripted.lookouts.follow([entry(preset=None), entry(door=None)])
    assert not scripted.is_asleep(entry(preset=None))
    assert not scripted.is_asleep(entry(door=None))


def test_a_camera_that_is_no_longer_watched_is_forgotten(scripted: Scripted) -> None:
    scripted.lookouts.follow([entry()])
    scripted.made[0].tell(standing(GATE))
    scripted.lookouts.follow([])
    assert scripted.made[0].is_over.wait(60)
    scripted.made[0].tell(standing(RIVER))
    assert scripted.lookouts.seen("gate").standing is None
    # Another address is another lookout; the same one is not disturbed.
    scripted.lookouts.follow([entry()])
    scripted.lookouts.follow([entry()])
    assert len(scripted.made) == 2
    scripted.lookouts.follow([entry(replace(DOOR, address="http://other"))])
    assert len(scripted.made) == 3


class HastyClock(SystemClock):
    """The machine's clock, whose pauses are short."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.02))


@dataclass
class Kept:
    """Clocks as they are remembered; a store that refuses the first."""

    clocks: list[tuple[str, CameraClock]] = field(default_factory=list)
    refusals: int = 1

    def keep(self, camera_id: str, measured: CameraClock) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("busy")
        self.clocks.append((camera_id, measured))


def until(is_so: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < 60
        time.sleep(0.02)  # noqa: TID251 - waits for a thread


def real_watch(door: OnvifDoor, watches_head: bool, tell: Callable[[News], None]) -> OnvifWatch:
    return OnvifWatch(
        partial(OnvifCamera, door.address, door.credentials, HastyClock(), timeout=3.0),
        lambda _: 0.05,
        tell,
        profile_token=door.profile if watches_head else None,
        hears=False,
        clock_every=0.2,
        standing_every=0.05,
    )


@pytest.mark.parametrize("preset", ["1", None])
def test_a_real_head_and_a_wrong_clock(preset: str | None) -> None:
    kept: Any = Kept()
    fake = FakeCamera(FakePlan(clock_error=timedelta(seconds=-7.3)), SystemClock())
    with FakeCameraServer(fake) as server:
        camera = entry(OnvifDoor(f"{server.address}/onvif/device_service", LOGIN), preset)
        lookouts = Lookouts(real_watch, kept.keep, SystemClock())
        lookouts.follow([camera])
        until(lambda: lookouts.clock_of("gate") is not None)
        measured = lookouts.clock_of("gate")
        assert measured is not None
        assert abs(measured.error + 7.3) <= measured.uncertainty + 0.1
        assert measured.uncertainty < 0.6
        until(lambda: bool(kept.clocks))
        assert kept.clocks[0][0] == "gate", "kept at the second time"
        if preset is not None:
            until(lambda: lookouts.seen("gate").standing is not None)
            assert not lookouts.placed(camera).is_asleep
            fake.head.turn(0.9, 0.9, 0.9)
            until(lambda: lookouts.placed(camera).is_asleep)
            fake.head.turn(0.0, 0.0, 0.0)
            until(lambda: not lookouts.placed(camera).is_asleep)
        assert fake.events.given == 0, "asks for no subscription, of which a camera gives few"
        lookouts.close()
    assert ("tptz:GetStatus" in fake.asked) == (preset is not None)


def test_a_camera_without_a_head_is_not_waited_for() -> None:
    fake = FakeCamera(FakePlan(presets=()), SystemClock())
    with FakeCameraServer(fake) as server:
        camera = entry(OnvifDoor(f"{server.address}/onvif/device_service", LOGIN))
        lookouts = Lookouts(real_watch, lambda *_: None, SystemClock())
        lookouts.follow([camera])
        until(lambda: not lookouts.placed(camera).is_asleep)
        assert lookouts.seen("gate").standing == UNKNOWN
        lookouts.close()
