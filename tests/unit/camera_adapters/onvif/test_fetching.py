"""Recordings are fetched out of a camera: the right stretch, its own packets, the true hour."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan, FakeRecording
from litterwatch.camera_adapters.fake_camera.replay import Reel, ReplayServer
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.fetching import fetch_recording
from litterwatch.camera_adapters.onvif.recordings import find_recordings
from litterwatch.camera_adapters.onvif.replay import hour_of
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.rtsp_messages import authorization
from litterwatch.detector.errors import SourceAuthFailed, SourceUnavailable
from litterwatch.service.cli import main
from litterwatch.service.clock import SystemClock

BEGINS = datetime(2026, 11, 21, 6, tzinfo=UTC)
CARD = FakeRecording("rec:1", BEGINS, BEGINS + timedelta(seconds=20))
Served = tuple[OnvifCamera, ReplayServer, str]


@pytest.fixture
def serve(make_video: Any) -> Iterator[Callable[..., Served]]:
    """A camera whose card holds 20 s of numbered pictures, 25 a second, a key frame each second."""
    video = make_video("card.mp4", frames=500, gop=25, size=(320, 192))
    with ExitStack() as stack:

        def make(login: Credentials = LOGIN, **plan: Any) -> Served:
            clock = SystemClock()
            fake = FakePlan(recordings=(CARD,), **plan)
            reels = {"/replay/rec:1": Reel(video, BEGINS)}
            replay = stack.enter_context(ReplayServer(reels, fake, clock))
            fake = replace(fake, replay_port=replay.port)
            server = stack.enter_context(FakeCameraServer(FakeCamera(fake, clock)))
            camera = OnvifCamera(server.address, login, clock)
            stack.callback(camera.close)
            return camera, replay, server.address

        yield make


def numbers(path: Path, read_number: Callable[[Any], int]) -> list[int]:
    source = RecordedSource(path, camera_id="card", rate=None)
    return [read_number(frame.image) for frame in source.frames()]


def test_a_stretch_is_fetched_with_its_own_packets_and_the_true_hour(
    serve: Callable[..., Served], tmp_path: Path, read_number: Callable[[Any], int]
) -> None:
    camera, replay, _ = serve()
    camera.connect()
    (recording,) = find_recordings(camera)
    stretch = BEGINS + timedelta(seconds=5.5), BEGINS + timedelta(seconds=12)
    done = fetch_recording(camera, recording, stretch, tmp_path / "out.mp4", LOGIN)
    assert (done.codec, done.gaps, done.missing, done.is_hour_told) == ("h264", (), None, True)
    # It begins at the key frame before, and the hour is that of its first picture.
    assert abs(done.camera_begins - (BEGINS + timedelta(seconds=5))) < timedelta(milliseconds=1)
    kept = numbers(done.path, read_number)
    assert kept == list(range(125, 125 + len(kept)))
    assert done.seconds == pytest.approx(7.04, abs=0.05)
    assert len(kept) == pytest.approx(176, abs=1)
    assert replay.asked == ["clock=20261121T060005.500Z-20261121T060012.000Z"]


def test_the_camera_is_asked_by_its_own_clock(serve: Callable[..., Served], tmp_path: Path) -> None:
    camera, _, _ = serve(clock_error=timedelta(hours=1))
    camera.connect()
    (recording,) = find_recordings(camera)
    ours = BEGINS - timedelta(hours=1)
    stretch = ours + timedelta(seconds=5), ours + timedelta(seconds=8)
    done = fetch_recording(camera, recording, stretch, tmp_path / "out.mp4", LOGIN)
    assert abs(done.begins - stretch[0]) < timedelta(seconds=1.5)
    assert abs(done.camera_begins - done.begins - timedelta(hours=1)) < timedelta(seconds=0.6)


def test_what_the_card_does_not_hold_is_not_asked_for(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    camera, replay, _ = serve()
    camera.connect()
    (recording,) = find_recordings(camera)
    stretch = BEGINS - timedelta(hours=1), BEGINS + timedelta(seconds=3)
    done = fetch_recording(camera, recording, stretch, tmp_path / "out.mp4", LOGIN)
    assert done.seconds == pytest.approx(3.04, abs=0.05)
    assert replay.asked[0].startswith("clock=20261121T060000.000Z-")


def test_a_wrong_password_is_told_once_and_leaves_no_file(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    camera, replay, _ = serve()
    camera.connect()
    (recording,) = find_recordings(camera)
    wrong = Credentials("admin", Secret("Tr0ub4dor"))
    stretch = BEGINS, BEGINS + timedelta(seconds=3)
    with pytest.raises(SourceAuthFailed, match="for its recordings") as caught:
        fetch_recording(camera, recording, stretch, tmp_path / "out.mp4", wrong)
    assert "Tr0ub4dor" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert list(tmp_path.glob("out*")) == []
    assert replay._gate.refused == 1


def test_a_camera_whose_video_port_is_closed_is_told(
    serve: Callable[..., Served], tmp_path: Path
) -> None:
    camera, replay, _ = serve()
    camera.connect()
    (recording,) = find_recordings(camera)
    replay.__exit__(None, None, None)
    stretch = BEGINS, BEGINS + timedelta(seconds=3)
    with pytest.raises(SourceUnavailable, match="listen for video at port"):
        fetch_recording(camera, recording, stretch, tmp_path / "out.mp4", LOGIN)


def test_the_command_lists_and_fetches(
    serve: Callable[..., Served],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, _, address = serve()
    monkeypatch.setenv("LITTERWATCH_DATA_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("LITTERWATCH_CAMERA_PASSWORD", LOGIN.password.reveal())

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(["cameras", *arguments])
        captured = capsys.readouterr()
        return int(str(ended.value.code or 0)), captured.out + captured.err

    assert run("add", "gate", address, "--user", "admin")[0] == 0
    code, text = run("recordings", "gate")
    assert (code, text) == (0, "rec:1  2026-11-21T13:00:00 to 2026-11-21T13:00:20  source\n")
    stretch = ("--from", "2026-11-21T13:00:05", "--to", "2026-11-21T06:00:08+00:00")
    code, text = run("recordings", "gate", *stretch, "--into", str(tmp_path / "got"), "--json")
    assert code == 0, text
    (file,) = json.JSONDecoder().raw_decode(text)[0]["files"]
    assert Path(file["path"]).is_file()
    assert Path(file["path"]).name == "gate-20261121T060005Z-rec_1.mp4"
    assert file["begins"].startswith("2026-11-21T06:00:0")
    for wrong, words in (
        (("--into", str(tmp_path)), "--from and --to"),
        (("--from", "yesterday"), "--from yesterday"),
        (("--from", "2026-11-22", "--to", "2026-11-21"), "after --from"),
    ):
        code, text = run("recordings", "gate", *wrong)
        assert code == 2
        assert words in text
    later = ("--from", "2026-12-01", "--to", "2026-12-02", "--into", str(tmp_path / "got"))
    code, text = run("recordings", "gate", *later)
    assert code == 3
    assert "no recording of that time" in text


def test_packets_without_an_hour_have_none() -> None:
    assert hour_of(b"") is None
    assert hour_of(b"\x80" + bytes(11)) is None
    assert hour_of(b"\x90" + bytes(11)) is None
    assert hour_of(b"\x90" + bytes(11) + b"\x00\x01\x00\x03" + bytes(12)) is None
    told = hour_of(b"\x90" + bytes(11) + b"\xab\xac\x00\x03" + b"\x83\xaa\x7e\x80" + bytes(8))
    assert told == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_login_is_written_as_the_standard_has_it() -> None:
    # The example of RFC 2617, 3.5, without its qop: the older form is RFC 2069's.
    login = Credentials("Mufasa", Secret("Circle Of Life"))
    asked = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    line = authorization(asked, login, "GET", "/dir/index.html")
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in line
    assert authorization("Basic realm=x", login, "GET", "/") == (
        "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl"
    )
