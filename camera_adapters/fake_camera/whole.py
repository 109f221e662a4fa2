"""A fake camera with everything around it: SOAP, pictures, video, discovery."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from litterwatch.camera_adapters.fake_camera.camera import FakeCamera
from litterwatch.camera_adapters.fake_camera.certificate import own_certificate
from litterwatch.camera_adapters.fake_camera.device import scope_list
from litterwatch.camera_adapters.fake_camera.discovery import (
    PORT,
    DiscoveryAnswerer,
    service_towards,
)
from litterwatch.camera_adapters.fake_camera.footage import STREAMED, codec_of, encoded_anew
from litterwatch.camera_adapters.fake_camera.pictures import VideoLoop
from litterwatch.camera_adapters.fake_camera.plan import FakePlan, FakeStream
from litterwatch.camera_adapters.fake_camera.replay import Reel, ReplayServer
from litterwatch.camera_adapters.fake_camera.rtsp import RtspServer
from litterwatch.camera_adapters.fake_camera.server import FakeCameraServer
from litterwatch.camera_adapters.video_info import probe
from litterwatch.detector.protocols import Clock

_CODECS: Final = {"h264": "H264", "hevc": "H265"}
SUB_SIDE: Final = 640
"""Long side of the sub-stream, px."""
SUB_GOP: Final = 30


@dataclass(frozen=True, slots=True)
class FakeHouse:
    """Where a fake camera listens.

    Attributes:
        host: to listen at.
        http_port, rtsp_port: 0 takes a free one.
        discovery_port: 0 takes a free one, None answers no probes.
        join: whether whole networks may find it, by multicast.
        encrypts: its video, by a certificate of its own.
    """

    host: str = "127.0.0.1"
    http_port: int = 0
    rtsp_port: int = 0
    discovery_port: int | None = PORT
    join: bool = True
    encrypts: bool = False


@dataclass(frozen=True, slots=True)
class RunningCamera:
    """A fake camera that is being served.

    Attributes:
        camera: its inside.
        onvif_address: of its device service.
        rtsp: None where it has no video.
        discovery_port: None where it answers no probes.
        fingerprint: SHA-256 of its certificate; empty where it does not encrypt.
    """

    camera: FakeCamera
    onvif_address: str
    rtsp: RtspServer | None
    discovery_port: int | None
    fingerprint: str = ""


@contextmanager
def running_camera(
    plan: FakePlan, clock: Clock, house: FakeHouse, video: Path | None = None
) -> Iterator[RunningCamera]:
    """Serve a fake camera.

    Args:
        plan: what it is; with a video its streams are those of the video.
        clock: the host's.
        house: where it listens.
        video: what it sees; without one a test picture, and no RTSP.

    Raises:
        ConfigError: a port cannot be had, or GStreamer is not there.
        SourceError: the video is none.
    """
    with ExitStack() as stack:
        rtsp, own = None, None
        if video is not None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            files = _files(video, folder)
            if house.encrypts:
                own = own_certificate(folder, clock)
            rtsp = stack.enter_context(
                RtspServer(
                    files,
                    plan.credentials,
                    clock,
                    host=house.host,
                    port=house.rtsp_port,
                    certificate=own.file if own else None,
                )
            )
            streams = tuple(_stream(path, file, rtsp) for path, file in files.items())
            plan = replace(plan, streams=streams, replay_port=_replaying(stack, plan, files, clock))
        sight = None if video is None else VideoLoop(video, clock)
        camera = FakeCamera(plan, clock, sight)
        server = stack.enter_context(
            FakeCameraServer(camera, host=house.host, port=house.http_port)
        )
        port = None
        if house.discovery_port is not None:
            port = _answering(stack, plan, house, server)
        address = f"{server.address}/onvif/device_service"
        yield RunningCamera(camera, address, rtsp, port, own.fingerprint if own else "")


def _replaying(stack: ExitStack, plan: FakePlan, files: dict[str, Path], clock: Clock) -> int:
    """Play the sub-stream, which is H.264 whatever the video is, as each of the recordings."""
    reels = {f"/replay/{one.token}": Reel(files["/sub"], one.begins) for one in plan.recordings}
    return stack.enter_context(ReplayServer(reels, plan, clock)).port


def _answering(stack: ExitStack, plan: FakePlan, house: FakeHouse, server: FakeCameraServer) -> int:
    assert house.discovery_port is not None
    answerer = DiscoveryAnswerer(
        lambda peer: service_towards(peer, house.host, server.port),
        scope_list(plan),
        port=house.discovery_port,
        join=house.join,
    )
    stack.callback(answerer.close)
    return answerer.port


def _files(video: Path, folder: Path) -> dict[str, Path]:
    main = video
    if codec_of(video) not in STREAMED:
        main = encoded_anew(video, folder / "main.mp4", 1920, gop=SUB_GOP)
    return {"/main": main, "/sub": encoded_anew(main, folder / "sub.mp4", SUB_SIDE, gop=SUB_GOP)}


def _stream(path: str, file: Path, rtsp: RtspServer) -> FakeStream:
    info = probe(file)
    token = path.strip("/")
    return FakeStream(
        token,
        f"{token}Stream",
        (info.width, info.height),
        rate=round(info.fps),
        gop=SUB_GOP,
        codec=_CODECS[info.codec],
        address=rtsp.address(path),
    )
