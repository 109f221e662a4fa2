"""Cameras without RTSP, watched live: single pictures and streams of JPEGs over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litterwatch.camera_adapters.credentials import Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.reader_messages import Stream
from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.camera_adapters.ring_footage import RingFootage
from litterwatch.detector.types import Image
from litterwatch.service.clock import SystemClock

Watch = Callable[..., Any]
Serve = Callable[..., FakeCameraServer]
SIZE = (320, 192)


class Numbered:
    """A camera whose pictures say their number in ten upright bars."""

    def __init__(self) -> None:
        self.number, self.size = 0, SIZE

    def picture(self) -> Image:
        self.number += 1
        width, height = self.size
        picture = np.zeros((height, width, 3), np.uint8)
        for bit in range(10):
            left, right = bit * width // 10, (bit + 1) * width // 10
            picture[:, left:right] = 230 if self.number >> (9 - bit) & 1 else 25
        return picture


@pytest.fixture
def sight() -> Numbered:
    return Numbered()


@pytest.fixture
def serve(sight: Numbered) -> Iterator[Serve]:
    with ExitStack() as stack:

        def make(**options: Any) -> FakeCameraServer:
            camera = FakeCamera(FakePlan(), SystemClock(), sight)
            return stack.enter_context(FakeCameraServer(camera, mjpeg_rate=12, **options))

        yield make


def signed_in(watch: Watch, address: str, password: Secret = LOGIN.password) -> Any:
    return watch(address, username=LOGIN.user, password=password)


@pytest.mark.parametrize("asked", [("/snapshot/main", 6), ("/mjpeg", 18)])
def test_a_camera_without_video_is_watched_and_kept(
    serve: Serve,
    watch: Watch,
    read_number: Callable[[Any], int],
    tmp_path: Path,
    asked: tuple[str, int],
) -> None:
    path, seen = asked
    watcher = signed_in(watch, serve().address + path)
    watcher.until_frames(seen)
    report = watcher.reader.streams[Stream.MAIN]
    assert (report.codec, report.size) == ("mjpeg", SIZE)
    times = [frame.media_time for frame in watcher.frames]
    # By their arrival: two come at once where the machine is busy; none is lost or turned round.
    assert all(0 < after - before < 3 for before, after in pairwise(times))
    footage = RingFootage(tmp_path / "ring")
    clip = footage.cut(times[1], times[-2], tmp_path / "clip.mp4")
    assert (clip.gaps, clip.codec) == ((), "mjpeg")
    assert clip.t_start <= times[1]
    shown = RecordedSource(clip.path, camera_id="clip", rate=None).frames()
    kept = [(clip.t_start + frame.media_time, read_number(frame.image)) for frame in shown]
    for frame in watcher.frames[1:-1]:
        at, number = min(kept, key=lambda one: abs(one[0] - frame.media_time))
        assert abs(at - frame.media_time) < 0.002
        assert number == read_number(frame.image)
    assert read_number(footage.still(times[2])) == read_number(watcher.frames[2].image)


@pytest.mark.slow
def test_it_is_told_what_is_wrong_and_called_again(
    serve: Serve, watch: Watch, sight: Numbered
) -> None:
    server = serve()
    watcher = signed_in(watch, server.address + "/mjpeg")
    watcher.until_frames(4)
    # Another size of picture is another stream.
    sight.size = (640, 384)
    watcher.until(lambda: watcher.reader.streams[Stream.MAIN].size == (640, 384))
    watcher.until_frames(4)
    server.__exit__(None, None, None)
    watcher.until(watcher.is_waiting_for("SourceUnavailable"))
    serve(port=server.port)
    watcher.until_frames(4)
    assert watcher.happened == []


def test_a_wrong_password_and_a_wrong_address_are_told_apart(serve: Serve, watch: Watch) -> None:
    server = serve()
    refused = signed_in(watch, server.address + "/snapshot/main", Secret("wrong-0815"))
    refused.until(refused.is_waiting_for("SourceAuthFailed"))
    assert refused.reader.streams[Stream.MAIN].retry_in > 250
    refused.reader.close()
    lost = signed_in(watch, server.address + "/nowhere.jpg")
    lost.until(lost.is_waiting_for("SourceUnavailable"))
    assert "has no such picture" in lost.reader.streams[Stream.MAIN].text
