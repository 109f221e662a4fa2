"""The adapter against a fake camera, through the real zeep: login, services, traps."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.descriptions import Service, described
from litterwatch.camera_adapters.onvif.device import device_information, scopes
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)
from litterwatch.service.clock import SystemClock

AWKWARD = (
    "p@ss:w/o?r#d&%20\"'\\<>;",
    "mật khẩu dài",
    " leading and trailing ",
    "$(reboot)`id`",
    "x" * 128,
)
HOUR_AND_MORE = timedelta(minutes=67)


def test_a_camera_says_who_it_is(pair: Any) -> None:
    camera, _ = pair()
    camera.connect()
    told = device_information(camera)
    assert (told.manufacturer, told.model, told.firmware, told.serial) == (
        "litterwatch",
        "fake-camera",
        "1.0",
        "FAKE-0001",
    )
    assert "onvif://www.onvif.org/Profile/G" in scopes(camera)
    assert camera.notes.names == ()


@pytest.mark.parametrize("error", [HOUR_AND_MORE, -HOUR_AND_MORE, timedelta(days=-9000)])
def test_a_wrong_clock_is_measured_and_the_login_fits_it(pair: Any, error: timedelta) -> None:
    camera, fake = pair(clock_error=error)
    camera.connect()
    assert device_information(camera).model == "fake-camera"
    assert fake.gate.refused == 0
    assert camera.reading.is_alarming
    assert abs(camera.reading.difference - error) <= camera.reading.uncertainty


def test_without_reading_the_clock_the_login_would_be_refused(pair: Any) -> None:
    camera, fake = pair(clock_error=HOUR_AND_MORE)
    with pytest.raises(SourceAuthFailed):
        device_information(camera)
    assert fake.gate.refused == 1


@pytest.mark.parametrize("password", AWKWARD)
@pytest.mark.parametrize("quirk", [(), ("http-digest-only",)])
def test_every_awkward_password_gets_in(pair: Any, password: str, quirk: tuple[str, ...]) -> None:
    login = Credentials("quản trị", Secret(password))
    camera, fake = pair(*quirk, credentials=login, credentials_sent=login)
    camera.connect()
    assert device_information(camera).model == "fake-camera"
    assert fake.gate.refused == 0


@pytest.mark.parametrize("quirk", [(), ("unauthorised-by-http",), ("http-digest-only",)])
def test_a_wrong_password_is_told_once_and_given_away_nowhere(
    pair: Any, quirk: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = Credentials("admin", Secret("Tr0ub4dor&3"))
    camera, fake = pair(*quirk, credentials_sent=wrong)
    camera.connect()
    with pytest.raises(SourceAuthFailed, match="refused the name or password") as caught:
        device_information(camera)
    assert fake.gate.refused == 1, "a second try would lock the account"
    said = [repr(caught.value), str(caught.value), repr(wrong), repr(vars(camera)), caplog.text]
    error: BaseException | None = caught.value
    while error is not None:
        said += [repr(error), str(error), repr(error.args)]
        error = error.__cause__
    assert [text for text in said if "Tr0ub4dor" in text] == []
    assert not caught.value.retryable


def test_a_camera_without_credentials_tells_what_anybody_may_know(pair: Any) -> None:
    camera, fake = pair(credentials_sent=None)
    camera.connect()
    assert camera.offers(Service.MEDIA)
    with pytest.raises(SourceAuthFailed):
        device_information(camera)
    assert fake.gate.refused == 0


def test_a_service_or_operation_that_is_missing_is_unsupported(pair: Any) -> None:
    camera, _ = pair(presets=(), recordings=())
    camera.connect()
    with pytest.raises(SourceUnsupported, match="no ptz service"):
        camera.call(Service.PTZ, "GetPresets", ProfileToken="main")
    with pytest.raises(SourceUnsupported, match="does not offer"):
        camera.call(Service.DEVICE, "GetUsers")


def test_addresses_behind_a_router_are_put_right(pair: Any) -> None:
    camera, _ = pair("addresses-behind-nat")
    camera.connect()
    assert camera.notes.names == ("addresses-behind-nat",)
    base = camera.address.partition("/onvif/")[0]
    assert {address.partition("/onvif/")[0] for address in camera.services.values()} == {base}
    assert device_information(camera).model == "fake-camera"


@pytest.mark.parametrize(
    ("quirk", "offered"),
    [
        ("capabilities-incomplete", {Service.EVENTS, Service.PTZ, Service.MEDIA2}),
        ("no-services", {Service.EVENTS, Service.PTZ, Service.SEARCH, Service.REPLAY}),
        ("no-media2", {Service.EVENTS, Service.MEDIA}),
    ],
)
def test_lists_of_services_with_holes_are_laid_together(
    pair: Any, quirk: str, offered: set[Service]
) -> None:
    camera, _ = pair(quirk)
    camera.connect()
    assert offered <= camera.services.keys()
    assert quirk in camera.notes.names


def test_time_without_utc_is_worked_out(pair: Any) -> None:
    camera, fake = pair("no-utc-time", clock_error=HOUR_AND_MORE)
    camera.connect()
    assert abs(camera.reading.difference - HOUR_AND_MORE) <= camera.reading.uncertainty
    assert camera.notes.names == ("no-utc-time",)
    assert device_information(camera).model == "fake-camera"
    assert fake.gate.refused == 0


def test_a_clock_that_wants_a_login_is_asked_with_one(pair: Any) -> None:
    camera, _ = pair("clock-needs-login", clock_error=timedelta(seconds=9))
    camera.connect()
    assert "clock-needs-login" in camera.notes.names
    assert camera.reading.is_alarming


def test_where_that_fits_not_the_time_of_its_web_server_is_taken(pair: Any) -> None:
    camera, fake = pair("clock-needs-login", clock_error=HOUR_AND_MORE)
    camera.connect()
    assert device_information(camera).model == "fake-camera"
    assert abs(camera.reading.difference - HOUR_AND_MORE) <= camera.reading.uncertainty
    assert fake.gate.refused == 1


def test_a_wrong_password_is_not_taken_for_a_wrong_clock(pair: Any) -> None:
    wrong = Credentials("admin", Secret("Tr0ub4dor&3"))
    camera, fake = pair("clock-needs-login", credentials_sent=wrong)
    with pytest.raises(SourceAuthFailed):
        camera.connect()
    assert fake.gate.refused == 1


def test_an_answer_that_trickles_is_given_up_in_time() -> None:
    """Each byte comes in time, the whole never would."""

    def trickle(listening: socket.socket) -> None:
        way, _ = listening.accept()
        with way:
            way.recv(65_536)
            way.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(3000):
                    way.sendall(b"<" * 20_000 if _ == 0 else b"<")
                    time.sleep(0.02)  # noqa: TID251 - the far end of a real connection

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=trickle, args=(listening,), daemon=True)
        thread.start()
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        with OnvifCamera(address, LOGIN, SystemClock(), timeout=0.5) as camera:
            began = time.monotonic()
            with pytest.raises(SourceStalled):
                camera.connect()
            assert time.monotonic() - began < 20, "a third of what would come"
        thread.join()


def test_nobody_there_is_unavailable() -> None:
    with (
        OnvifCamera("127.0.0.1:1", LOGIN, SystemClock(), timeout=2.0) as camera,
        pytest.raises(SourceUnavailable, match=r"camera at 127\.0\.0\.1:1 cannot be reached"),
    ):
        camera.connect()


def test_a_camera_that_goes_silent_is_given_up_in_time(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera, _ = pair()

    is_given_up = threading.Event()

    def slow(*_: object) -> tuple[int, bytes]:
        is_given_up.wait()
        return 200, b""

    monkeypatch.setattr(FakeCamera, "answer_soap", slow)
    camera._transport.close()
    hurried = OnvifCamera(camera.address, LOGIN, SystemClock(), timeout=0.3)
    began = time.monotonic()
    with pytest.raises(SourceStalled):
        hurried.connect()
    assert time.monotonic() - began < 20
    is_given_up.set()
    hurried.close()


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (200, b"<html>a router</html>", SourceUnreadable),
        (200, b"\x00\xff\x00", SourceUnreadable),
        (404, b"nothing here", SourceUnsupported),
        (503, b"", SourceUnavailable),
        (200, b"A" * (5 << 20), SourceUnreadable),
        (
            200,
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
            SourceUnreadable,
        ),
    ],
)
def test_what_is_no_camera_is_told_apart(
    pair: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    content: bytes,
    expected: type[Exception],
) -> None:
    camera, _ = pair()
    monkeypatch.setattr(FakeCamera, "answer_soap", lambda *_: (status, content))
    with pytest.raises(expected):
        device_information(camera)


def test_the_environment_is_left_as_it_is_and_its_proxies_are_not_asked(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    for name, value in proxies.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("no_proxy", raising=False)
    camera, _ = pair()
    camera.connect()
    assert {name: os.environ[name] for name in proxies} == proxies


def test_connecting_leaves_no_subscription(pair: Any) -> None:
    camera, fake = pair()
    for _ in range(10):
        camera.connect()
    assert fake.events.given == 0


ALONE = """
import logging, os, sys
from pathlib import Path
before = logging.root.handlers[:], logging.root.level
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.device import device_information
from litterwatch.service.clock import SystemClock
with FakeCameraServer(FakeCamera(FakePlan(), SystemClock())) as server:
    with OnvifCamera(server.address, LOGIN, SystemClock()) as camera:
        camera.connect()
        device_information(camera)
assert (logging.root.handlers[:], logging.root.level) == before, "logging was set up"
assert "onvif" not in sys.modules, "the client of onvif-zeep was run"
assert list(Path(os.environ["HOME"]).iterdir()) == [], "something was put into the home folder"
"""


def test_nothing_is_set_up_behind_our_back(tmp_path: Path) -> None:
    """No logging, no file in the home folder, no warning turned error (utcnow), in a process."""
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_descriptions_are_read_once_for_all_cameras() -> None:
    assert described("devicemgmt.wsdl") is described("devicemgmt.wsdl")


def test_a_port_that_is_taken_is_told(pair: Any) -> None:
    camera, fake = pair()
    port = int(camera.where.rpartition(":")[2])
    with pytest.raises(Exception, match="choose another port"):
        FakeCameraServer(fake, port=port)
