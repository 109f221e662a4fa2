"""Writes pictures into an H.264 file, each shown from its own media time on."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import av.error
from av.video.stream import VideoStream

from litterwatch.detector.errors import EvidenceDiskFull
from litterwatch.detector.types import Image

_TICKS: Final = 1000
"""A second of media time in units of the file."""


class SeenFilm:
    """A film being written; under its name only when it is whole.

    Args:
        path: the mp4 file.
        rate: pictures a second, for players; None where it is not known.

    Raises:
        EvidenceDiskFull: the file cannot be written.
    """

    def __init__(self, path: Path, rate: float | None) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._rate = Fraction(rate).limit_denominator(1000) if rate else Fraction(25)
        self._stream: VideoStream | None = None
        self._last = -1
        self.pictures = 0
        try:
            self._container = av.open(str(self._partial), "w", format="mp4")
        except (OSError, av.error.FFmpegError) as error:
            raise EvidenceDiskFull(
                f"Cannot write {path}: check the folder and its room."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None and kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def add(self, image: Image, media_time: float) -> None:
        """Show a picture (h, w, 3) uint8 BGR of even sides from that time, s, on.

        A picture of another size than the first is made to fit.
        """
        stream = self._stream or self._begin(image)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame = frame.reformat(stream.width, stream.height, "yuv420p")
        self._last = max(self._last + 1, round(media_time * _TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(stream.encode(frame))
        self.pictures += 1

    def _begin(self, image: Image) -> VideoStream:
        stream = self._container.add_stream("libx264", rate=self._rate)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, _TICKS)
        stream.codec_context.max_b_frames = 0
        stream.options = {"preset": "veryfast", "crf": "23"}
        self._stream = stream
        return stream
