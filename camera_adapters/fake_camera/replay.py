"""An RTSP server that plays recordings as ONVIF replay: a stretch of hours, as fast as it goes."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from litterwatch.camera_adapters.fake_camera.gate import Gate
from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.rtsp_messages import END, header, messages
from litterwatch.detector.protocols import Clock

_HERE: Final = "127.0.0.1"
_LARGEST: Final = 1400  # bytes of a picture in one packet
_NTP_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
_RANGE: Final = re.compile(r"clock=(\d{8}T\d{6}(?:\.\d+)?)Z?-(\d{8}T\d{6}(?:\.\d+)?)?Z?")
_SSRC: Final = 0x1234ABCD
_START: Final = b"\0\0\1"
_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Reel:
    """A video that stands for a recording: again and again, its first picture at `begins`."""

    video: Path
    begins: datetime


class ReplayServer:
    """Plays reels of H.264 by path; a context manager.

    Args:
        reels: by path, such as `/replay/rec-1`.
        plan: login, quirks.
        clock: the host's.

    Attributes:
        port: where it listens.
        asked: ranges that were asked for, as they were written.
    """

    def __init__(self, reels: Mapping[str, Reel], plan: FakePlan, clock: Clock) -> None:
        self._reels = reels
        self._gate = Gate(plan, clock)
        self._listener = socket.create_server((_HERE, 0))
        self.port = int(self._listener.getsockname()[1])
        self.asked: list[str] = []
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._welcome, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _welcome(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for message in messages(client):
                if message.startswith(b"$"):
                    continue
                method, uri = message.decode("utf-8", "replace").split(" ")[:2]
                if not self._answer(client, message, method, uri):
                    break
        client.close()

    def _answer(self, client: socket.socket, message: bytes, method: str, uri: str) -> bool:
        """Whether there is more to come."""
        path = "/" + "/".join(urlsplit(uri).path.strip("/").split("/")[:2])
        reel, number = self._reels.get(path), header(message, "CSeq")
        if method == "OPTIONS":
            client.sendall(
                _reply(number, heads={"Public": "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"})
            )
            return True
        if not self._gate.admits_http(method, uri, header(message, "Authorization")):
            said = {"WWW-Authenticate": self._gate.challenge()}
            client.sendall(_reply(number, "401 Unauthorized", said))
            return True
        if reel is None:
            client.sendall(_reply(number, "404 Not Found"))
            return True
        if method == "DESCRIBE":
            said = {"Content-Type": "application/sdp", "Content-Base": f"{uri}/"}
            client.sendall(_reply(number, heads=said, content=_description(reel)))
        elif method == "SETUP":
            transport = "RTP/AVP/TCP;unicast;interleaved=0-1"
            client.sendall(_reply(number, heads={"Transport": transport, "Session": "1"}))
        elif method == "PLAY":
            self._play(client, message, reel, number)
            return False
        else:
            client.sendall(_reply(number, heads={"Session": "1"}))
        return True

    def _play(self, client: socket.socket, message: bytes, reel: Reel, number: str) -> None:
        asked = header(message, "Range")
        self.asked.append(asked)
        found = _RANGE.search(asked)
        if found is None or header(message, "Require") != "onvif-replay":
            client.sendall(_reply(number, "457 Invalid Range"))
            return
        begins, ends = _hour(found[1]), _hour(found[2]) if found[2] else None
        client.sendall(_reply(number, heads={"Session": "1", "Range": asked}))
        count = 0
        for unit, at in _units(reel, begins, ends):
            for packet in _packets(unit, at, count):
                client.sendall(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                count += 1
        goodbye = struct.pack(">BBHI", 0x81, 203, 1, _SSRC)
        report = struct.pack(">BBHI", 0x80, 201, 1, _SSRC)
        client.sendall(struct.pack(">cBH", b"$", 1, 16) + report + goodbye)


def _units(reel: Reel, begins: datetime, ends: datetime | None) -> Iterator[tuple[bytes, datetime]]:
    """Pictures in Annex B form with their hours, from the key frame before the beginning on."""
    waiting: list[tuple[bytes, datetime]] = []
    start = reel.begins
    while True:
        last = start
        with av.open(str(reel.video)) as container:
            video = container.streams.video[0]
            step = timedelta(seconds=1 / float(video.average_rate or 25))
            to_bytes = BitStreamFilterContext("h264_mp4toannexb", video)
            for packet in container.demux(video):
                given = to_bytes.filter(packet if packet.size else None)
                for done in cast("list[Packet[VideoStream]]", given):
                    at = start + timedelta(seconds=float((done.pts or 0) * done.time_base))
                    last = max(last, at)
                    if ends is not None and at > ends:
                        return
                    if done.is_keyframe and at <= begins:
                        waiting.clear()
                    waiting.append((bytes(done), at))
                    if at >= begins:
                        yield from waiting
                        waiting.clear()
        start = last + step


def _packets(unit: bytes, at: datetime, count: int) -> Iterator[bytes]:
    """A picture as RTP packets (RFC 6184), the hour in the header of the first one."""
    since = at - _NTP_EPOCH
    seconds = int(since.total_seconds())
    fraction = round((since.total_seconds() - seconds) * 2**32) & 0xFFFFFFFF
    stamp = round(since.total_seconds() * 90_000) & 0xFFFFFFFF
    nals = [part.rstrip(b"\0") for part in unit.split(_START) if part.strip(b"\0")]
    pieces = [piece for nal in nals for piece in _pieces(nal)]
    for number, piece in enumerate(pieces):
        is_first, is_last = number == 0, number == len(pieces) - 1
        first = 0x90 if is_first else 0x80
        head = struct.pack(
            ">BBHII", first, 96 | 0x80 * is_last, (count + number) & 0xFFFF, stamp, _SSRC
        )
        if is_first:
            head += struct.pack(">HHIII", 0xABAC, 3, seconds, fraction, 0)
        yield head + piece


def _pieces(nal: bytes) -> Iterator[bytes]:
    if len(nal) <= _LARGEST:
        yield nal
        return
    indicator, kind = nal[0] & 0xE0 | 28, nal[0] & 0x1F
    for begin in range(1, len(nal), _LARGEST):
        end = begin + _LARGEST
        flags = 0x80 * (begin == 1) | 0x40 * (end >= len(nal))
        yield bytes((indicator, flags | kind)) + nal[begin:end]


def _description(reel: Reel) -> bytes:
    with av.open(str(reel.video)) as container:
        rate = float(container.streams.video[0].average_rate or 25)
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=recording",
        "t=0 0",
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "a=fmtp:96 packetization-mode=1",
        f"a=framerate:{rate:g}",
        "a=control:track1",
    )
    return ("\r\n".join(lines) + "\r\n").encode()


def _reply(
    number: str,
    status: str = "200 OK",
    heads: Mapping[str, str] = _NONE,
    content: bytes = b"",
) -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {number}"]
    lines += [f"{name}: {text}" for name, text in heads.items()]
    if content:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode() + END + content


def _hour(text: str) -> datetime:
    kind = "%Y%m%dT%H%M%S.%f" if "." in text else "%Y%m%dT%H%M%S"
    return datetime.strptime(text, kind).replace(tzinfo=UTC)
