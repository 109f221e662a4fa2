"""Cameras that give single pictures, and cameras that give a stream of JPEGs, over HTTP.

The fall-back where there is no RTSP. Pictures are as far apart as the camera or the network makes
them. Live watching keeps the files as they come: see http_stream.py.
"""

from collections.abc import Iterator
from typing import Final

from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.http_source import TIMEOUT, HttpSource
from litterwatch.detector.protocols import Clock

SINGLE: Final = 1.0
"""From one single picture to the next, s: asking more often is a burden to cameras."""
STREAMED: Final = 1 / 6
"""From picture to picture of a stream, s: what is sent between is neither kept nor looked at."""


class Beat:
    """Keeps pictures apart: from the beat, not from the answer, or slow answers would add up."""

    def __init__(self, clock: Clock, interval: float) -> None:
        self._clock, self._interval = clock, interval
        self._due = clock.monotonic()

    def wait(self) -> None:
        """Until the next one is due; never in arrears."""
        now = self._clock.monotonic()
        self._due = max(self._due + self._interval, now)
        self._clock.sleep(self._due - now)


class SnapshotSource(HttpSource):
    """A FrameSource that asks for one picture after another.

    Args:
        address: of the picture, HTTP, without credentials.
        credentials: None for none; digest or basic, as the camera asks.
        clock: the host's; its pictures are stamped with it, since they bring no time of their own.
        camera_id: stable name of the camera.
        interval: from picture to picture, s; a camera that is slower sets the pace.
        long_side: of the analysis picture, px; smaller pictures are not enlarged.
        timeout: silence after which the camera has stalled, s.

    Raises:
        ConfigError: the address holds a password.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        clock: Clock,
        *,
        camera_id: str,
        interval: float = 1.0,
        long_side: int = 640,
        timeout: float = TIMEOUT,
    ) -> None:
        super().__init__(
            address,
            credentials,
            clock,
            camera_id=camera_id,
            long_side=long_side,
            timeout=timeout,
        )
        self._interval = interval

    def _jpegs(self) -> Iterator[bytes]:
        beat = Beat(self._clock, self._interval)
        while not self._closing.is_set():
            with self._client.stream("GET", self._address) as response:
                self._check(response)
                jpeg = self._bounded(response)
            yield jpeg
            beat.wait()


class MjpegSource(HttpSource):
    """A FrameSource that reads `multipart/x-mixed-replace`, the JPEG stream of older cameras.

    Args:
        address: of the stream, HTTP, without credentials.
        credentials: as for `SnapshotSource`.
        clock: as there.
        camera_id: stable name of the camera.
        rate: frames/s at most; pictures between are dropped undecoded.
        long_side: as there.
        timeout: as there.

    Raises:
        ConfigError: the address holds a password.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        clock: Clock,
        *,
        camera_id: str,
        rate: float = 6.0,
        long_side: int = 640,
        timeout: float = TIMEOUT,
    ) -> None:
        super().__init__(
            address,
            credentials,
            clock,
            camera_id=camera_id,
            long_side=long_side,
            timeout=timeout,
        )
        self._interval = 1 / rate

    def _jpegs(self) -> Iterator[bytes]:
        with self._client.stream("GET", self._address) as response:
            self._check(response)
            yield from self._parts(response, self._interval)


class PicturesSource(HttpSource):
    """A FrameSource for whichever of the two a camera turns out to give.

    Args:
        address: HTTP, without credentials.
        credentials: as for `SnapshotSource`.
        clock: as there.
        camera_id: stable name of the camera.
        long_side: as there.
        timeout: as there.

    Attributes:
        interval: from picture to picture at the least, s; known with the first one.

    Raises:
        ConfigError: the address holds a password.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        clock: Clock,
        *,
        camera_id: str,
        long_side: int = 640,
        timeout: float = TIMEOUT,
    ) -> None:
        super().__init__(
            address,
            credentials,
            clock,
            camera_id=camera_id,
            long_side=long_side,
            timeout=timeout,
        )
        self.interval = SINGLE

    def _jpegs(self) -> Iterator[bytes]:
        beat = Beat(self._clock, SINGLE)
        while not self._closing.is_set():
            with self._client.stream("GET", self._address) as response:
                self._check(response)
                if response.headers.get("content-type", "").lower().startswith("multipart/"):
                    self.interval = STREAMED
                    yield from self._parts(response, STREAMED)
                jpeg = self._bounded(response)
            yield jpeg
            beat.wait()
