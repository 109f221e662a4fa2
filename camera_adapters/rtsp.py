"""One stream of a camera over RTSP: packets from the first key frame on, and pictures of them.

The library's own timeouts are set and not relied upon: they are late by their double, and some
waits inside it have none. Whoever reads here does so in a process that can be killed.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Final, Self, cast

import av
import av.error
import av.logging
from av.codec.context import ThreadType
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import camera_error
from litterwatch.camera_adapters.connection import CameraConnection, is_encrypted
from litterwatch.camera_adapters.live_clock import TIME_BASE
from litterwatch.camera_adapters.rtsp_door import RtspDoor, encrypted_door
from litterwatch.camera_adapters.video_file import VideoPacket, frame_rate, is_key
from litterwatch.detector.errors import (
    SourceError,
    SourceKeyless,
    SourceUnavailable,
    SourceUnreadable,
)
from litterwatch.detector.protocols import Clock

CODECS: Final = frozenset({"h264", "hevc", "mjpeg"})
"""What cameras send over RTSP and MP4 holds as the original bytes."""

_PROTOCOLS: Final = "rtsp,rtp,tcp,udp"
_OPTIONS: Final = {
    "allowed_media_types": "video",
    # Counting pictures to learn the rate costs a second at each connection; the stream says it.
    "fpsprobesize": "0",
    "protocol_whitelist": _PROTOCOLS,
}


_FILLER: Final = bytes(4)
_START: Final = b"\0\0\1"
_SPS_H264, _SPS_H265 = 7, 33
_HEAD: Final = 2048  # bytes; parameter sets stand before the picture and are small


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing may take, s.

    Attributes:
        opening: from the first byte to a known stream.
        silence: without any data.
        keyless: without a key frame.
    """

    opening: float = 10.0
    silence: float = 4.0
    keyless: float = 30.0


class RtspStream:
    """An open stream; a context manager.

    Args:
        connection: the camera.
        is_sub: its small stream instead of its main one.
        patience: how long to wait.
        clock: the host's.

    Attributes:
        who: the camera and its stream, for texts.
        codec: "h264", "hevc" or "mjpeg".
        size: (width, height) of the picture as sent, px.
        interval: average time between pictures, s.
        undecodable: packets that gave an error so far.

    Raises:
        SourceUnavailable: the camera cannot be reached, has no such stream, or is busy.
        SourceAuthFailed: it refused the name or password.
        SourceUntrusted: its certificate is not the one it should be; it was told nothing.
        SourceStalled: it did not answer in time.
        SourceUnreadable: it sends what cannot be used.
    """

    def __init__(
        self, connection: CameraConnection, *, is_sub: bool, patience: Patience, clock: Clock
    ) -> None:
        self.who = f"Camera {connection.camera_id} ({'sub' if is_sub else 'main'} stream)"
        self._patience = patience
        self._clock = clock
        address = connection.sub if is_sub else connection.main
        assert address is not None
        self._door: RtspDoor | None = None
        if is_encrypted(address):
            credentials, trust = connection.credentials, connection.trust
            self._door = encrypted_door(self.who, address, credentials, trust, patience.opening)
        self._container = self._opened(connection, address)
        try:
            self._stream = self._video_stream()
        except SourceUnreadable:
            self.close()
            raise
        context = self._stream.codec_context
        context.thread_type = ThreadType.AUTO
        # One picture is needed every sixth of a second: more threads only hold more memory.
        context.thread_count = 1
        self.codec = context.codec.canonical_name
        self.size = (context.width, context.height)
        self.interval = float(1 / frame_rate(self._stream))
        self.undecodable = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; may be called twice."""
        self._container.close()
        if self._door is not None:
            self._door.close()

    @property
    def reorders(self) -> bool:
        """Whether pictures are shown in another order than they are sent in."""
        return bool(self._stream.codec_context.has_b_frames)

    @property
    def sample_aspect(self) -> Fraction | None:
        """Width of a stored pixel through its height; None if unknown or 1."""
        return self._stream.sample_aspect_ratio

    def template(self) -> bytes:
        """All that a file must say about the stream, as a file in NUT format without a picture."""
        return template_of(self._stream)

    def packets(self) -> Iterator[VideoPacket]:
        """The packets from the first key frame on, with the camera's own times.

        Raises:
            SourceStalled: nothing came for too long.
            SourceKeyless: data came, and no key frame for too long.
            SourceUnavailable: the camera hung up, or changed its resolution.
        """
        is_started, known = False, frozenset[bytes]()
        key_at = self._clock.monotonic()
        for packet in _whole(self._raw_packets()):
            now = self._clock.monotonic()
            if is_key(packet):
                is_started, key_at = True, now
                sets = parameter_sets(self.codec, bytes(packet))
                known = known or sets
                if sets and known.isdisjoint(sets):
                    # What was known of the stream describes it no longer: begin anew with it.
                    raise SourceUnavailable(
                        f"{self.who} has changed the kind of its picture; it is called again."
                    )
            elif now - key_at > self._patience.keyless:
                raise SourceKeyless(
                    f"{self.who} has sent no key frame for {now - key_at:.0f} s: set one every 1 to"
                    " 4 s in the camera (I-frame interval)."
                )
            if is_started:
                yield packet

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        """The pictures that come out when a packet goes in; damaged ones are counted."""
        try:
            return self._stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            self.undecodable += 1
            return []

    def _raw_packets(self) -> Iterator[VideoPacket]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.error.FFmpegError, OSError) as error:
                failed = camera_error(error, self.who)
            else:
                if packet is not None and packet.size:
                    yield packet
                    continue
                failed = SourceUnavailable(f"{self.who} has hung up; it is called again.")
            # Raised here, where the library's error, which holds the address, is gone.
            raise failed

    def _opened(self, connection: CameraConnection, address: str) -> InputContainer:
        # Its log would hold the address.
        av.logging.set_level(None)
        options = {**_OPTIONS, **connection.transport.options}
        door = self._door
        full = connection.with_credentials(address).reveal() if door is None else door.address
        failed: SourceError
        try:
            return av.open(
                full,
                "r",
                options=options,
                timeout=(self._patience.opening, self._patience.silence),
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            failed = camera_error(error, self.who)
        if door is not None:
            door.close()
            # What the camera said to the door is the reason of what FFmpeg made of it.
            raise door.refused or failed
        raise failed

    def _video_stream(self) -> VideoStream:
        streams = self._container.streams.video
        # The stubs say there always is a context; there is none where no decoder is built in.
        if not streams or cast(object, streams[0].codec_context) is None:
            raise SourceUnreadable(
                f"{self.who} sends no video that can be used: set it to H.264 or H.265."
            )
        name = streams[0].codec_context.codec.canonical_name
        if name not in CODECS:
            raise SourceUnreadable(
                f"{self.who} sends {name}, which is not supported: set it to H.264 or H.265."
            )
        if not streams[0].codec_context.width:
            raise SourceUnreadable(
                f"{self.who} does not say how large its picture is: restart the camera, or set it"
                " to H.264."
            )
        return streams[0]


def _whole(packets: Iterator[VideoPacket]) -> Iterator[VideoPacket]:
    """Packets that hold whole pictures.

    Some cameras mark the end of a picture behind each of its slices, and the library then gives the
    slices one by one, under the same time.
    """
    held: VideoPacket | None = None
    for packet in packets:
        if held is not None and packet.pts is not None and packet.pts == held.pts:
            held = _joined(held, packet)
            continue
        if held is not None:
            yield held
        held = packet


def _joined(first: VideoPacket, second: VideoPacket) -> VideoPacket:
    joined = cast(VideoPacket, av.Packet(bytes(first) + bytes(second)))
    joined.pts, joined.dts, joined.time_base = first.pts, first.dts, first.time_base
    joined.duration = first.duration or second.duration
    joined.is_keyframe = first.is_keyframe
    return joined


def parameter_sets(codec: str, unit: bytes) -> frozenset[bytes]:
    """The sequence parameter sets at the head of an access unit in Annex B form.

    They say how large the picture is; the same sets are the same bytes.
    """
    units = [unit for unit in unit[:_HEAD].split(_START) if unit]
    if codec == "h264":
        return frozenset(u.rstrip(b"\0") for u in units if u[0] & 31 == _SPS_H264)
    if codec == "hevc":
        return frozenset(u.rstrip(b"\0") for u in units if u[0] >> 1 & 63 == _SPS_H265)
    return frozenset()


def template_of(stream: VideoStream) -> bytes:
    """All that a file must say about a stream, as a file in NUT format without a picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="nut", container_options={"fflags": "+bitexact"}) as output:
        # A file without any packet is not recognised when it is read.
        packet = cast(VideoPacket, av.Packet(_FILLER))
        packet.stream = output.add_stream_from_template(stream, opaque=True)
        packet.pts = packet.dts = 0
        packet.time_base = TIME_BASE
        output.mux_one(packet)
    return file.getvalue()
