"""What cameras over HTTP have in common: one connection, one login, JPEG files that come and go."""

import math
import threading
from abc import ABC, abstractmethod
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
_TIME_STEP: Final = 0.001


class HttpSource(ABC):
    """What all sources over HTTP share: the connection, the times, the making of frames."""

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        clock: Clock,
        *,
        camera_id: str,
        long_side: int,
        timeout: float,
    ) -> None:
        if holds_credentials(address):
            raise ConfigError(
                "Take name and password out of the camera's address: they are sent as a login."
            )
        self.camera_id = camera_id
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

    @abstractmethod
    def _jpegs(self) -> Iterator[bytes]:
        """Pictures as files, for ever."""

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

    def _parts(self, response: httpx.Response, interval: float) -> Iterator[bytes]:
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
                if now >= due - interval / 2:
                    due = max(due, now - interval) + interval
                    yield jpeg
                    latest = self._clock.monotonic()  # the reader took its time, not it
        raise self._stalled()


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
