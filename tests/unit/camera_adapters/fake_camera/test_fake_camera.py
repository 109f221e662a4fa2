"""The fake camera by itself: who is let in, what it sees, what it refuses."""

import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.footage import codec_of, encoded_anew
from litterwatch.camera_adapters.fake_camera.pictures import TestPicture, VideoLoop
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.rtsp_script import launch_line
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.fake_camera.soap import FaultAnswer, read_request
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.device import device_information
from litterwatch.detector.errors import SourceAuthFailed, SourceUnavailable, SourceUnreadable
from litterwatch.service.clock import ManualClock, SystemClock


def test_an_account_is_locked_after_five_failures_and_opens_again() -> None:
    clock = ManualClock()
    fake = FakeCamera(FakePlan(), clock)
    with FakeCameraServer(fake) as server:
        with OnvifCamera(server.address, Credentials("admin", Secret("wrong")), clock) as stranger:
            for _ in range(5):
                with pytest.raises(SourceAuthFailed):
                    device_information(stranger)
        with OnvifCamera(server.address, LOGIN, clock) as owner:
            with pytest.raises(SourceAuthFailed):
                device_information(owner)
            clock.advance(31)
            assert device_information(owner).model == "fake-camera"


def test_a_login_that_was_overheard_is_not_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeCamera(FakePlan(), SystemClock())
    heard: list[bytes] = []
    whole = FakeCamera.answer_soap

    def hear(self: FakeCamera, content: bytes, *rest: Any) -> tuple[int, bytes]:
        heard.append(content)
        return whole(self, content, *rest)

    monkeypatch.setattr(FakeCamera, "answer_soap", hear)
    with (
        FakeCameraServer(fake) as server,
        OnvifCamera(server.address, LOGIN, SystemClock()) as camera,
    ):
        device_information(camera)
    assert LOGIN.password.reveal().encode() not in heard[-1], "a digest, never the password"
    status, answer = whole(fake, heard[-1], "http://c", "/onvif/device_service", "")
    assert status == 400
    assert b"NotAuthorized" in answer


@pytest.mark.parametrize("drift", [timedelta(seconds=70), timedelta(seconds=-70)])
def test_an_old_login_is_refused(drift: timedelta) -> None:
    fake = FakeCamera(FakePlan(clock_error=drift), SystemClock())
    with (
        FakeCameraServer(fake) as server,
        OnvifCamera(server.address, LOGIN, SystemClock()) as camera,
        pytest.raises(SourceAuthFailed),
    ):
        device_information(camera)


@pytest.mark.parametrize(
    "content",
    [b"", b"no xml", b"<a/>", b"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'/>"],
)
def test_what_is_no_request_is_a_fault(content: bytes) -> None:
    with pytest.raises(FaultAnswer):
        read_request(content, "http://c", "/")


def test_a_request_without_a_body_or_path_is_refused() -> None:
    with FakeCameraServer(FakeCamera(FakePlan(), SystemClock())) as server:
        for path, content, status in (("/onvif/x", b"", 413), ("/nothing", None, 404)):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(f"{server.address}{path}", content)  # noqa: S310
            assert caught.value.code == status
            caught.value.close()
        server.close()


def test_an_unknown_fault_cannot_be_switched_on() -> None:
    with pytest.raises(KeyError):
        FakePlan(quirks=frozenset({"nonsense"}))


def test_the_test_picture_moves_and_tells_the_time() -> None:
    clock = ManualClock()
    sight = TestPicture(clock)
    first = sight.picture()
    clock.advance(1)
    assert first.shape == (360, 640, 3)
    assert not np.array_equal(first, sight.picture())


def test_a_video_is_seen_in_a_loop(make_video: Any, read_number: Any) -> None:
    clock = ManualClock()
    sight = VideoLoop(make_video(frames=50, rate=25), clock, rate=5)
    seen = []
    for _ in range(12):
        seen.append(read_number(sight.picture()))
        clock.advance(0.2001)  # never short of a beat
    assert seen == [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 0, 5]


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("dear all")
    for use in (codec_of, lambda path: VideoLoop(path, ManualClock())):
        with pytest.raises(SourceUnreadable):
            use(letter)
    with pytest.raises(SourceUnavailable):
        codec_of(tmp_path / "missing.mp4")


def test_any_video_becomes_one_that_can_be_streamed(make_video: Any, tmp_path: Path) -> None:
    odd = make_video("odd.avi", codec="mjpeg", pix_fmt="yuvj420p", size=(320, 192))
    assert codec_of(odd) == "mjpeg"
    made = encoded_anew(odd, tmp_path / "made.mp4", 160)
    assert codec_of(made) == "h264"


@pytest.mark.parametrize(("codec", "part"), [("h264", "rtph264pay"), ("hevc", "rtph265pay")])
def test_each_codec_has_its_line(codec: str, part: str) -> None:
    assert "port=5000 buffer-size" in (line := launch_line(5000, codec))
    assert part in line
