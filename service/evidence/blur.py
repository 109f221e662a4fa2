"""Copies in which people and vehicles cannot be recognised; the original is never touched.

Every person, two-wheeler and vehicle that the detector has seen at any moment within
`HOLD` seconds is covered with a coarse mosaic, so that one missed look uncovers nobody, and the
whole outline goes: faces, clothes, plates. The machine can still miss somebody: a person looks
at the copy before it leaves the building. The copy has no sound and says that it is a copy.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
from av.error import FFmpegError
from av.video.stream import VideoStream

from litterwatch.camera_adapters.recorded import RecordedSource
from litterwatch.detector.errors import EvidenceDiskFull, EvidenceError
from litterwatch.detector.geometry import Box
from litterwatch.detector.protocols import ObjectDetector
from litterwatch.detector.types import ACTOR_LABELS, Frame, Image
from litterwatch.service.evidence.disk import FULL
from litterwatch.service.evidence.stills import jpeg

CONFIDENCE: Final = 0.12
"""From which somebody is covered: rather a lamp post too many than a person too few."""

HOLD: Final = 0.5
"""Seconds before and after a look for which its boxes are covered."""

_LOOKS: Final = 0.09  # seconds between two looks of the detector
_MARGIN: Final = 0.15  # of the box, covered around it on each side
_TILES: Final = 6  # of the mosaic along the longer side of a box: no face, no plate survives
_TICKS: Final = 90_000  # of the copy's clock, a second
_NOTE: Final = "BAN LAM MO - BLURRED COPY"


def blur_clip(original: Path, into: Path, detector: ObjectDetector) -> None:
    """Write an H.264 copy of a clip, MP4, at the times of the original.

    Raises:
        EvidenceDiskFull: no room.
        EvidenceError: it cannot be written.
        SourceError: the original cannot be read.
        ModelError: the detector failed.
    """
    source = RecordedSource(original, camera_id="export", rate=None, long_side=1 << 16)
    try:
        with av.open(str(into), "w", format="mp4", options=_MP4) as container:
            container.metadata["comment"] = _NOTE
            encoder = _Encoder(container, source.info.fps)
            for frame, boxes in _covered(source.frames(), detector):
                encoder.write(frame, blurred(frame.image, boxes))
            encoder.finish()
    except (OSError, FFmpegError) as error:
        if getattr(error, "errno", None) in FULL:
            raise EvidenceDiskFull(f"No room for the copy {into}: free space.") from error
        raise EvidenceError(f"The blurred copy {into.name} cannot be written.") from error
    finally:
        source.close()


def blur_still(original: Path, detector: ObjectDetector, also: Sequence[Box] = ()) -> bytes:
    """A blurred copy of a picture, JPEG.

    Args:
        original: the picture.
        detector: sees whom to cover.
        also: px of the picture, covered in any case.

    Raises:
        EvidenceError: it cannot be read or written.
        ModelError: the detector failed.
    """
    image = cv2.imread(str(original), cv2.IMREAD_COLOR)
    if image is None:
        raise EvidenceError(f"The still {original.name} cannot be read.")
    picture: Image = image.astype("uint8", copy=False)
    return jpeg(blurred(picture, [*_seen(picture, detector), *also]))


def blurred(image: Image, boxes: Sequence[Box]) -> Image:
    """A copy with a mosaic over each box and a note in a corner.

    Args:
        image: (h, w, 3) uint8 BGR.
        boxes: px of it.
    """
    copy = covered(image, boxes)
    height = copy.shape[0]
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(0.4, height / 1000)
    (wide, high), below = cv2.getTextSize(_NOTE, font, scale, 1)
    cv2.rectangle(copy, (0, height - high - below - 8), (wide + 12, height), (0, 0, 0), cv2.FILLED)
    place = (6, height - below - 4)
    cv2.putText(copy, _NOTE, place, font, scale, (255, 255, 255), 1, cv2.LINE_AA)
    return copy


def covered(
    image: Image,
    boxes: Sequence[Box],
    tiles: int = _TILES,
    *,
    margin: float = _MARGIN,
    least: float = 4.0,
) -> Image:
    """A copy with a mosaic over each box.

    Args:
        image: (h, w, 3) uint8 BGR.
        boxes: px of it.
        tiles: of the mosaic along the longer side of a box.
        margin: of the box, covered around it on each side.
        least: px covered beyond that.
    """
    copy = image.copy()
    height, width = copy.shape[:2]
    for box in boxes:
        grown = box.grown(margin * box.width + least, margin * box.height + least)
        shown = grown.clipped(width, height)
        left, top = int(shown.x1), int(shown.y1)
        right, bottom = int(shown.x2 + 0.999), int(shown.y2 + 0.999)
        if right > left and bottom > top:
            copy[top:bottom, left:right] = _mosaic(image[top:bottom, left:right], tiles)
    return copy


def _mosaic(region: Image, tiles: int) -> Image:
    height, width = region.shape[:2]
    tile = max(1.0, max(height, width) / tiles)
    size = (max(1, round(width / tile)), max(1, round(height / tile)))
    small = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST).astype("uint8")


def _seen(image: Image, detector: ObjectDetector) -> list[Box]:
    (found,) = detector.detect([image])
    actors = found.where(found.confidence >= CONFIDENCE).labelled(*ACTOR_LABELS)
    return actors.boxes()


@dataclass(slots=True)
class _Window:
    """Looks around the frames that wait to be written."""

    frames: deque[Frame] = field(default_factory=deque)
    looks: deque[tuple[float, list[Box]]] = field(default_factory=deque)

    def ready(self, now: float) -> Iterator[tuple[Frame, list[Box]]]:
        """Frames for which every look within `HOLD` has been taken."""
        while self.frames and self.frames[0].media_time + HOLD < now:
            frame = self.frames.popleft()
            while self.looks and self.looks[0][0] < frame.media_time - HOLD:
                self.looks.popleft()
            near = (boxes for time, boxes in self.looks if time <= frame.media_time + HOLD)
            yield frame, [box for boxes in near for box in boxes]


def _covered(
    frames: Iterator[Frame], detector: ObjectDetector
) -> Iterator[tuple[Frame, list[Box]]]:
    """Each frame with all that is to be covered in it."""
    window, next_look = _Window(), float("-inf")
    for frame in frames:
        window.frames.append(frame)
        if frame.media_time >= next_look:
            window.looks.append((frame.media_time, _seen(frame.image, detector)))
            next_look = frame.media_time + _LOOKS
        yield from window.ready(frame.media_time)
    yield from window.ready(float("inf"))


# "bitexact" leaves out the software's name and the time of writing.
_MP4: Final = {"movflags": "+faststart", "fflags": "+bitexact"}


class _Encoder:
    """Frames in, H.264 out; the picture's size is the first frame's, made even."""

    def __init__(self, container: av.container.OutputContainer, fps: float) -> None:
        self._container = container
        self._fps = fps
        self._stream: VideoStream | None = None
        self._last = -1

    def write(self, frame: Frame, image: Image) -> None:
        """Add a picture at its media time."""
        height, width = (side - side % 2 for side in image.shape[:2])
        if self._stream is None:
            self._stream = self._opened(width, height)
        picture = av.VideoFrame.from_ndarray(image[:height, :width], format="bgr24")
        picture = picture.reformat(format="yuv420p", threads=1)
        self._last = max(self._last + 1, round(frame.media_time * _TICKS))
        picture.pts, picture.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Write what the encoder still holds.

        Raises:
            EvidenceError: there was no picture.
        """
        if self._stream is None:
            raise EvidenceError("The clip holds no picture.")
        self._container.mux(self._stream.encode(None))

    def _opened(self, width: int, height: int) -> VideoStream:
        rate = Fraction(self._fps).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        stream.codec_context.max_b_frames = 0
        # The number of threads shapes the bitstream, and slices of a scaled picture: fixed.
        stream.codec_context.thread_count = 1
        stream.options = {"preset": "veryfast", "crf": "23"}
        return stream
