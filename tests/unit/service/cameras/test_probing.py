"""Probing a fake camera that has pictures and no video."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.quirks import QUIRKS
from litterwatch.service.cameras.findings import ProbeReport
from litterwatch.service.cameras.probing import CameraAddresses, Probed, probe_camera
from litterwatch.service.cameras.words import report_text
from litterwatch.service.clock import SystemClock

Probe = Callable[..., tuple[Probed, FakeCamera]]
NOTICED_BY_A_PROBE = [
    one.name for one in QUIRKS if one.is_noticed and one.name not in {"renew-refused", "zero-times"}
]


class HastyClock(SystemClock):
    """The machine's clock, whose pauses take no time."""

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def probe() -> Iterator[Probe]:
    with ExitStack() as stack:

        def run(
            *quirks: str, login: Credentials | None = LOGIN, **plan: Any
        ) -> tuple[Probed, FakeCamera]:
            fake = FakeCamera(FakePlan(quirks=frozenset(quirks), **plan), SystemClock())
            server = stack.enter_context(FakeCameraServer(fake))
            return probe_camera(CameraAddresses(onvif=server.address), login, HastyClock()), fake

        yield run


@pytest.mark.parametrize(("masks", "counted"), [((True, False, True), 2), ((), 0), (None, None)])
def test_masks_that_are_on_in_the_camera_are_counted(
    probe: Probe, masks: tuple[bool, ...] | None, counted: int | None
) -> None:
    done, _ = probe(masks=masks)
    assert done.report.masks == counted
    assert ("privacy masks on in the camera" in report_text("gate", done.report)) is (
        counted is not None
    )


def codes(report: ProbeReport) -> set[str]:
    return {finding.code for finding in report.findings}


def test_pictures_without_video_can_be_watched(probe: Probe) -> None:
    done, fake = probe()
    report = done.report
    assert report.is_usable
    assert codes(report) == {"pictures-only"}
    assert done.picture is not None
    assert done.picture.shape == (360, 640, 3)
    assert report.device["model"] == "fake-camera"
    assert report.presets == {"1": "cổng chợ", "2": "bờ sông"}
    assert (report.ptz_profile, report.standing) == ("main", "1")
    assert report.has_events
    assert report.has_recordings
    assert report.answer_seconds is not None
    assert done.addresses["snapshot_address"].endswith("/snapshot/main")
    assert fake.gate.refused == 0
    assert fake.events.given == 0, "a probe takes no subscription from anybody"


def test_a_wrong_clock_is_told(probe: Probe) -> None:
    done, _ = probe(clock_error=timedelta(minutes=-67))
    assert "clock-wrong" in codes(done.report)
    assert done.report.clock_error == pytest.approx(-4020, abs=1)


def test_a_wrong_password_is_tried_once_at_one_door(probe: Probe) -> None:
    done, fake = probe(login=Credentials("admin", Secret("Tr0ub4dor&3")))
    assert not done.report.is_usable
    assert codes(done.report) == {"login-refused"}
    assert fake.gate.refused == 1
    assert "Tr0ub4dor" not in repr(done)


def test_nothing_to_see_is_a_fault(probe: Probe) -> None:
    done, _ = probe("no-snapshot")
    assert not done.report.is_usable
    assert "no-video" in codes(done.report)


def test_a_camera_that_looks_elsewhere_says_so(probe: Probe) -> None:
    done, fake = probe()
    assert "no-preset" not in codes(done.report)
    fake.head.turn(0.9, 0.9, 0.9)
    port_of = done.addresses["snapshot_address"].split("/")[2]
    again = probe_camera(CameraAddresses(onvif=port_of), LOGIN, SystemClock())
    assert "no-preset" in codes(again.report)
    assert again.report.standing is None


def test_nobody_there_is_a_report_all_the_same() -> None:
    where = CameraAddresses("127.0.0.1:1", "rtsp://127.0.0.1:1/x", None, "http://127.0.0.1:1/y")
    done = probe_camera(where, LOGIN, SystemClock())
    assert codes(done.report) == {"onvif", "main-stream", "snapshot"}
    assert not done.report.is_usable
    assert done.picture is None
    assert done.report.seconds < 20


@pytest.mark.parametrize("name", NOTICED_BY_A_PROBE)
def test_every_fault_of_the_registry_is_told_by_a_probe(probe: Probe, name: str) -> None:
    done, fake = probe(name)
    assert name in done.report.quirks
    assert name in codes(done.report)
    assert done.report.device["model"] == "fake-camera"
    assert fake.gate.refused == 0


@pytest.mark.parametrize("name", [one.name for one in QUIRKS if one.name not in NOTICED_BY_A_PROBE])
def test_no_fault_of_the_registry_hides_the_camera(probe: Probe, name: str) -> None:
    done, _ = probe(name)
    assert done.report.device.get("model") == "fake-camera"
