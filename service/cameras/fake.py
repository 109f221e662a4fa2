"""Running a fake camera from the command line."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.events import motion
from litterwatch.camera_adapters.fake_camera.plan import LOGIN, FakePlan
from litterwatch.camera_adapters.fake_camera.whole import FakeHouse, RunningCamera, running_camera
from litterwatch.camera_adapters.quirks import NAMES
from litterwatch.detector.errors import ConfigError
from litterwatch.service.clock import SystemClock

PASSWORD_VARIABLE: Final = "LITTERWATCH_FAKE_CAMERA_PASSWORD"  # noqa: S105 - its name


@dataclass(frozen=True, slots=True)
class FakeWish:
    """What the command line asks for; see `litterwatch fake-camera --help`."""

    video: Path | None
    host: str
    port: int
    rtsp_port: int
    discovery_port: int
    user: str
    clock_error: float
    motion_every: float
    quirks: tuple[str, ...]
    encrypts: bool = False


def serve_fake_camera(
    wish: FakeWish, tell: Callable[[str], None], stopping: threading.Event | None = None
) -> None:
    """Serve until `stopping` is set or Ctrl-C.

    Raises:
        ConfigError: a fault nobody knows, a port that cannot be had, no GStreamer.
        SourceError: the video is none.
    """
    stopping = stopping or threading.Event()
    unknown = sorted(set(wish.quirks) - set(NAMES))
    if unknown:
        raise ConfigError(f"There is no fault {unknown[0]}: see --list-quirks for those there are.")
    password = os.environ.get(PASSWORD_VARIABLE)
    plan = FakePlan(
        credentials=Credentials(wish.user, Secret(password) if password else LOGIN.password),
        clock_error=timedelta(seconds=wish.clock_error),
        quirks=frozenset(wish.quirks),
    )
    house = FakeHouse(
        wish.host,
        wish.port,
        wish.rtsp_port,
        wish.discovery_port,
        join=wish.discovery_port != 0,
        encrypts=wish.encrypts,
    )
    with running_camera(plan, SystemClock(), house, wish.video) as running:
        for line in _told(running, wish):
            tell(line)
        _live(running.camera, wish.motion_every, stopping)


def _told(running: RunningCamera, wish: FakeWish) -> list[str]:
    lines = [f"ONVIF {running.onvif_address}"]
    lines += [f"video {stream.address}" for stream in running.camera.plan.streams if stream.address]
    if running.fingerprint:
        lines.append(f"certificate sha256:{running.fingerprint}")
    base = running.onvif_address.partition("/onvif/")[0]
    lines += [f"picture {base}/snapshot/main", f"pictures {base}/mjpeg"]
    lines.append(f"discovery at UDP port {running.discovery_port}")
    how = "password as you set it" if PASSWORD_VARIABLE in os.environ else "password Pass-12345"
    lines.append(f"name {wish.user}, {how}; Ctrl-C ends it")
    return lines


def _live(camera: FakeCamera, motion_every: float, stopping: threading.Event) -> None:
    """Report motion on and off, each for half of the time."""
    is_on = False
    while not stopping.wait(motion_every / 2 or None):
        is_on = not is_on
        camera.events.emit(motion(is_on=is_on))
