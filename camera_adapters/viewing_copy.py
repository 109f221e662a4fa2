"""Working copies of clips for people to look at, where a browser cannot play the original.

The original is read and never written. A copy says nothing as evidence.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from litterwatch.camera_adapters.av_errors import evidence_error, source_error
from litterwatch.detector.errors import SourceUnreadable

_LONG_SIDE: Final = 1280  # px; a copy of the size of a screen is enough to look at
_TIME_BASE: Final = Fraction(1, 90_000)
_OPTIONS: Final = {"preset": "veryfast", "crf": "23"}
_Timed = tuple[Fraction, VideoFrame]


def write_viewing_copy(original: Path, into: Path) -> None:
    """Encode a clip anew as H.264 in MP4, its pictures at the same times from the first one on.

    Args:
        original: any clip that can be decoded.
        into: a new file.

    Raises:
        EvidenceError: the copy cannot be written.
        SourceError: the original cannot be read.
    """
    try:
        source = av.open(str(original))
    except (av.error.FFmpegError, OSError) as error:
        raise source_error(error, original) from error
    with source:
        try:
            options = {"movflags": "+faststart"}
            with av.open(str(into), "w", format="mp4", options=options) as copy:
                _encode(source, copy)
        except (av.error.FFmpegError, OSError) as error:
            raise evidence_error(error, original, into) from error


def _encode(source: InputContainer, copy: OutputContainer) -> None:
    if not source.streams.video:
        raise SourceUnreadable("The clip holds no video.")
    stream = source.streams.video[0]
    stream.thread_type = "AUTO"
    frames = _timed(source, stream)
    first = next(frames, None)
    if first is None:
        raise SourceUnreadable("The clip holds no picture that can be decoded.")
    encoder = _encoder(copy, first[1])
    for time, frame in chain([first], frames):
        size = {"width": encoder.width, "height": encoder.height}
        picture = frame.reformat(**size, format="yuv420p")
        picture.pts, picture.time_base = round(time / _TIME_BASE), _TIME_BASE
        copy.mux(encoder.encode(picture))
    copy.mux(encoder.encode(None))


def _encoder(copy: OutputContainer, picture: VideoFrame) -> VideoStream:
    encoder = copy.add_stream("libx264", rate=25, options=dict(_OPTIONS))
    encoder.width, encoder.height = _fitted(picture.width, picture.height)
    encoder.pix_fmt = "yuv420p"
    encoder.codec_context.time_base = _TIME_BASE
    encoder.codec_context.gop_size = 25  # looked through in steps
    if picture.rotation:
        encoder.set_display_rotation(picture.rotation)
    return encoder


def _timed(source: InputContainer, stream: VideoStream) -> Iterator[_Timed]:
    """Frames with their times, s, from the first one on; those without a time are left out."""
    first: Fraction | None = None
    last = Fraction(-1)
    for frame in source.decode(stream):
        if frame.pts is None or frame.time_base is None:
            continue
        time = frame.pts * frame.time_base
        first = time if first is None else first
        if time - first > last:
            last = time - first
            yield last, frame


def _fitted(width: int, height: int) -> tuple[int, int]:
    """Even numbers, no longer side than `_LONG_SIDE`."""
    scale = min(1.0, _LONG_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
