"""Clips of original packets: which ones, and how they are written; never encoded again."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import av
from av.video.stream import VideoStream

from litterwatch.camera_adapters.media_clock import Stamp
from litterwatch.camera_adapters.video_file import VideoPacket, is_key
from litterwatch.detector.errors import EvidenceUnavailable

# What MP4 holds as the original bytes (ISO/IEC 14496-14 and -15 and their registrations).
MP4_CODECS = frozenset({"h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "av1", "vp9"})
# "bitexact" leaves out the software's name and the time of writing: the same cut is the same file.
_OPTIONS = {
    "mp4": {"movflags": "+faststart", "fflags": "+bitexact"},
    "matroska": {"fflags": "+bitexact", "allow_raw_vfw": "1"},
    "avi": {"fflags": "+bitexact"},
}
SUFFIXES = {"mp4": ".mp4", "matroska": ".mkv", "avi": ".avi"}
# H.265 in MP4 has two names that differ in where parameters may stand; the source's is kept.
_KEPT_TAGS = frozenset({"avc1", "avc3", "hvc1", "hev1"})
# A packet, its stamp and when it is shown, ticks.
Shown: TypeAlias = tuple[VideoPacket, Stamp, int]


class Selection:
    """The packets of a clip, picked while they are read.

    From the last key frame shown at or before `start`, to `end` and on while packets fill in what
    is shown before a picture already picked, so that the clip has no hole.

    Attributes:
        step: average time between pictures, ticks.
        first: stamp of the first picture, ticks; None before there is one.
        behind: stamp of the end of the last picture, once all are given.
    """

    def __init__(self, packets: Iterator[Shown], start: int, end: int, step: int) -> None:
        self.first: int | None = None
        self.behind = 0
        self._packets = packets
        self._start, self._end, self.step = start, end, step

    def __iter__(self) -> Iterator[Shown]:
        shown_to: int | None = None
        for packet, stamp, at in self._beginning():
            if shown_to is None:
                self.first = at
            elif shown_to >= self._end and at > shown_to:
                self.behind = min(shown_to + self.step, self._next_shown(stamp, at))
                return
            shown_to = at if shown_to is None else max(shown_to, at)
            yield packet, stamp, at
        self.behind = (shown_to or 0) + self.step

    def _beginning(self) -> Iterator[Shown]:
        """All packets from the best key frame on."""
        waiting: list[Shown] = []
        for packet, stamp, at in self._packets:
            if is_key(packet) and at <= self._start:
                waiting.clear()
            waiting.append((packet, stamp, at))
            # Only beyond this can no better key frame follow.
            if stamp.dts > self._start:
                break
        yield from waiting
        yield from self._packets

    def _next_shown(self, stamp: Stamp, at: int) -> int:
        """When the picture behind the clip is shown, from the first packet left out."""
        for _, later, shown in self._packets:
            if stamp.dts >= at:
                break
            stamp, at = later, min(at, shown)
        return at


def mux(template: VideoStream, chosen: Selection, into: Path, container: str) -> None:
    """Write packets to a file, the first picture at 0.

    Args:
        template: the stream they come from, or one that says the same.
        chosen: the packets, their times in ticks of their own time base.
        into: the file.
        container: FFmpeg's name of its format.

    Raises:
        EvidenceUnavailable: there is no packet.
        av.error.FFmpegError, OSError, ValueError: it cannot be written; a part may lie there.
    """
    last: int | None = None
    with av.open(
        f"file:{into}", "w", format=container, container_options=_OPTIONS[container]
    ) as output:
        stream = output.add_stream_from_template(template, opaque=True)
        # From AVI into AVI the name of the encoder is kept: decoders round as that encoder did.
        if container == "avi" or template.codec_tag in _KEPT_TAGS:
            stream.codec_tag = template.codec_tag
        for packet, stamp, at in chosen:
            assert chosen.first is not None
            # A muxer refuses decoding times that do not increase or come after the showing.
            dts = (at if stamp.pts is None else min(stamp.dts, at)) - chosen.first
            dts = dts if last is None else max(dts, last + 1)
            packet.dts, packet.pts, last = dts, max(at - chosen.first, dts), dts
            packet.duration = packet.duration or chosen.step
            packet.stream = stream
            output.mux_one(packet)
    if chosen.first is None:
        raise EvidenceUnavailable("There is no footage at that time.")
