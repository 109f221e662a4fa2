"""Evidence out of a ring: a ClipSource for footage that is still being written."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, cast

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import evidence_error
from litterwatch.camera_adapters.live_clock import TICKS, TIME_BASE
from litterwatch.camera_adapters.media_clock import HOLE, Stamp
from litterwatch.camera_adapters.muxing import Selection, Shown, mux
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.ring import Segment, segments_in
from litterwatch.camera_adapters.ring_file import Head, RingPacket, SegmentReader
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import EvidenceUnavailable
from litterwatch.detector.types import Clip, Image

_NEAR: Final = HOLE
"""A still may be this far from the moment asked for, s: within a gap nobody knows."""

_GONE: Final = "The footage from {:.1f} to {:.1f} s is no longer in the ring, or not there yet."


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Segments, one after the other, of one and the same kind of stream."""

    segments: tuple[Segment, ...]
    template: bytes
    codec: str
    step: int
    begins: int
    ends: int
    is_masked: bool


class RingFootage:
    """A ClipSource over the ring in a folder; safe while it is written and from many threads.

    Args:
        folder: of the camera.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        """Copy the packets from the key frame at or before t_start to t_end.

        What is no longer, or not yet, in the ring is left out: `Clip.t_start` and `t_end` tell.
        Where the camera changed its codec or resolution in between, one file cannot hold both: the
        longer part is taken, the other is declared as a gap.

        Raises:
            EvidenceUnavailable: nothing of it is in the ring.
            EvidenceDiskFull: there is no room.
        """
        if not t_start <= t_end:
            raise ValueError(f"t_start must not be after t_end, got {t_start} and {t_end}")
        start, end = round(t_start * TICKS), round(t_end * TICKS)
        stretch = self._stretch(start, end)
        reading = _Reading(stretch)
        chosen = Selection(reading.packets(), start, end, stretch.step)
        try:
            with _opened(stretch.template) as template:
                mux(template.streams.video[0], chosen, into, "mp4")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            into.unlink(missing_ok=True)
            raise evidence_error(error, self.folder, into) from error
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        assert chosen.first is not None
        return Clip(
            path=str(into),
            t_start=chosen.first / TICKS,
            t_end=chosen.behind / TICKS,
            codec=stretch.codec,
            is_masked=stretch.is_masked,
            gaps=tuple(reading.gaps_within(chosen.first, chosen.behind, start, end)),
        )

    def still(self, media_time: float) -> Image:
        """The full picture (h, w, 3) uint8 BGR nearest to that time.

        Raises:
            EvidenceUnavailable: there is none within a second of it.
        """
        at = round(media_time * TICKS)
        stretch = self._stretch(at, at)
        nearest, distance = None, float("inf")
        with self._as_evidence():
            for frame, shown in _pictures(stretch, at):
                if abs(shown - at) >= distance:
                    break
                nearest, distance = frame, abs(shown - at)
            if nearest is None or distance > _NEAR * TICKS:
                raise EvidenceUnavailable(_GONE.format(media_time, media_time))
            return PictureMaker(None).make(nearest)

    def span(self) -> tuple[float, float] | None:
        """Media times of the oldest and the newest picture, s; None for an empty ring."""
        segments = segments_in(self.folder)
        for segment in reversed(segments):
            newest = _newest(segment)
            if newest is not None:
                return segments[0].first / TICKS, newest / TICKS
        return None

    def utc(self, media_time: float) -> datetime | None:
        """The hour of a moment by the host's clock, as it stood then; None if it is gone."""
        at = round(media_time * TICKS)
        for segment in reversed(segments_in(self.folder)):
            if segment.first <= at:
                try:
                    reader = SegmentReader(segment.path)
                except (OSError, ValueError):
                    return None
                reader.close()
                taken = datetime.fromtimestamp(reader.head.utc, UTC)
                return taken + timedelta(seconds=(at - segment.first) / TICKS)
        return None

    def _stretch(self, start: int, end: int) -> _Stretch:
        """The longest run of segments alike that overlaps the time asked for."""
        stretches = [
            stretch
            for stretch in _stretches(_around(segments_in(self.folder), start, end))
            if stretch.ends + round(_NEAR * TICKS) >= start
        ]
        if not stretches:
            raise EvidenceUnavailable(_GONE.format(start / TICKS, end / TICKS))
        return max(stretches, key=lambda s: min(s.ends, end) - max(s.begins, start))

    @contextmanager
    def _as_evidence(self) -> Iterator[None]:
        try:
            yield
        except (av.error.FFmpegError, OSError) as error:
            raise EvidenceUnavailable(
                f"No picture could be made from the ring in {self.folder}."
            ) from error


class _Reading:
    """Reads a stretch once, and remembers where pictures are missing."""

    def __init__(self, stretch: _Stretch) -> None:
        self._stretch = stretch
        self._gaps: list[tuple[int, int]] = []

    def packets(self) -> Iterator[Shown]:
        hole = max(round(HOLE * TICKS), 4 * self._stretch.step)
        last: int | None = None
        for packet in _packets(self._stretch):
            if last is not None and packet.shown - last > (0 if packet.is_after_gap else hole):
                self._gaps.append((last, packet.shown))
            last = packet.shown if last is None else max(last, packet.shown)
            pts = packet.shown if packet.has_pts else None
            yield _av_packet(packet), Stamp(pts, packet.dts), packet.shown

    def gaps_within(
        self, first: int, behind: int, start: int, end: int
    ) -> Iterator[tuple[float, float]]:
        """Gaps of a clip, s: inside it, and what another kind of stream before or behind it has."""
        near = round(_NEAR * TICKS)
        if first - start > near and self._stretch.begins > start:
            yield start / TICKS, first / TICKS
        for begins, ends in self._gaps:
            if ends > first and begins < behind:
                yield begins / TICKS, ends / TICKS
        if end - behind > near:
            yield behind / TICKS, end / TICKS


def _around(segments: list[Segment], start: int, end: int) -> list[Segment]:
    """Segments that may hold something between, the one before included."""
    chosen = [
        segment
        for segment, after in pairwise(segments)
        if segment.first <= end and after.first > start
    ]
    if segments and segments[-1].first <= end:
        chosen.append(segments[-1])
    return chosen


def _stretches(segments: list[Segment]) -> Iterator[_Stretch]:
    """Runs of segments with the same template; files that went meanwhile are left out."""
    known: list[tuple[Segment, bytes, Head]] = []
    for segment in segments:
        try:
            reader = SegmentReader(segment.path)
        except (OSError, ValueError):
            continue
        reader.close()
        known.append((segment, reader.template, reader.head))
    for _, run in groupby(known, key=lambda entry: entry[1]):
        alike = list(run)
        _, template, head = alike[0]
        step = max(1, round(head.interval * TICKS))
        newest = _newest(alike[-1][0])
        if newest is not None:
            files = tuple(entry[0] for entry in alike)
            begins = files[0].first
            yield _Stretch(files, template, head.codec, step, begins, newest + step, head.is_masked)


def _newest(segment: Segment) -> int | None:
    """Stamp of the last picture of a segment; None when there is none."""
    try:
        packets = list(SegmentReader(segment.path).packets())
    except (OSError, ValueError):
        return None
    return max((packet.shown for packet in packets), default=None)


def _packets(stretch: _Stretch) -> Iterator[RingPacket]:
    for segment in stretch.segments:
        try:
            reader = SegmentReader(segment.path)
        except (OSError, ValueError):
            continue  # went while others were read: the gap tells
        yield from reader.packets()


def _av_packet(packet: RingPacket) -> VideoPacket:
    made = cast(VideoPacket, av.Packet(packet.data))
    made.time_base = TIME_BASE
    made.pts, made.dts = packet.shown if packet.has_pts else None, packet.dts
    made.duration = packet.duration
    made.is_keyframe = packet.is_key
    return made


def _opened(template: bytes) -> InputContainer:
    return av.open(io.BytesIO(template), "r", format="nut")


def _pictures(stretch: _Stretch, at: int) -> Iterator[tuple[VideoFrame, int]]:
    """Pictures from the key frame before a moment on, with their stamps."""
    waiting: list[RingPacket] = []
    with _opened(stretch.template) as template:
        stream: VideoStream = template.streams.video[0]
        packets = _packets(stretch)
        for packet in packets:
            if packet.is_key and packet.shown <= at:
                waiting.clear()
            waiting.append(packet)
            if packet.dts > at:
                break
        for packet in (*waiting, *packets):
            for frame in stream.codec_context.decode(_av_packet(packet)):
                yield frame, frame.pts if frame.pts is not None else packet.shown
        for frame in stream.codec_context.decode(None):
            yield frame, frame.pts if frame.pts is not None else at
