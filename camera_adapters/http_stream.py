"""Pictures of a camera over HTTP as a live stream: kept in the ring and cut like any other.

Each JPEG is a packet of its own, a key frame, with the host's time: such a camera tells none.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from types import TracebackType
from typing import Final, Self, cast

import av
import av.error
from av.codec.context import CodecContext
from av.video.frame import VideoFrame

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.http_source import PicturesSource
from litterwatch.camera_adapters.jpeg import MOST_PIXELS, size_of
from litterwatch.camera_adapters.live_clock import TICKS, TIME_BASE
from litterwatch.camera_adapters.rtsp import Patience, template_of
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import SourceUnavailable, SourceUnreadable, SourceUnsupported
from litterwatch.detector.protocols import Clock

CODEC: Final = "mjpeg"


class HttpStream:
    """An open stream of pictures (an `OpenStream`); a context manager.

    Args:
        connection: the camera; its main address is that of a picture or of a stream of JPEGs.
        patience: how long to wait.
        clock: the host's.

    Attributes:
        codec: "mjpeg".
        size: (width, height) of the picture as sent, px.
        interval: from picture to picture at the least, s.
        undecodable: pictures that were none so far.

    Raises:
        SourceUnavailable: the camera cannot be reached, has no such picture, or is busy.
        SourceAuthFailed: it refused the name or password.
        SourceStalled: it did not answer in time.
        SourceUnreadable: it sends what is no picture.
    """

    codec = CODEC
    reorders = False

    def __init__(self, connection: CameraConnection, *, patience: Patience, clock: Clock) -> None:
        self.who = f"Camera {connection.camera_id} (pictures)"
        self._clock = clock
        self._source = PicturesSource(
            connection.main,
            connection.credentials,
            clock,
            camera_id=connection.camera_id,
            timeout=patience.silence,
        )
        self._files = self._source.files()
        self._began = clock.monotonic()
        self.undecodable = 0
        self._decoder = CodecContext.create(CODEC, "r")
        try:
            self._first = self._next()
            self.size = size_of(self._first)
            self._template = self._described(self._first)
        except BaseException:
            self.close()
            raise
        self.interval = self._source.interval

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
        self._source.close()

    @property
    def sample_aspect(self) -> Fraction | None:
        """Pixels of pictures are square."""
        return None

    def template(self) -> bytes:
        """All that a file must say about the stream, as a file in NUT format without a picture."""
        return self._template

    def packets(self) -> Iterator[VideoPacket]:
        """The pictures as they come, timed by the host.

        Raises:
            SourceError: the camera is lost, or changed its resolution.
        """
        for jpeg in chain([self._first], iter(self._next, None)):
            size = size_of(jpeg)
            if size == (0, 0):
                self.undecodable += 1
                continue
            if size != self.size:
                raise SourceUnavailable(
                    f"{self.who} has changed the size of its picture; it is called again."
                )
            packet = cast(VideoPacket, av.Packet(jpeg))
            packet.pts = packet.dts = round((self._clock.monotonic() - self._began) * TICKS)
            packet.time_base = TIME_BASE
            packet.is_keyframe = True
            yield packet

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        """The picture of a packet; damaged ones are counted."""
        try:
            frames = self._decoder.decode(packet)
        except av.error.FFmpegError:
            self.undecodable += 1
            return []
        for frame in frames:
            frame.pts, frame.time_base = packet.pts, packet.time_base
        return frames

    def _next(self) -> bytes:
        try:
            return next(self._files)
        except SourceUnsupported as error:
            # To a watch an address that leads nowhere is a camera that is not there.
            raise SourceUnavailable(str(error)) from None
        except StopIteration:
            raise SourceUnavailable(f"{self.who} has hung up; it is called again.") from None

    def _described(self, jpeg: bytes) -> bytes:
        width, height = self.size
        if not 0 < width * height <= MOST_PIXELS:
            raise SourceUnreadable(f"{self.who} sends something that is no picture.")
        with av.open(io.BytesIO(jpeg), format="mjpeg") as container:
            return template_of(container.streams.video[0])
