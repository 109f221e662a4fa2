"""A video made fit for a fake camera, and sent round and round in real time."""

import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import source_error
from litterwatch.detector.errors import SourceUnreadable
from litterwatch.detector.protocols import Clock

STREAMED: Final = ("h264", "hevc")
"""Codecs that are sent as they are."""
LONGEST: Final = 120.0
"""So much of a video is encoded anew where that must be, s."""
_RATE: Final = Fraction(15)
_DATAGRAM: Final = 1316
"""Seven packets of a transport stream, bytes."""


def codec_of(path: Path) -> str:
    """FFmpeg's name of a video's codec.

    Raises:
        SourceError: it is no video.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise SourceUnreadable(f"{path} cannot be read: it holds no video.")
            return container.streams.video[0].codec_context.name
    except (OSError, av.error.FFmpegError) as error:
        raise source_error(error, path) from error


def encoded_anew(path: Path, into: Path, long_side: int, gop: int = 30) -> Path:
    """The beginning of a video as H.264, 15 frames/s.

    Args:
        path: any video.
        into: file to write, MP4.
        long_side: at most, px.
        gop: frames from key frame to key frame.

    Raises:
        SourceError: it is no video.
    """
    try:
        with av.open(str(path)) as container, av.open(str(into), "w") as out:
            _encode(container, out, long_side, gop)
    except (OSError, av.error.FFmpegError) as error:
        raise source_error(error, path) from error
    return into


def _encode(container: InputContainer, out: OutputContainer, long_side: int, gop: int) -> None:
    stream: VideoStream | None = None
    number = 0
    for frame in container.decode(video=0):
        time = float(frame.time)
        if time > LONGEST:
            break
        if time * _RATE + 0.01 < number:
            continue
        if stream is None:
            scale = min(1.0, long_side / max(frame.width, frame.height))
            stream = out.add_stream("libx264", rate=_RATE)
            stream.width, stream.height = (
                round(side * scale / 2) * 2 for side in (frame.width, frame.height)
            )
            stream.pix_fmt = "yuv420p"
            stream.codec_context.gop_size = gop
            stream.codec_context.max_b_frames = 0
            stream.codec_context.options = {"preset": "ultrafast"}
        picture = frame.reformat(stream.width, stream.height, "yuv420p")
        picture.pts, picture.time_base = number, 1 / _RATE
        out.mux(stream.encode(picture))
        number += 1
    if stream is not None:
        out.mux(stream.encode(None))


class LiveFeed:
    """Sends a video as a transport stream by UDP, in real time, again and again.

    Args:
        path: H.264 or H.265.
        port: of the loopback interface.
        clock: the host's.
    """

    def __init__(self, path: Path, port: int, clock: Clock) -> None:
        self._path = path
        self._port = port
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed {port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send no more; may be called twice."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        address = f"udp://127.0.0.1:{self._port}?pkt_size={_DATAGRAM}"
        with av.open(address, "w", format="mpegts") as out, av.open(str(self._path)) as container:
            stream = out.add_stream_from_template(container.streams.video[0])
            started, passed = self._clock.monotonic(), 0.0
            while not self._stopping.is_set():
                container.seek(0)
                for packet, at in self._packets(container, passed):
                    self._stopping.wait(max(0.0, started + at - self._clock.monotonic()))
                    if self._stopping.is_set():
                        return
                    packet.stream = stream
                    out.mux(packet)
                    passed = at
                passed += 1 / float(container.streams.video[0].average_rate or 25)

    def _packets(
        self, container: InputContainer, passed: float
    ) -> "Iterator[tuple[Packet[VideoStream], float]]":
        """Once through the file: packets with times that go on, and when to send each, s."""
        video = container.streams.video[0]
        base = video.time_base
        assert base is not None
        first: int | None = None
        for packet in container.demux(video):
            if packet.dts is None or packet.pts is None:
                continue
            first = packet.dts if first is None else first
            shift = round(passed / base) - first
            packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
            yield packet, float(packet.dts * base)


def free_udp_port() -> int:
    """A port of the loopback interface that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_tcp_port() -> int:
    """As `free_udp_port`."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
