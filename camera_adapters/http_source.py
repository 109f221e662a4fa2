"""Cameras that give single pictures, and cameras that give a stream of JPEGs, over HTTP.

The fall-back where there is no RTSP. Pictures are as far apart as the camera or the network makes
them. Live watching keeps the files as they come: see http_stream.py.
"""

import math
import threading
from collections.abc import Iterator
from typing import Final

import httpx

from litterwatch.camera_adapters.credentials import Credentials, holds_credentials
from litterwatch.camera_adapters.http_login import CameraLogin
from litterwatch.camera_adapters.jpeg import decoded, scaled
from litterwatch.camera_adapters.mjpeg import JpegParts
from litterwatch.camera_adapters.onvif.addresses import host_port
from litterwatch.camera_adapters.pictures import analysis_size
from litterwatch.detector.errors import (
    ConfigError,
    SourceAuthFailed,
    SourceStalled,
    SourceUnavailable,
    SourceUnreadable,
    SourceUnsupported,
)
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Frame

TIMEOUT: Final = 10.0
"""A camera that is silent for so long has stalled, s."""
LARGEST: Final = 16 << 20
"""A longer picture is refused, bytes."""
SINGLE: Final = 1.0
"""From one single picture to the next, s: asking more often is a burden to cameras."""
STREAMED: Final = 1 / 6
"""From picture to picture of a stream, s: what is sent between is neither kept nor looked at."""
_TIME_STEP: Final = 0.001


class PicturesSource:
    """A FrameSource for a picture that is asked for again and again, or a stream of JPEGs.

    Which of the two a camera gives is seen when it answers: a stream is
    `multipart/x-mixed-replace`, as older cameras have it.

    Args:
        address: HTTP, without credentials.
        credentials: None for none; digest or basic, as the camera asks.
        clock: the host's; its pictures are stamped with it, since they bring no time of their own.
        camera_id: stable name of the camera.
        long_side: of the analysis picture, px; smaller pictures are not enlarged.
        timeout: silence after which the camera has stalled, s.

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
        if holds_credentials(address):
            raise ConfigError(
                "Take name and password out of the camera's address: they are sent as a login."
            )
        self.camera_id = camera_id
        self.interval = SINGLE
        self.where = host_port(address)
        self._address = address
        self._clock = clock
        self._long_side = long_side
        self._timeout = timeout
        self._login = CameraLogin(credentials)
        # A camera is in the same network: proxies of the environment are not for it.
        self._client = httpx.Client(timeout=timeout, trust_env=False, auth=self._login)
        self._size: tuple[int, int] | None = None
        self._index = 0
        self._began: float | None = None
        self._last = -math.inf
        self._started = False
        self._closing = threading.Event()

    @property
    def sends_password_readable(self) -> bool:
        """Whether the camera accepted nothing but HTTP Basic so far."""
        return self._login.is_basic

    def close(self) -> None:
        """Release the connection; may be called twice."""
        self._closing.set()
        self._client.close()

    def frames(self) -> Iterator[Frame]:
        """Yield frames for ever; once.

        Raises:
            SourceAuthFailed: the camera refused the login; it is not asked again.
            SourceStalled: it stopped answering.
            SourceError: anything else; frames given before stay valid.
        """
        for jpeg in self.files():
            yield self._frame(jpeg)

    def files(self) -> Iterator[bytes]:
        """The same as the JPEG files that the camera sends; once.

        Raises:
            SourceError: as `frames`.
        """
        if self._started:
            raise RuntimeError("a source is read once; make another one to go on")
        self._started = True
        if self._closing.is_set():
            return
        try:
            for jpeg in self._jpegs():
                yield jpeg
                if self._closing.is_set():
                    return
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            if self._closing.is_set():  # somebody ended it in the middle of a request
                return
            raise http_error(error, self.where) from error
        finally:
            self.close()

    def _stalled(self) -> SourceStalled:
        return SourceStalled(f"The camera at {self.where} gives no more pictures in time.")

    def _jpegs(self) -> Iterator[bytes]:
        """Pictures as files, for ever."""
        beat = _Beat(self._clock, SINGLE)
        while not self._closing.is_set():
            with self._client.stream("GET", self._address) as response:
                self._check(response)
                if response.headers.get("content-type", "").lower().startswith("multipart/"):
                    self.interval = STREAMED
                    yield from self._parts(response)
                jpeg = self._bounded(response)
            yield jpeg
            beat.wait()

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in {401, 403}:
            raise SourceAuthFailed(
                f"The camera at {self.where} refused the name or password; correct the credentials"
                " (it is not asked again, accounts get locked)."
            )
        if status in {404, 405, 501}:
            raise SourceUnsupported(
                f"The camera at {self.where} has no such picture; check the address."
            )
        if status != 200:
            raise SourceUnavailable(
                f"The camera at {self.where} has a fault or is busy; try again later, or restart"
                " it."
            )

    def _frame(self, jpeg: bytes) -> Frame:
        image = decoded(jpeg, self.where)
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now
        media_time = max(now - self._began, self._last + _TIME_STEP)
        full = (image.shape[1], image.shape[0])
        if self._size is None:
            self._size = analysis_size(*full, self._long_side)
        frame = Frame(
            camera_id=self.camera_id,
            index=self._index,
            media_time=media_time,
            captured_at=self._clock.now(),
            image=scaled(image, self._size),
            source_size=full,
        )
        self._index, self._last = self._index + 1, media_time
        return frame

    def _bounded(self, response: httpx.Response) -> bytes:
        """A picture that comes in time and has an end."""
        until = self._clock.monotonic() + self._timeout
        parts, size = [], 0
        for piece in response.iter_bytes():
            parts.append(piece)
            size += len(piece)
            if size > LARGEST:
                raise SourceUnreadable(
                    f"The camera at {self.where} sends a picture without end; check the address."
                )
            if self._clock.monotonic() > until:
                raise self._stalled()
        return b"".join(parts)

    def _parts(self, response: httpx.Response) -> Iterator[bytes]:
        """The pictures of a stream of JPEGs, until it ends; those between beats are left out."""
        due, latest = -math.inf, self._clock.monotonic()
        parts = JpegParts(LARGEST)
        for piece in response.iter_bytes():
            now = self._clock.monotonic()
            if now - latest > self._timeout:
                raise self._stalled()
            for jpeg in parts.feed(piece):
                latest = now = self._clock.monotonic()
                # Half a beat early is nearer than the next picture may be.
                if now >= due - STREAMED / 2:
                    due = max(due, now - STREAMED) + STREAMED
                    yield jpeg
                    latest = self._clock.monotonic()  # the reader took its time, not it
        raise self._stalled()


class _Beat:
    """Keeps pictures apart: from the beat, not from the answer, or slow answers would add up."""

    def __init__(self, clock: Clock, interval: float) -> None:
        self._clock, self._interval = clock, interval
        self._due = clock.monotonic()

    def wait(self) -> None:
        """Until the next one is due; never in arrears."""
        now = self._clock.monotonic()
        self._due = max(self._due + self._interval, now)
        self._clock.sleep(self._due - now)


def http_error(
    error: Exception, where: str
) -> SourceUnavailable | SourceStalled | SourceUnreadable:
    """Our error for one of httpx; a test walks through all of its classes."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return SourceUnavailable(f"The camera at {where} did not answer; check cable and power.")
    if isinstance(error, httpx.TimeoutException):
        return SourceStalled(f"The camera at {where} stopped sending; check the network.")
    if isinstance(error, httpx.DecodingError | httpx.RemoteProtocolError):
        return SourceUnreadable(
            f"The camera at {where} answered with something that is no picture; check the address."
        )
    return SourceUnavailable(
        f"The camera at {where} cannot be reached; check its address, port, cable and power."
    )
