"""Real RTSP cameras for tests: GStreamer's server, fed with numbered pictures as time goes by."""

import contextlib
import random
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Any, cast

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.fake_camera.lossy_road import LossyRoad, Weather
from litterwatch.camera_adapters.reader import ReaderPlan
from litterwatch.camera_adapters.reader_messages import Stream, StreamState
from litterwatch.camera_adapters.reader_process import CameraReader
from litterwatch.camera_adapters.rtsp import Patience
from litterwatch.detector.types import Frame
from litterwatch.service.clock import SystemClock

Picture = NDArray[np.uint8]
Draw = Callable[[int, int, int], Picture]

SERVER = Path(__file__).with_name("rtsp_server.py")
PYTHON = "/usr/bin/python3"
FPS, GOP = 25, 25
NEEDS = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
_ENCODERS = {"h264": "libx264", "h265": "libx265", "vp8": "libvpx"}
_RAW = {
    "h264": {"x264-params": "repeat-headers=1:annexb=1:log-level=none"},
    "h265": {"x265-params": "repeat-headers=1:annexb=1:log-level=none"},
    "vp8": {},
}


@cache
def why_not() -> str | None:
    """Why there can be no RTSP server here, None when there can."""
    probe = "import gi; gi.require_version('GstRtspServer', '1.0')"
    try:
        done = subprocess.run([PYTHON, "-c", probe], check=False, capture_output=True)
    except OSError:
        return f"{PYTHON} is missing"
    return None if done.returncode == 0 else f"apt-get install {NEEDS}"


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def bars(number: int, width: int, height: int) -> Picture:
    """A picture that says its number in ten upright bars, over a gradient that moves."""
    picture = np.zeros((height, width, 3), np.uint8)
    for bit in range(10):
        left, right = bit * width // 10, (bit + 1) * width // 10
        picture[:, left:right] = 230 if number >> (9 - bit) & 1 else 25
    ramp = (np.arange(width) * 3 + number * 7) % 200
    picture[height * 3 // 4 :] = ramp[None, :, None]
    return picture


@dataclass
class Encoder:
    """Encodes one stream, access unit by access unit."""

    codec: str = "h264"
    size: tuple[int, int] = (160, 96)
    draw: Draw = bars
    gop: int = GOP
    slices: int = 1

    def __post_init__(self) -> None:
        context = cast(VideoCodecContext, av.CodecContext.create(_ENCODERS[self.codec], "w"))
        context.width, context.height = self.size
        context.pix_fmt, context.time_base = "yuv420p", Fraction(1, FPS)
        context.framerate = Fraction(FPS)
        context.gop_size, context.max_b_frames, context.thread_count = self.gop, 0, 1
        options = {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"}
        for name, value in _RAW[self.codec].items():
            options[name] = f"{value}:slices={self.slices}"
        # What another codec's encoder does not know it would refuse.
        context.options = options if _RAW[self.codec] else {"deadline": "realtime"}
        self._context = context

    def unit(self, number: int, *, index: int) -> bytes:
        picture = self.draw(number % 1024, *self.size)
        frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        return b"".join(bytes(packet) for packet in self._context.encode(frame))


@dataclass
class RtspCamera:
    """A camera that can be switched off, frozen and changed while somebody watches.

    Attributes:
        encoders: by name of the stream.
        user, password: demanded by digest authentication; None lets everybody in.
        tls: file with certificate and key: everything is encrypted; needs `user`.
        only: "tcp" or "udp", the other transport is refused; None offers both.
        number: of the next picture; goes on while the camera is off, as time does.
        is_frozen: sends nothing while connections stay open.
    """

    encoders: dict[str, Encoder]
    port: int
    user: str | None = None
    password: str = ""
    tls: Path | None = None
    only: str | None = None
    number: int = 0
    is_frozen: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def address(self, name: str = "main") -> str:
        scheme = "rtsp" if self.tls is None else "rtsps"
        return f"{scheme}://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Switch on; clients may connect when this returns."""
        mounts = [f"{name}={encoder.codec}" for name, encoder in self.encoders.items()]
        command = [PYTHON, str(SERVER), str(self.port), *mounts]
        if self.user is not None:
            command += ["--user", self.user]
        if self.tls is not None:
            command += ["--tls", str(self.tls)]
        if self.only is not None:
            command += ["--only", self.only]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self.user is not None:
            self._process.stdin.write(self.password.encode() + b"\n")
            self._process.stdin.flush()
        assert self._process.stdout.readline() == b"ready\n"
        self._stopped = threading.Event()
        arguments = (self._process.stdin, self._stopped)
        self._thread = threading.Thread(target=self._feed, args=arguments, daemon=True)
        self._thread.start()

    @property
    def is_on(self) -> bool:
        return self._process is not None

    def kill(self) -> None:
        """Pull the plug; may be called twice."""
        if self._process is not None:
            self._stopped.set()
            self._process.kill()
            self._process.wait()
            assert self._thread is not None
            self._thread.join()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
            self._process = None

    def hang(self, *, hangs: bool) -> None:
        """Connections stay open, new ones too, and nobody answers them."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if hangs else signal.SIGCONT)

    def _feed(self, pipe: IO[bytes], stopped: threading.Event) -> None:
        """Send a picture every 40 ms; who is behind catches up."""
        began, index = time.monotonic(), 0
        while not stopped.wait(max(0.0, began + index / FPS - time.monotonic())):
            for place, encoder in enumerate(self.encoders.values()):
                unit = encoder.unit(self.number, index=index)
                if self.is_frozen or not unit:
                    continue
                try:
                    pipe.write(struct.pack(">BI", place, len(unit)) + unit)
                    pipe.flush()
                except (BrokenPipeError, ValueError):
                    return
            self.number, index = self.number + 1, index + 1


MakeCamera = Callable[..., RtspCamera]


@pytest.fixture
def make_camera() -> Iterator[MakeCamera]:
    """Makes cameras, not yet switched on; all are off at the end."""
    missing = why_not()
    if missing is not None:
        pytest.skip(f"NO LIVE CAMERA WAS TESTED, there is no RTSP server: {missing}")
    made: list[RtspCamera] = []

    def make(encoders: dict[str, Encoder] | None = None, **options: Any) -> RtspCamera:
        camera = RtspCamera(encoders or {"main": Encoder()}, free_port(), **options)
        made.append(camera)
        return camera

    yield make
    for camera in made:
        camera.kill()


@pytest.fixture
def encoder() -> type[Encoder]:
    """What a camera sends, by name of the stream."""
    return Encoder


class Watcher:
    """A reader with its loop, as a group of cameras runs it."""

    def __init__(self, plan: ReaderPlan) -> None:
        self.clock = SystemClock()
        self.reader = CameraReader(plan, self.clock, random.Random(7))  # noqa: S311
        self.frames: list[Frame] = []
        self.happened: list[str] = []

    def until(self, is_done: Callable[[], bool], seconds: float = 90.0) -> float:
        """Run until that is so; how long it took, s."""
        began = self.clock.monotonic()
        while not is_done():
            assert self.clock.monotonic() - began < seconds, (self.reader.streams, self.happened)
            if self.reader.pipe is not None:
                wait([self.reader.pipe], 0.1)
            else:
                self.clock.sleep(0.05)
            self.frames += self.reader.receive()
            what = self.reader.watch()
            if what:
                self.happened.append(what)
        return self.clock.monotonic() - began

    def until_frames(self, more: int, seconds: float = 90.0) -> float:
        wanted = len(self.frames) + more
        return self.until(lambda: len(self.frames) >= wanted, seconds)

    def is_waiting_for(self, error: str) -> Callable[[], bool]:
        def is_so() -> bool:
            report = self.reader.streams.get(Stream.MAIN)
            return report is not None and (report.state, report.error) == (
                StreamState.WAITING,
                error,
            )

        return is_so


Watch = Callable[..., Watcher]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made: list[Watcher] = []

    def start(
        address: str, *, patience: Patience | None = None, masks: Any = (), **options: Any
    ) -> Watcher:
        connection = CameraConnection("gate", address, **options)
        plan = ReaderPlan(
            connection, tmp_path / "ring", patience=patience or Patience(), masks=masks
        )
        made.append(Watcher(plan))
        made[-1].reader.start()
        return made[-1]

    yield start
    for watcher in made:
        watcher.reader.close()


@pytest.fixture
def lossy_road() -> Callable[..., LossyRoad]:
    """Makes a road to a camera: its port, how bad it is, and a seed."""
    return lambda port, seed=1, **weather: LossyRoad(port, Weather(**weather), seed)
