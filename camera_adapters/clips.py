"""Clips and stills of recorded footage: the original bitstream, never encoded again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import av
import av.error

from litterwatch.camera_adapters.av_errors import evidence_error
from litterwatch.camera_adapters.key_index import KeyIndex, seek
from litterwatch.camera_adapters.media_clock import Stamp
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.video_file import VideoFile, VideoPacket, is_key
from litterwatch.detector.errors import EvidenceUnavailable, SourceError
from litterwatch.detector.types import Clip, Image

# What MP4 holds as the original bytes (ISO/IEC 14496-14 and -15 and their registrations).
_MP4_CODECS = frozenset(
    {"h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "av1", "vp9"}
)
# "bitexact" leaves out the software's name and the time of writing: the same cut is the same file.
_OPTIONS = {
    "mp4": {"movflags": "+faststart", "fflags": "+bitexact"},
    "matroska": {"fflags": "+bitexact", "allow_raw_vfw": "1"},
    "avi": {"fflags": "+bitexact"},
}
_SUFFIXES = {"mp4": ".mp4", "matroska": ".mkv", "avi": ".avi"}
# H.265 in MP4 has two names that differ in where parameters may stand; the source's is kept.
_KEPT_TAGS = frozenset({"avc1", "avc3", "hvc1", "hev1"})
# A packet, its stamp and when it is shown, ticks.
_Shown: TypeAlias = tuple[VideoPacket, Stamp, int]


class _Selection:
    """The packets of a clip, picked while they are read.

    From the last key frame shown at or before `start`, to `end` and on while packets fill in what
    is shown before a picture already picked, so that the clip has no hole.

    Attributes:
        first: stamp of the first picture, ticks; None before there is one.
        behind: stamp of the end of the last picture, once all are given.
    """

    def __init__(self, packets: Iterator[_Shown], start: int, end: int, step: int) -> None:
        self.first: int | None = None
        self.behind = 0
        self._packets = packets
        self._start, self._end, self._step = start, end, step

    def __iter__(self) -> Iterator[_Shown]:
        shown_to: int | None = None
        for packet, stamp, at in self._beginning():
            if shown_to is None:
                self.first = at
            elif shown_to >= self._end and at > shown_to:
                self.behind = min(shown_to + self._step, self._next_shown(stamp, at))
                return
            shown_to = at if shown_to is None else max(shown_to, at)
            yield packet, stamp, at
        self.behind = (shown_to or 0) + self._step

    def _beginning(self) -> Iterator[_Shown]:
        """All packets from the best key frame on."""
        waiting: list[_Shown] = []
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


class RecordedFootage:
    """A ClipSource for one video file, in the media time of `RecordedSource`.

    Args:
        path: the file; it is opened for each call and not in between.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._index = KeyIndex(self.path)

    def cut(self, t_start: float, t_end: float, into: Path) -> Clip:
        """Copy the packets from the key frame at or before t_start to t_end, without sound.

        The packets keep their bytes and their distances in time; the first picture of the clip is
        at 0. The same cut gives the same bytes. Nothing is left behind if it fails.

        Args:
            t_start: media time of what the clip must begin with or before, s.
            t_end: media time of the last picture it must hold, s.
            into: the file to write. MP4 where it can hold the codec; otherwise the clip is
                Matroska, or AVI where the footage does not say when pictures are shown, with that
                suffix instead: `Clip.path` is the true name.

        Raises:
            EvidenceUnavailable: the footage is no longer there or ends before t_start.
            EvidenceDiskFull: there is no room.
        """
        if not t_start <= t_end:
            raise ValueError(f"t_start must not be after t_end, got {t_start} and {t_end}")
        with self._as_evidence(), VideoFile(self.path) as video:
            start, end = self._stamps(video, t_start), self._stamps(video, t_end)
            entry = self._index.at_or_before(start)
            if entry is None:
                raise EvidenceUnavailable(f"{self.path} ends before {t_start:.1f} s.")
            container = _container(video)
            into = into.with_suffix(_SUFFIXES[container]) if container != "mp4" else into
            packets = ((p, s, self._index.shown(s)) for p, s in video.packets(seek(video, entry)))
            chosen = _Selection(packets, start, end + self._index.unsure, video.step)
            try:
                _mux(video, chosen, into, container)
            except (av.error.FFmpegError, OSError, ValueError) as error:
                into.unlink(missing_ok=True)
                raise evidence_error(error, self.path, into) from error
            except BaseException:
                into.unlink(missing_ok=True)
                raise
            return self._clip(video, chosen, into)

    def still(self, media_time: float) -> Image:
        """The full picture (h, w, 3) uint8 BGR as displayed nearest to that time (s).

        Raises:
            EvidenceUnavailable: the footage is no longer there or holds no picture there.
        """
        with self._as_evidence(), VideoFile(self.path) as video:
            entry = self._index.at_or_before(self._stamps(video, media_time))
            # Behind the end the last picture is the nearest.
            entry = entry or self._index.last()
            origin = self._index.origin
            packets = video.packets(seek(video, entry))
            clock = video.frame_clock(origin, float((entry.shown - origin) * video.time_base))
            nearest, distance = None, float("inf")
            for frame, time in video.frames(packets, clock):
                if abs(time - media_time) >= distance:
                    break
                nearest, distance = frame, abs(time - media_time)
            assert nearest is not None
            return PictureMaker(None).make(nearest)

    def _clip(self, video: VideoFile, chosen: _Selection, into: Path) -> Clip:
        assert chosen.first is not None
        origin = self._index.origin
        ((begins, ends),) = video.seconds([(chosen.first, chosen.behind)], origin)
        gaps = video.seconds(video.clock.gaps, origin)
        return Clip(
            path=str(into),
            t_start=max(0.0, begins),
            t_end=ends,
            codec=video.codec,
            gaps=tuple(gap for gap in gaps if gap[1] > begins and gap[0] < ends),
        )

    def _stamps(self, video: VideoFile, media_time: float) -> int:
        return self._index.origin + video.ticks(media_time)

    @contextmanager
    def _as_evidence(self) -> Iterator[None]:
        """Say what befell the source in terms of evidence."""
        try:
            yield
        except SourceError as error:
            raise EvidenceUnavailable(str(error)) from error
        except av.error.FFmpegError as error:
            raise EvidenceUnavailable(
                f"No picture could be made from {self.path}: its kind of picture is not supported."
            ) from error


def _container(video: VideoFile) -> str:
    """FFmpeg's name of the container for a clip of that file."""
    from_avi = video.container.format.name == "avi"
    if video.codec in _MP4_CODECS and not (from_avi and video.unshown):
        return "mp4"
    # What comes from AVI fits into AVI; Matroska takes most of the rest.
    return "avi" if from_avi else "matroska"


def _mux(video: VideoFile, chosen: _Selection, into: Path, container: str) -> None:
    """Write packets to a file, the first picture at 0."""
    last: int | None = None
    with av.open(
        f"file:{into}", "w", format=container, container_options=_OPTIONS[container]
    ) as output:
        stream = output.add_stream_from_template(video.stream, opaque=True)
        # From AVI into AVI the name of the encoder is kept: decoders round as that encoder did.
        if container == "avi" or video.stream.codec_tag in _KEPT_TAGS:
            stream.codec_tag = video.stream.codec_tag
        for packet, stamp, at in chosen:
            assert chosen.first is not None
            # A muxer refuses decoding times that do not increase or come after the showing.
            dts = (at if stamp.pts is None else min(stamp.dts, at)) - chosen.first
            dts = dts if last is None else max(dts, last + 1)
            packet.dts, packet.pts, last = dts, max(at - chosen.first, dts), dts
            packet.duration = packet.duration or video.step
            packet.stream = stream
            output.mux_one(packet)
    if chosen.first is None:
        raise EvidenceUnavailable(f"{video.path} holds no video there.")
