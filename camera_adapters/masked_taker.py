"""What becomes of the packets of a camera with privacy masks: none of them is kept."""

from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.video.frame import VideoFrame

from litterwatch.camera_adapters.live_clock import Axis, Stamped
from litterwatch.camera_adapters.masked_video import CODEC, MaskedEncoder
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.ring import Ring
from litterwatch.camera_adapters.ring_file import RingPacket
from litterwatch.camera_adapters.stream_loop import OpenStream
from litterwatch.camera_adapters.video_file import VideoPacket


class MaskedRingTaker:
    """Keeps masked pictures in the ring; what cannot be decoded is left out.

    Args:
        ring: of a camera with these masks.
        axis: of media time.
        masks: what is blackened.
    """

    def __init__(self, ring: Ring, axis: Axis, masks: Masks) -> None:
        self._ring = ring
        self._axis = axis
        self._masks = masks
        self._encoder: MaskedEncoder | None = None
        self._last = -1
        self._is_after_gap = False

    @property
    def lost(self) -> int:
        """Packets that found no room."""
        return self._ring.lost

    def begin(self, stream: OpenStream) -> None:
        self._end()

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        self._is_after_gap |= stamped.is_after_gap
        for frame in stream.decode(stamped.packet):
            shown = stamped.shown if frame.pts is None else frame.pts
            if shown <= self._last:
                continue
            try:
                self._keep(stream, frame, shown)
            except av.error.FFmpegError:
                stream.undecodable += 1
                self._end()
            self._last = shown

    def _keep(self, stream: OpenStream, frame: VideoFrame, shown: int) -> None:
        encoder = self._encoder
        if encoder is None or encoder.size != (frame.width, frame.height):
            self._end()
            encoder = MaskedEncoder(self._masks, frame, stream.interval, stream.sample_aspect)
            self._encoder = encoder
            self._ring.begin(CODEC, stream.interval, encoder.template(), is_masked=True)
        for packet in encoder.encode(frame, shown):
            self._ring.append(self._kept(packet, shown), self._axis.utc(shown))
            self._is_after_gap = False

    def _kept(self, packet: VideoPacket, shown: int) -> RingPacket:
        return RingPacket(
            shown=shown,
            dts=shown,
            has_pts=True,
            is_key=packet.is_keyframe,
            is_after_gap=self._is_after_gap,
            duration=0,
            data=bytes(packet),
        )

    def _end(self) -> None:
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None


class DecodedOnce:
    """A stream whose packets are decoded once, whoever asks (an `OpenStream`)."""

    def __init__(self, stream: OpenStream) -> None:
        self._stream = stream
        self.codec, self.size, self.interval = stream.codec, stream.size, stream.interval
        self._frames: tuple[VideoPacket, list[VideoFrame]] | None = None

    @property
    def undecodable(self) -> int:
        """Packets that gave an error so far."""
        return self._stream.undecodable

    @undecodable.setter
    def undecodable(self, count: int) -> None:
        self._stream.undecodable = count

    @property
    def sample_aspect(self) -> Fraction | None:
        """Of the stream."""
        return self._stream.sample_aspect

    @property
    def reorders(self) -> bool:
        """Of the stream."""
        return self._stream.reorders

    def template(self) -> bytes:
        """Of the stream."""
        return self._stream.template()

    def packets(self) -> Iterator[VideoPacket]:
        """Of the stream."""
        return self._stream.packets()

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        """The pictures that come out when a packet goes in."""
        if self._frames is None or self._frames[0] is not packet:
            self._frames = packet, self._stream.decode(packet)
        return self._frames[1]
