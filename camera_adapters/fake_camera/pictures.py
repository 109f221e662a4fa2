"""What a fake camera sees: a video in a loop, or a test picture with a moving mark."""

import threading
from pathlib import Path
from typing import Final, Protocol, cast

import av
import av.error
import cv2
import numpy as np

from litterwatch.camera_adapters.av_errors import source_error
from litterwatch.detector.errors import SourceUnreadable
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Image

_MARK_SECONDS: Final = 8
"""How long the mark of the test picture takes from left to right, s."""


class Sight(Protocol):
    """What stands before the camera at this moment."""

    def picture(self) -> Image:
        """(h, w, 3) uint8 BGR."""
        ...


class TestPicture:
    """Bars, a mark that moves, and the time: shows at a glance whether a stream is live."""

    __test__ = False  # not a test, whatever pytest thinks of its name

    def __init__(self, clock: Clock, size: tuple[int, int] = (640, 360)) -> None:
        self._clock = clock
        self._size = size

    def picture(self) -> Image:
        width, height = self._size
        shades = np.linspace(40, 215, 8, dtype=np.uint8).repeat(-(-width // 8))[:width]
        image = np.empty((height, width, 3), np.uint8)
        image[:] = shades[None, :, None]
        share = self._clock.monotonic() % _MARK_SECONDS / _MARK_SECONDS
        centre = (round(share * (width - 1)), height // 2)
        cv2.circle(image, centre, height // 12, (40, 40, 220), -1)
        text = f"{self._clock.now():%Y-%m-%d %H:%M:%S} UTC"
        place = (width // 40, height - height // 20)
        for colour, thickness in (((235, 235, 235), 6), ((20, 20, 20), 2)):
            font = cv2.FONT_HERSHEY_SIMPLEX
            cv2.putText(image, text, place, font, height / 500, colour, thickness)
        return image


class VideoLoop:
    """Plays a video again and again by the host's clock.

    Args:
        path: the video.
        clock: picture n is shown n / rate seconds after the first was asked for.
        rate: pictures/s of the loop.

    Raises:
        SourceError: it is no video.
    """

    def __init__(self, path: Path, clock: Clock, rate: float = 5.0) -> None:
        self._clock = clock
        self._rate = rate
        self._lock = threading.Lock()
        self._started: float | None = None
        self._pictures = _decoded(path, rate)

    def picture(self) -> Image:
        with self._lock:
            if self._started is None:
                self._started = self._clock.monotonic()
        passed = self._clock.monotonic() - self._started
        jpeg = self._pictures[int(passed * self._rate) % len(self._pictures)]
        return cast(Image, cv2.imdecode(jpeg, cv2.IMREAD_COLOR))


_LONGEST: Final = 120.0
"""So much of a video is played; the rest is not looked at, s."""


def _decoded(path: Path, rate: float) -> list[Image]:
    """Every picture that is due, as JPEG in memory: two minutes are some 40 MB."""
    pictures: list[Image] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                time = float(frame.time)
                if time > _LONGEST:
                    break
                if time * rate + 0.01 >= len(pictures):
                    done, jpeg = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))
                    if done:
                        pictures.append(np.asarray(jpeg, np.uint8))
    except (OSError, av.error.FFmpegError) as error:
        raise source_error(error, path) from error
    if not pictures:
        raise SourceUnreadable(f"{path} cannot be read: it holds no picture; name a video file.")
    return pictures
