"""What is known about a recorded file without reading it through."""

from dataclasses import dataclass
from pathlib import Path

from litterwatch.camera_adapters.pictures import orientation
from litterwatch.camera_adapters.video_file import VideoFile


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """A video stream, as its file describes it and as its first picture shows.

    Attributes:
        codec: "h264", "hevc", "mjpeg", ...
        width, height: of the full picture as displayed (rotation applied), px.
        fps: average frames/s.
        rotation: how the stored picture is turned for display, degrees clockwise: 0, 90, 180, 270.
        pix_fmt: FFmpeg's name of the stored pixel format.
        duration: seconds, None where the file does not say.
    """

    codec: str
    width: int
    height: int
    fps: float
    rotation: int
    pix_fmt: str
    duration: float | None


def probe(path: Path) -> StreamInfo:
    """Open a file, decode its first picture and tell what it is.

    Raises:
        SourceUnavailable: the file cannot be opened.
        SourceUnreadable: it holds no video that can be decoded.
    """
    with VideoFile(path) as video:
        frame, _ = next(video.frames(video.packets(), video.frame_clock()))
        turned = orientation(frame)
        width, height = turned.size(frame.width, frame.height)
        return StreamInfo(
            codec=video.codec,
            width=width,
            height=height,
            fps=1 / video.interval,
            rotation=turned.rotation,
            pix_fmt=frame.format.name,
            duration=video.duration,
        )
