"""A video file opened with PyAV: packets with media time, and the pictures decoded from them."""

import math
import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias, cast

import av
import av.error
from av.codec.context import ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import source_error
from litterwatch.camera_adapters.media_clock import ClockState, FrameClock, PacketClock, Stamp
from litterwatch.detector.errors import SourceUnavailable, SourceUnreadable

# Generic to type checkers only.
VideoPacket: TypeAlias = "Packet[VideoStream]"
_Feed: TypeAlias = "Packet[VideoStream] | None"

# Containers that hold video of cameras, recorders and phones. The others of FFmpeg would make a
# video of a text file or a photograph, or follow a playlist to other files and addresses.
_FORMATS = (
    "3gp,asf,avi,dhav,dv,flv,gxf,h261,h263,h264,hevc,hxvs,ifv,ivf,m4v,matroska,mjpeg,mov,mp4,mpeg,"
    "mpegts,mpegvideo,mpjpeg,mxf,nut,obu,ogg,rm,vc1,wtv,yuv4mpegpipe"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
# These have one time for each packet, in file order, or no times at all.
_UNSHOWN = frozenset({"avi", "h264", "hevc", "m4v", "mpegvideo", "vc1"})
# What recorders use when the file does not say, frames/s.
_USUAL_RATE = 25
_SLOWEST, _FASTEST = Fraction(1, 3600), 1000


# A packet smaller than this holds no picture: MPEG-4 recorders write "as before" in 1 to 8 bytes
# and some mark it as a key frame.
_SMALLEST_KEY = 16


def is_key(packet: VideoPacket) -> bool:
    """Whether decoding can start at a packet."""
    return packet.is_keyframe and packet.size >= _SMALLEST_KEY


class VideoFile:
    """An open video file; a context manager.

    Attributes:
        path: the file.
        stream: its main video stream.
        time_base: seconds of one tick.
        interval: average time between pictures, s.
        clock: gives packets their media time; its `gaps` grow while packets are read.
        unshown: whether the file does not say in which order pictures are shown.
        packets_read: packets given so far.
        undecodable: packets that gave an error so far.
        read_error: why reading ended before the end of the file, if it did.

    Raises:
        SourceUnavailable: the file cannot be opened.
        SourceUnreadable: it holds no video.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _require_file(path)
        self._open()
        assert self.stream.time_base is not None
        self.time_base: Fraction = self.stream.time_base
        self.interval = float(1 / frame_rate(self.stream))
        # What FFmpeg calls showing times is wrong there as soon as pictures are reordered.
        self.unshown = self._container.format.name in _UNSHOWN and self._reorders
        self.packets_read = 0
        self.undecodable = 0
        self.read_error: Exception | None = None
        self._decode_error: Exception | None = None
        self.clock = self._packet_clock(None)

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
        """Release the file; may be called twice."""
        self._container.close()

    def rewind(self) -> None:
        """Start again at the beginning, also where the file cannot seek."""
        self.close()
        self._open()
        self.restart_clock(ClockState())

    def _open(self) -> None:
        try:
            # "file:" keeps a colon in a name from being taken for a protocol.
            self._container: InputContainer = av.open(f"file:{self.path}", "r", options=_OPTIONS)
        except (av.error.FFmpegError, OSError) as error:
            raise source_error(error, self.path) from error
        try:
            self.stream = self._video_stream()
        except SourceUnreadable:
            self._container.close()
            raise
        self.stream.codec_context.thread_type = ThreadType.AUTO

    @property
    def codec(self) -> str:
        """Name of the codec: "h264", "hevc", ..."""
        return self.stream.codec_context.codec.canonical_name

    @property
    def container(self) -> InputContainer:
        """The open container."""
        return self._container

    @property
    def step(self) -> int:
        """`interval` in ticks, at least 1."""
        return max(1, round(self.interval / self.time_base))

    @property
    def duration(self) -> float | None:
        """Seconds, as the file declares; None where it does not."""
        if self.stream.duration:
            return float(self.stream.duration * self.time_base)
        if not self._container.duration:
            return None
        duration = self._container.duration / av.time_base
        if self._container.format.name.startswith("matroska"):
            # The header tells when the last picture ends, not how long the footage is.
            duration -= max(0, self._container.start_time or 0) / av.time_base
        return duration

    def seconds(self, spans: list[tuple[int, int]], origin: int) -> list[tuple[float, float]]:
        """Spans of stamps in seconds of media time."""
        return [
            (float((start - origin) * self.time_base), float((end - origin) * self.time_base))
            for start, end in spans
        ]

    def ticks(self, seconds: float) -> int:
        """Whole ticks until then, rounded down but for the errors of floating point."""
        return math.floor(seconds / self.time_base + 1e-6)

    def restart_clock(self, state: ClockState) -> None:
        """Let media time go on from `state`, after seeking; `gaps` starts empty."""
        self.clock = self._packet_clock(state)

    def raw_packets(self) -> Iterator[VideoPacket]:
        """The packets of the video stream in file order, with the file's own times.

        Ends at the end of the file or where it cannot be read further; then `read_error` says why.
        """
        try:
            for packet in self._container.demux(self.stream):
                # Empty ones: a recorder's "as before", and the mark at the end. To a decoder both
                # mean that nothing more will come.
                if packet.size:
                    self.packets_read += 1
                    yield packet
        except (av.error.FFmpegError, OSError) as error:
            self.read_error = error

    def packets(
        self, raw: Iterator[VideoPacket] | None = None
    ) -> Iterator[tuple[VideoPacket, Stamp]]:
        """The packets with their stamps, which are set in the packets as well.

        Args:
            raw: packets as `raw_packets` gives them; None: those.
        """
        for packet in self.raw_packets() if raw is None else raw:
            yield packet, self.stamp(packet)

    def stamp(self, packet: VideoPacket) -> Stamp:
        """Give the next packet its media time, in ticks."""
        stamp = self.clock.stamp(None if self.unshown else packet.pts, packet.dts)
        packet.pts, packet.dts = stamp.pts, stamp.dts
        return stamp

    def frames(
        self, packets: Iterator[tuple[VideoPacket, Stamp]], clock: FrameClock
    ) -> Iterator[tuple[VideoFrame, float]]:
        """The pictures of these packets in the order they are shown, with media time in seconds.

        Raises:
            SourceUnreadable: there is not one picture.
        """
        any_frame = False
        for packet, _ in packets:
            for frame in self._decoded(packet):
                any_frame = True
                yield frame, clock.time(_shown(frame))
        for frame in self._decoded(None):
            any_frame = True
            yield frame, clock.time(_shown(frame))
        if not any_frame:
            raise self._no_picture()

    def frame_clock(self, origin: int | None = None, start: float = 0.0) -> FrameClock:
        """A clock for this file's pictures."""
        return FrameClock(self.time_base, self.interval, origin=origin, start=start)

    def _decoded(self, packet: _Feed) -> list[VideoFrame]:
        try:
            return self.stream.codec_context.decode(packet)
        except av.error.MemoryError as error:
            raise source_error(error, self.path) from error
        except av.error.FFmpegError as error:
            # A damaged packet costs its picture; the next key frame starts afresh.
            self.undecodable += 1
            self._decode_error = error
            return []

    def _no_picture(self) -> Exception:
        cause = self._decode_error or self.read_error
        error = SourceUnreadable(
            f"{self.path} holds no picture that can be decoded: fetch it from the recorder again "
            "or convert it to H.264."
        )
        error.__cause__ = cause
        return error

    def _packet_clock(self, state: ClockState | None) -> PacketClock:
        return PacketClock(self.time_base, self.interval, reorders=self._reorders, state=state)

    @property
    def _reorders(self) -> bool:
        return bool(self.stream.codec_context.has_b_frames)

    def _video_stream(self) -> VideoStream:
        streams = self._container.streams
        # The cover of an audio file is a video stream to FFmpeg.
        videos = [s for s in streams.video if not s.disposition & Disposition.attached_pic]
        if not videos:
            what = "only sound" if streams.audio else "no video"
            raise SourceUnreadable(f"{self.path} holds {what}: give a file that has video.")
        best = self._container.streams.best("video")
        stream = best if best in videos else videos[0]
        # The stubs say there always is one; there is none where no decoder is built in.
        if cast(object, stream.codec_context) is None:
            raise SourceUnreadable(
                f"{self.path} uses a video codec that is not supported: convert it to H.264."
            )
        return stream


def _require_file(path: Path) -> None:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError
        if not stat.S_ISREG(status.st_mode):
            raise SourceUnavailable(f"{path} is not a file: name a video file.")
        with path.open("rb"):
            pass
    except OSError as error:
        raise source_error(error, path) from error
    if status.st_size == 0:
        raise SourceUnreadable(f"{path} is empty: fetch it from the recorder again.")


def _shown(frame: VideoFrame) -> int | None:
    """Stamp of a picture; where packets have only decoding times, that of the one that freed it."""
    return frame.dts if frame.pts is None else frame.pts


def frame_rate(stream: VideoStream) -> Fraction:
    """Average frames/s, from the first of the file's statements that makes sense."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and _SLOWEST <= rate <= _FASTEST:
            return rate
    return Fraction(_USUAL_RATE)
