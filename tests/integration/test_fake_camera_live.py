"""The way of an operator: find a camera, note it, probe it, with real RTSP and real commands."""

import io
import json
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.rtsp import PYTHON, RtspServer
from litterwatch.camera_adapters.fake_camera.whole import FakeHouse, RunningCamera, running_camera
from litterwatch.camera_adapters.stream_probe import probe_stream
from litterwatch.detector.errors import (
    ConfigError,
    SourceAuthFailed,
    SourceStalled,
    SourceUnavailable,
    SourceUnsupported,
)
from litterwatch.service.cameras.fake import FakeWish, serve_fake_camera
from litterwatch.service.cameras.probing import CameraAddresses, probe_camera
from litterwatch.service.cli import main
from litterwatch.service.clock import SystemClock

HAS_GSTREAMER = (
    PYTHON.is_file()
    and subprocess.run(
        [str(PYTHON), "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"],
        capture_output=True,
        check=False,
    ).returncode
    == 0
)
pytestmark = pytest.mark.skipif(
    not HAS_GSTREAMER, reason="real RTSP needs gir1.2-gst-rtsp-server-1.0 and python3-gi"
)
AWKWARD = Credentials("admin", Secret('p@ss:w/o?r#d&%20"'))


def film(path: Path, codec: str = "libx264") -> Path:
    """Two seconds that are played again and again: 25 frames/s, a key frame each second."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=25))
        stream.width, stream.height, stream.pix_fmt = 960, 540, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = 25, 0
        own = {"sc_threshold": "0"}
        if codec == "libx265":
            own = {"x265-params": "keyint=25:min-keyint=25:scenecut=0:log-level=none"}
        stream.codec_context.options = {"preset": "ultrafast", **own}
        for number in range(50):
            picture = np.full((540, 960, 3), 4 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCamera]:
    video = film(tmp_path_factory.mktemp("film") / "film.mp4")
    house = FakeHouse(discovery_port=0, join=False)
    with running_camera(FakePlan(credentials=AWKWARD), SystemClock(), house, video) as camera:
        yield camera


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    return int(str(ended.value.code or 0)), captured.out, captured.err


def test_an_operator_finds_notes_and_probes_a_camera(
    running: RunningCamera,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    out = ("--out", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(AWKWARD.password.reveal() + "\n"))
    port = str(running.discovery_port)
    code, found, _ = run(capsys, "cameras", "discover", "--host", "127.0.0.1", "--port", port)
    assert code == 0
    address = found.split()[0]
    assert address == running.onvif_address
    assert run(capsys, "cameras", "add", "gate", address, "--user", "admin", *out)[0] == 0
    picture = tmp_path / "gate.jpg"
    began = time.monotonic()
    code, text, err = run(
        capsys, "cameras", "probe", "gate", "--json", "--picture", str(picture), *out
    )
    assert code == 0, text + err
    assert time.monotonic() - began < 60
    report = json.loads(text)
    main_stream, sub_stream = report["main"], report["sub"]
    assert (main_stream["codec"], main_stream["width"], main_stream["height"]) == ("h264", 960, 540)
    assert main_stream["fps"] == pytest.approx(25, rel=0.05)
    assert main_stream["gop"] == 25
    assert (sub_stream["width"], sub_stream["fps"]) == (640, pytest.approx(15, rel=0.05))
    assert abs(report["clock_error"]) < 2
    assert report["findings"] == []
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape == (540, 960, 3)
    code, text, _ = run(capsys, "cameras", "list", *out)
    assert text.startswith("gate  usable")
    code, text, _ = run(capsys, "cameras", "test", "gate", *out)
    assert code == 0
    assert "can be watched" in text
    everything = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
    assert AWKWARD.password.reveal().encode() not in everything


@pytest.mark.slow
def test_an_encrypted_camera_is_known_by_what_the_first_probe_saw(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = ("--out", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(LOGIN.password.reveal() + "\n"))
    video, house = film(tmp_path / "film.mp4"), FakeHouse(discovery_port=None, encrypts=True)
    with running_camera(FakePlan(), SystemClock(), house, video) as camera:
        add = ("cameras", "add", "gate", camera.onvif_address, "--user", "admin")
        assert run(capsys, *add, *out)[0] == 0
        code, text, err = run(capsys, "cameras", "probe", "gate", "--json", *out)
        assert code == 0, text + err
        report = json.loads(text)
        assert report["certificate"] == f"sha256:{camera.fingerprint}"
        assert report["main"]["address"].startswith("rtsps://")
        assert report["sub"]["codec"] == "h264"
        assert "certificate-agreed" in {one["code"] for one in report["findings"]}
        code, text, _ = run(capsys, "cameras", "test", "gate", *out)
        assert code == 0, text
        assert "believed from now on" not in text, "it was agreed on before"
        assert camera.rtsp is not None
        port = camera.rtsp.port
    # At the same place stands another one, with a certificate of its own.
    with running_camera(FakePlan(), SystemClock(), replace(house, rtsp_port=port), video) as other:
        code, text, _ = run(capsys, "cameras", "test", "gate", *out)
    assert code == 3
    assert "shows another certificate than the one that was agreed" in text
    assert f"sha256:{other.fingerprint} instead of sha256:{camera.fingerprint}" in text


def test_h265_is_seen_through_media2_and_measured(tmp_path: Path) -> None:
    house = FakeHouse(discovery_port=None)
    video = film(tmp_path / "film.mp4", "libx265")
    with running_camera(FakePlan(), SystemClock(), house, video) as camera:
        done = probe_camera(CameraAddresses(camera.onvif_address), LOGIN, SystemClock())
    assert done.report.main is not None
    assert done.report.main.codec == "hevc"
    assert done.report.main.gop == 25
    assert done.report.main.fps == pytest.approx(25, rel=0.1)
    assert done.report.sub is not None
    assert done.report.sub.codec == "h264"


def test_a_wrong_password_for_video_is_told_and_not_repeated(running: RunningCamera) -> None:
    assert running.rtsp is not None
    wrong = Credentials("admin", Secret("Tr0ub4dor&3"))
    with pytest.raises(SourceAuthFailed, match="refused the name or password") as caught:
        probe_stream(running.rtsp.address("/main"), wrong, SystemClock(), 30)
    assert caught.value.__cause__ is None
    assert "Tr0ub4dor" not in repr(caught.value)
    shown = "".join(traceback.format_exception(caught.value))
    assert "Tr0ub4dor" not in shown, "the library's own error holds the address with the login"


def test_a_stream_that_is_not_there_is_unsupported(running: RunningCamera) -> None:
    assert running.rtsp is not None
    with pytest.raises(SourceUnsupported, match="no such stream"):
        probe_stream(running.rtsp.address("/nothing"), AWKWARD, SystemClock(), 30)


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        with pytest.raises((SourceStalled, SourceUnavailable)):
            probe_stream(f"rtsp://127.0.0.1:{port}/x", None, SystemClock(), 1.0)
    assert time.monotonic() - began < 20


def test_the_command_serves_until_it_is_stopped(tmp_path: Path) -> None:
    wish = FakeWish(
        video=film(tmp_path / "film.mp4"),
        host="127.0.0.1",
        port=0,
        rtsp_port=0,
        discovery_port=0,
        user="admin",
        clock_error=0,
        motion_every=0.05,
        quirks=(),
    )
    stopping, lines = threading.Event(), []

    def tell(line: str) -> None:
        lines.append(line)
        if "Ctrl-C" in line:
            threading.Timer(0.3, stopping.set).start()

    serve_fake_camera(wish, tell, stopping)
    assert [line.split()[0] for line in lines[:3]] == ["ONVIF", "video", "video"]
    assert LOGIN.password.reveal() in lines[-1]


def test_a_port_for_video_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="cannot be served"):
            RtspServer({"/x": film(tmp_path / "f.mp4")}, LOGIN, SystemClock(), port=port)
