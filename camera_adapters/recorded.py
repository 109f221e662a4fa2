"""Frames of a recorded video file."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av.error
from av.video.frame import VideoFrame

from litterwatch.camera_adapters.av_errors import source_error
from litterwatch.camera_adapters.handover import Handover
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.pictures import PictureMaker
from litterwatch.camera_adapters.video_file import VideoFile
from litterwatch.camera_adapters.video_info import StreamInfo, probe
from litterwatch.detector.types import Frame

# The end of a stream may be this much short of the declared duration before it counts as cut off.
_SHORT = 1.0


class RateGate:
    """Picks the frames nearest to a regular beat, whatever the rate of the camera.

    Args:
        rate: frames/s to pick at most; None picks every frame.
        interval: average time between the camera's frames, s.
    """

    def __init__(self, rate: float | None, interval: float) -> None:
        if rate is not None and rate <= 0:
            raise ValueError(f"rate must be above 0, got {rate}")
        self._rate = rate
        # Half an interval early is nearer than the next frame will be. A camera that is slower than
        # the rate may come early by half a beat, so that none of its frames is lost to jitter.
        self._early = min(0.5, 0.5 * interval * (rate or 0.0))
        self._slot = -1

    def is_due(self, media_time: float) -> bool:
        """Whether the frame at that time (s, increasing from call to call) is to be used."""
        if self._rate is None:
            return True
        slot = int(media_time * self._rate + self._early)
        if slot <= self._slot:
            return False
        self._slot = slot
        return True


class RecordedSource:
    """A FrameSource that reads a video file once, decoding in a thread of its own.

    Every frame is decoded; only those due at `rate` become pictures. What the file's timestamps
    lack or get wrong is put right in media_clock.py. A file that breaks off or is damaged gives
    what can be decoded; `truncated` and `undecodable` tell.

    Args:
        path: the file.
        camera_id: stable name for its frames.
        rate: analysis rate, frames/s of media time; None gives every frame.
        long_side: of the analysis picture, px; smaller pictures are not enlarged.
        start_time: aware time of the first frame if somebody knows it, for `captured_at`.
        queue_size: pictures that may lie ready before decoding waits.
        masks: what is black in every picture.

    Attributes:
        info: what the file is.
        decoded: frames decoded so far.
        truncated: whether the file ended before it should have; known at the end.

    Raises:
        SourceUnavailable: the file cannot be opened.
        SourceUnreadable: it holds no video that can be decoded.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        camera_id: str,
        rate: float | None = 6.0,
        long_side: int = 640,
        start_time: datetime | None = None,
        queue_size: int = 8,
        masks: Masks | None = None,
    ) -> None:
        if start_time is not None and start_time.tzinfo is None:
            raise ValueError("start_time must be aware")
        self.path = Path(path)
        self.camera_id = camera_id
        self.decoded = 0
        self.truncated = False
        self.info: StreamInfo = probe(self.path)
        self._gate = RateGate(rate, 1 / self.info.fps)
        self._long_side = long_side
        self._start_time = start_time
        self._masks = masks or Masks()
        self._handover: Handover[Frame] = Handover(queue_size)
        self._thread: threading.Thread | None = None
        self._video: VideoFile | None = None
        self._origin: int | None = None

    @property
    def duration(self) -> float | None:
        """Seconds, as the file declares; None where it does not."""
        return self.info.duration

    @property
    def undecodable(self) -> int:
        """Packets that could not be decoded so far."""
        return 0 if self._video is None else self._video.undecodable

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """(from, to) media times, s, where frames are missing or the clock was set, so far."""
        if self._video is None or self._origin is None:
            return []
        return self._video.seconds(self._video.clock.gaps, self._origin)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames to analyse; once.

        Raises:
            SourceError: the file could not be read; frames given before stay valid.
        """
        if self._thread is not None:
            raise RuntimeError("a source is read once; make another one to read the file again")
        if self._handover.closed:
            return
        self._thread = threading.Thread(
            target=self._run, name=f"decode {self.camera_id}", daemon=True
        )
        self._thread.start()
        try:
            while (frame := self._handover.get()) is not None:
                yield frame
        finally:
            self.close()

    def close(self) -> None:
        """Stop decoding and release the file; may be called twice."""
        self._handover.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001 - a thread's outermost call; raised in frames()
            self._handover.finish(error)
        else:
            self._handover.finish()

    def _read(self) -> None:
        with VideoFile(self.path) as video:
            self._video = video
            clock = video.frame_clock()
            maker = PictureMaker(self._long_side, video.stream.sample_aspect_ratio)
            media_time = 0.0
            for picture, media_time in video.frames(video.packets(), clock):
                self._origin = clock.origin
                index, self.decoded = self.decoded, self.decoded + 1
                if self._gate.is_due(media_time):
                    frame = self._frame(maker, picture, index, media_time)
                    if not self._handover.put(frame):
                        return
                elif self._handover.closed:
                    return
            self.truncated = _breaks_off(video, media_time)

    def _frame(
        self, maker: PictureMaker, picture: VideoFrame, index: int, media_time: float
    ) -> Frame:
        try:
            image = self._masks.paint(maker.make(picture))
        except av.error.FFmpegError as error:
            raise source_error(error, self.path) from error
        start = self._start_time
        return Frame(
            camera_id=self.camera_id,
            index=index,
            media_time=media_time,
            captured_at=None if start is None else start + timedelta(seconds=media_time),
            image=image,
            source_size=maker.source_size(picture),
        )


def _breaks_off(video: VideoFile, last: float) -> bool:
    """Whether a file that was read through ended early.

    Args:
        video: the file, read to its end.
        last: media time of its last frame, s.
    """
    if video.read_error is not None or video.packets_read < video.stream.frames - 1:
        return True
    # Only Matroska declares a length apart from the number of frames; sound may be the longer.
    alone = len(video.container.streams) == 1 and video.container.format.name.startswith("matroska")
    duration = video.duration
    return alone and duration is not None and last + video.interval < duration - _SHORT
