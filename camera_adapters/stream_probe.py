"""Opening a camera's stream for some seconds, to see what it really sends."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import WRONG_WAY
from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust
from litterwatch.camera_adapters.connection import Transport, is_encrypted
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.onvif.addresses import host_port, is_stream_address
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.rtsp_door import encrypted_door
from litterwatch.detector.errors import (
    SourceAuthFailed,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Image

LONGEST: Final = 15.0
"""So long a stream is looked at, at most, s."""
_PROTOCOLS: Final = "rtsp,rtp,udp,tcp"
"""What FFmpeg may use; no files, no web."""
_LEAST: Final = 2.0
"""And so long at least, for the frame rate, s."""
_GUESSED: Final = 10
"""Packets whose times are not believed where there are enough others."""
_KEYS: Final = 2
"""Key frames after which their distance is known, if no longer than looked at."""


@dataclass(frozen=True, slots=True)
class StreamFindings:
    """What a stream really sends.

    Attributes:
        codec: FFmpeg's name: "h264", "hevc", "mjpeg".
        width, height: px, as displayed.
        fps: frames/s, measured; 0 where too few came.
        gop: frames from key frame to key frame, the longest that was seen; None where fewer than
            two key frames came.
        gop_seconds: the same in seconds.
        first_picture: from asking to the first picture, s.
        picture: that picture, full size.
    """

    codec: str
    width: int
    height: int
    fps: float
    gop: int | None
    gop_seconds: float | None
    first_picture: float
    picture: Image


def probe_stream(
    address: str,
    credentials: Credentials | None,
    clock: Clock,
    longest: float = LONGEST,
    *,
    trust: Trust = KNOWN_HERE,
    transport: Transport = Transport.TCP,
) -> StreamFindings:
    """Look at a stream until its rate and its key frames are known.

    Args:
        address: RTSP, without credentials.
        credentials: None for none.
        clock: the host's.
        longest: s.
        trust: what the camera's certificate must be, where it encrypts.
        transport: how pictures are to travel; no other way is tried.

    Raises:
        SourceUntrusted: it shows another certificate; it was told nothing.
        SourceAuthFailed: the login was refused; it was tried once.
        SourceStalled: it opened and no picture came.
        SourceError: anything else.
    """
    where = host_port(address)
    if not is_stream_address(address):
        # FFmpeg would open files as well, and a camera may name anything as its address.
        raise SourceUnreadable(
            f"The camera at {where} has an address that is no stream: give one with rtsp://."
        )
    began = clock.monotonic()
    with ExitStack() as stack:
        door, full = None, _with_login(address, credentials)
        if is_encrypted(address):
            who = f"The camera at {where}"
            door = stack.enter_context(encrypted_door(who, address, credentials, trust, longest))
            full = door.address
        try:
            with av.open(
                full,
                options={**transport.options, "protocol_whitelist": _PROTOCOLS},
                # Where opening takes all the time without an error, reading waits once more.
                timeout=(longest, longest / 2),
            ) as container:
                return _Look(clock, began, longest, where).at(container)
        except SourceError:
            raise
        except (OSError, ValueError, av.error.FFmpegError) as error:
            # Being interrupted has many names in the library.
            is_late = clock.monotonic() - began >= longest
            failed = stream_error(TimeoutError() if is_late else error, where)
            # Its errors hold the address with the login: they are not passed on.
            raise (door.refused if door is not None and door.refused else failed) from None


class _Look:
    def __init__(self, clock: Clock, began: float, longest: float, where: str) -> None:
        self._clock, self._began, self._where = clock, began, where
        self._until = began + longest
        self._arrivals: list[float] = []
        self._decoded: list[tuple[int, float]] = []
        self._shown: list[tuple[int, float]] = []
        self._keys: list[int] = []

    def at(self, container: InputContainer) -> StreamFindings:
        if not container.streams.video:
            raise SourceUnreadable(
                f"The camera at {self._where} sends no video; choose another stream."
            )
        stream = container.streams.video[0]
        found: StreamFindings | None = None
        for packet in self._packets(container, stream):
            if found is None:
                found = self._first(packet, stream)
        if found is None:
            raise SourceStalled(
                f"The camera at {self._where} opened its stream and sent no picture within"
                f" {self._until - self._began:.0f} s; restart it or choose another stream."
            )
        spans = [after - before for before, after in zip(self._keys, self._keys[1:], strict=False)]
        fps = self._fps()
        gop = max(spans, default=None)
        seconds = None if gop is None or fps == 0 else gop / fps
        return replace(found, fps=fps, gop=gop, gop_seconds=seconds)

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> "Iterator[Packet[VideoStream]]":
        for packet in container.demux(stream):
            now = self._clock.monotonic()
            if packet.size:
                self._note(packet, now)
                yield packet
            is_known = len(self._keys) >= _KEYS and now - self._began >= _LEAST
            if now > self._until or is_known:
                return

    def _note(self, packet: "Packet[VideoStream]", now: float) -> None:
        number, base = len(self._arrivals), float(packet.time_base)
        if packet.is_keyframe:
            self._keys.append(number)
        if packet.dts is not None:
            self._decoded.append((number, packet.dts * base))
        if packet.pts is not None:
            self._shown.append((number, packet.pts * base))
        self._arrivals.append(now)

    def _first(self, packet: "Packet[VideoStream]", stream: VideoStream) -> StreamFindings | None:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            return None  # joined in the middle of a picture
        for frame in frames:
            maker = PictureMaker(None, stream.sample_aspect_ratio)
            picture = maker.make(frame)
            width, height = maker.source_size(frame)
            passed = self._clock.monotonic() - self._began
            name = stream.codec_context.name
            return StreamFindings(name, width, height, 0.0, None, None, passed, picture)
        return None

    def _fps(self) -> float:
        """By the camera's own times where there are any: packets arrive in bursts.

        Times of decoding are in order, those of showing are not; the two are not mixed.
        """
        numbered = max(self._decoded, self._shown, key=len)
        if len(numbered) < 2:
            numbered = list(enumerate(self._arrivals))
        if len(numbered) < 2:
            return 0.0
        # While the library joins a stream it guesses the times of the first pictures.
        settled = numbered[_GUESSED:] if len(numbered) > 3 * _GUESSED else numbered
        (first, begin), (last, end) = settled[0], settled[-1]
        return (last - first) / (end - begin) if end > begin else 0.0


def _with_login(address: str, credentials: Credentials | None) -> str:
    """The address as the library wants it; it is passed to it and to nothing else."""
    if credentials is None:
        return address
    parts = urlsplit(address)
    login = f"{quote(credentials.user, safe='')}:{quote(credentials.password.reveal(), safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


_TABLE: Final[tuple[tuple[type[Exception], type[SourceError], str], ...]] = (
    (
        av.error.HTTPUnauthorizedError,
        SourceAuthFailed,
        "refused the name or password for its video; correct the credentials",
    ),
    (
        av.error.HTTPForbiddenError,
        SourceAuthFailed,
        "lets this account not see its video; give it the right to view",
    ),
    (
        av.error.HTTPNotFoundError,
        SourceUnsupported,
        "has no such stream; check the path of the address",
    ),
    (av.error.HTTPTooManyRequestsError, SourceUnavailable, "is busy; try again later"),
    (av.error.HTTPServerError, SourceUnavailable, "has a fault or is busy; try again later"),
    (av.error.HTTPError, SourceUnsupported, "refused the stream; check the address"),
    (av.error.HTTPClientError, SourceUnsupported, "refused the stream; check the address"),
    (av.error.ExitError, SourceStalled, "did not send its video in time; check the network"),
    (TimeoutError, SourceStalled, "did not send its video in time; check the network"),
    (
        ConnectionError,
        SourceUnavailable,
        "does not listen for video there; check address and port",
    ),
    (av.error.ProtocolNotFoundError, SourceUnreadable, "has an address that is no stream"),
    (
        av.error.InvalidDataError,
        SourceUnreadable,
        "sends video that cannot be understood; choose H.264 or H.265",
    ),
    (
        av.error.DecoderNotFoundError,
        SourceUnreadable,
        "sends video in a codec that is not supported; choose H.264 or H.265",
    ),
    (OSError, SourceUnavailable, "cannot be reached for video; check address and network"),
    (Exception, SourceUnreadable, "sends video that cannot be understood; check the address"),
)


def stream_error(error: Exception, where: str) -> SourceError:
    """Our error for one that came up while a stream was opened or read.

    Args:
        error: of PyAV or the operating system.
        where: `host:port`, for the text.
    """
    if isinstance(error, OSError) and error.errno == WRONG_WAY:
        return SourceUnavailable(
            f"The camera at {where} does not send its video that way; choose the other transport"
            " (tcp or udp)."
        )
    for kind, ours, advice in _TABLE:
        if isinstance(error, kind):
            return ours(f"The camera at {where} {advice}.")
    raise AssertionError("the table ends with Exception")
