"""Video of masked pictures: decoded, blackened, encoded again, as packets cannot be masked."""

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from litterwatch.camera_adapters.live_clock import TIME_BASE
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.rtsp import template_of
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import EvidenceUnavailable

CODEC: Final = "h264"
_KEY_EVERY: Final = 2.0  # s
# No picture waits for a later one, so that each packet is written when its picture has come.
_OPTIONS: Final = {"preset": "superfast", "tune": "zerolatency", "crf": "23"}
_BITEXACT: Final = "+bitexact"


class MaskedEncoder:
    """Makes one H.264 packet of each picture.

    Args:
        masks: what is blackened.
        first: the first picture, for its size.
        interval: average time between pictures, s.
        aspect: width of a stored pixel through its height; None if unknown or 1.

    Attributes:
        size: (width, height) of the pictures it takes, px.
    """

    def __init__(
        self, masks: Masks, first: VideoFrame, interval: float, aspect: Fraction | None
    ) -> None:
        self._masks = masks
        self.size = (first.width, first.height)
        self._container = av.open(
            io.BytesIO(), "w", format="nut", container_options={"fflags": _BITEXACT}
        )
        self._stream = _encoder(self._container, first, interval, aspect)
        self._container.start_encoding()

    def template(self) -> bytes:
        """All that a file must say about the stream, as a file in NUT format without a picture."""
        return template_of(self._stream)

    def encode(self, frame: VideoFrame, shown: int) -> list[VideoPacket]:
        """The packet of one picture; `shown` is its time in ticks, increasing."""
        picture = self._masks.blackened(frame)
        picture.pts, picture.time_base = shown, TIME_BASE
        return list(self._stream.encode(picture))

    def close(self) -> None:
        """Release the encoder."""
        self._container.close()


def write_masked(
    masks: Masks,
    frames: Iterator[tuple[VideoFrame, float]],
    into: Path,
    interval: float,
    aspect: Fraction | None,
) -> tuple[float, float]:
    """Encode pictures into an MP4, the first at 0; the times of the first and behind the last, s.

    Args:
        masks: what is blackened.
        frames: pictures with their times, s, increasing.
        into: a new file.
        interval: average time between pictures, s.
        aspect: width of a stored pixel through its height; None if unknown or 1.

    Raises:
        EvidenceUnavailable: there is no picture.
        av.error.FFmpegError, OSError, ValueError: it cannot be written; a part may lie there.
    """
    first = next(frames, None)
    if first is None:
        raise EvidenceUnavailable("There is no footage at that time.")
    begins, last = first[1], -1
    options = {"movflags": "+faststart", "fflags": _BITEXACT}
    with av.open(f"file:{into}", "w", format="mp4", container_options=options) as output:
        encoder = _encoder(output, first[0], interval, aspect)
        if first[0].rotation:
            encoder.set_display_rotation(first[0].rotation)
        for frame, time in chain([first], frames):
            picture = masks.blackened(frame)
            last = max(last + 1, round((time - begins) / TIME_BASE))
            picture.pts, picture.time_base = last, TIME_BASE
            output.mux(encoder.encode(picture))
        output.mux(encoder.encode(None))
    return begins, begins + float(last * TIME_BASE) + interval


def _encoder(
    output: OutputContainer, first: VideoFrame, interval: float, aspect: Fraction | None
) -> VideoStream:
    rate = max(1, round(1 / interval))
    encoder = output.add_stream("libx264", rate=rate, options=dict(_OPTIONS))
    encoder.width, encoder.height = max(2, first.width & ~1), max(2, first.height & ~1)
    encoder.pix_fmt = "yuv420p"
    context = encoder.codec_context
    context.time_base = TIME_BASE
    context.gop_size = max(1, round(_KEY_EVERY * rate))
    context.thread_count = 1  # the same pictures give the same bytes
    if aspect is not None:
        context.sample_aspect_ratio = aspect
    return encoder
