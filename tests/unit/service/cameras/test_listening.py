"""Listening to a camera of the register, through the command and the real zeep."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.events import digital_input, motion, tamper
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.service.cli import main
from litterwatch.service.clock import SystemClock

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def fake() -> FakeCamera:
    return FakeCamera(FakePlan(), SystemClock())


@pytest.fixture
def run(
    fake: FakeCamera,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Run]:
    """Runs `litterwatch cameras ...`, where that camera is noted as gate."""
    monkeypatch.setenv("LITTERWATCH_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("LITTERWATCH_CAMERA_PASSWORD", LOGIN.password.reveal())

    def command(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["cameras", *arguments])
        captured = capsys.readouterr()
        return int(str(ended.value.code or 0)), captured.out + captured.err

    with FakeCameraServer(fake) as server:
        address = f"{server.address}/onvif/device_service"
        assert command("add", "gate", address, "--user", LOGIN.user)[0] == 0
        yield command


def reporting(fake: FakeCamera, stopping: threading.Event) -> None:
    """One of each kind as soon as somebody listens."""
    while not fake.events.open_subscriptions:
        if stopping.wait(0.02):
            return
    for event in (motion(is_on=True), tamper(is_on=True), digital_input("7", is_on=False)):
        fake.events.emit(event)


@pytest.mark.parametrize("as_json", [False, True])
def test_what_a_camera_reports_is_printed_and_its_subscription_given_back(
    fake: FakeCamera, run: Run, *, as_json: bool
) -> None:
    stopping = threading.Event()
    reporter = threading.Thread(target=reporting, args=(fake, stopping))
    reporter.start()
    try:
        options = ("--json",) if as_json else ()
        code, text = run("listen", "gate", "--seconds", "1.5", *options)
    finally:
        stopping.set()
        reporter.join()
    assert code == 0, text
    if as_json:
        told = [json.loads(line) for line in text.splitlines()]
        new = [(one["kind"], one["is_on"]) for one in told if not one["is_initial"]]
        assert new == [("motion", True), ("tamper", True), ("digital_input", False)]
    else:
        assert "motion on  VideoSource/MotionAlarm Source=vs" in text
        assert "digital_input off  Device/Trigger/DigitalInput InputToken=7" in text
    assert (fake.events.given, fake.events.open_subscriptions) == (1, 0)


def test_a_camera_that_reports_nothing_says_so(fake: FakeCamera, run: Run) -> None:
    del fake._answerers["tev:CreatePullPointSubscription"]
    code, text = run("listen", "gate", "--seconds", "1")
    assert code == 3
    assert "does not" in text
