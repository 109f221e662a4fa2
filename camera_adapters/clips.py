"""Clips and stills of recorded footage: the original bitstream, never encoded again.

But for cameras with privacy masks: there clips are masked pictures, encoded again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av.error

from litterwatch.camera_adapters.av_errors import evidence_error
from litterwatch.camera_adapters.key_index import Entry, KeyIndex, seek
from litterwatch.camera_adapters.masked_video import CODEC, write_masked
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.muxing import MP4_CODECS, SUFFIXES, Selection, mux
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.video_file import VideoFile
from litterwatch.detector.errors import EvidenceUnavailable, SourceError
from litterwatch.detector.types import Clip, Image


class RecordedFootage:
    """A ClipSource for one video file, in the media time of `RecordedSource`.

    Args:
        path: the file; it is opened for each call and not in between.
        masks: what is black in every clip and picture.
    """

    def __init__(self, path: str | Path, masks: Masks | None = None) -> None:
        self.path = Path(path)
        self._masks = masks or Masks()
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
            container = "mp4" if self._masks else _container(video)
            into = into.with_suffix(SUFFIXES[container]) if container != "mp4" else into
            packets = ((p, s, self._index.shown(s)) for p, s in video.packets(seek(video, entry)))
            chosen = Selection(packets, start, end + self._index.unsure, video.step)
            try:
                if self._masks:
                    return self._masked(video, entry, chosen, into)
                mux(video.stream, chosen, into, container)
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
            return self._masks.paint(PictureMaker(None).make(nearest))

    def _masked(self, video: VideoFile, entry: Entry, chosen: Selection, into: Path) -> Clip:
        """The same stretch as masked pictures; nothing unmasked is written on the way."""
        origin = self._index.origin
        clock = video.frame_clock(origin, float((entry.shown - origin) * video.time_base))
        frames = video.frames(((packet, stamp) for packet, stamp, _ in chosen), clock)
        aspect = video.stream.sample_aspect_ratio
        begins, ends = write_masked(self._masks, frames, into, video.interval, aspect)
        gaps = video.seconds(video.clock.gaps, origin)
        return Clip(
            path=str(into),
            t_start=max(0.0, begins),
            t_end=ends,
            codec=CODEC,
            gaps=tuple(gap for gap in gaps if gap[1] > begins and gap[0] < ends),
            is_masked=True,
        )

    def _clip(self, video: VideoFile, chosen: Selection, into: Path) -> Clip:
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
    if video.codec in MP4_CODECS and not (from_avi and video.unshown):
        return "mp4"
    # What comes from AVI fits into AVI; Matroska takes most of the rest.
    return "avi" if from_avi else "matroska"
