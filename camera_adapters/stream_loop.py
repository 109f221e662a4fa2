"""One stream of a camera, read for ever: connect, read, lose it, wait, connect again.

Runs in a reader process. Everything it needs is passed in, so that a test can run it against a
scripted camera on a clock of its own.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from fractions import Fraction
from typing import Final, Protocol

from av.video.frame import VideoFrame

from litterwatch.camera_adapters.backoff import Backoff
from litterwatch.camera_adapters.live_clock import TICKS, Axis, LiveClock, Stamped
from litterwatch.camera_adapters.reader_messages import (
    Alive,
    Said,
    Stream,
    StreamReport,
    StreamState,
)
from litterwatch.camera_adapters.rtsp import Patience
from litterwatch.camera_adapters.video_file import VideoPacket
from litterwatch.detector.errors import SourceAuthFailed, SourceError, SourceUnavailable
from litterwatch.detector.protocols import Clock

MARGIN: Final = 5.0
"""Seconds that the library may be late with its own timeouts before it counts as stuck."""

_LATE: Final = 2.0  # the library waits up to twice as long as it is told
_STEADY: Final = 5.0  # s of pictures after which the next failure is a new one
_EVERY: Final = 1.0  # s between signs of life, and between knocks


class OpenStream(Protocol):
    """What `RtspStream` is to a loop."""

    codec: str
    size: tuple[int, int]
    interval: float
    undecodable: int

    @property
    def sample_aspect(self) -> Fraction | None: ...

    @property
    def reorders(self) -> bool: ...

    def template(self) -> bytes: ...

    def packets(self) -> Iterator[VideoPacket]: ...

    def decode(self, packet: VideoPacket) -> list[VideoFrame]: ...


class Taker(Protocol):
    """What is done with a stream: kept, analysed, or both."""

    def begin(self, stream: OpenStream) -> None: ...

    def take(self, stream: OpenStream, stamped: Stamped) -> None: ...

    @property
    def lost(self) -> int: ...


class RefusedGate:
    """Shared by the streams of a camera: one refused password is refused for both.

    While nobody knows whether a password is good, one stream at a time tries it: cameras count the
    refusals of all streams together.

    Args:
        has_login: a camera without one refuses nobody, and nobody waits.

    Attributes:
        until: no stream calls before that, s.
    """

    def __init__(self, *, has_login: bool = True) -> None:
        self.until = float("-inf")
        self._is_known_good = not has_login
        self._trying = threading.Lock()

    @contextmanager
    def trying(self, now: Callable[[], float], wait: Callable[[], None]) -> Iterator[None]:
        """Around the opening of a stream.

        Args:
            now: of the host's clock, s.
            wait: called every second while the other stream tries.

        Raises:
            SourceAuthFailed: the other stream was refused meanwhile.
        """
        if self._is_known_good:
            yield
            return
        while not self._trying.acquire(timeout=_EVERY):
            wait()
        try:
            if self.until > now():
                raise SourceAuthFailed(
                    "The camera refused the name or password to its other stream; correct them."
                )
            yield
            self._is_known_good = True
        finally:
            self._trying.release()

    def close(self, until: float) -> None:
        """A password was refused."""
        self.until = until
        self._is_known_good = False


def knock(host: str, port: int) -> bool:
    """Whether somebody listens there; sends nothing, so it locks no account.

    An answer within a second, or nobody does.
    """
    with suppress(OSError), socket.create_connection((host, port), timeout=1.0):
        return True
    return False


class StreamLoop:
    """Reads one stream until it is told to stop.

    Args:
        stream: which one.
        opened: opens it.
        taker: what is done with its packets.
        axis: of media time, shared by the streams of the camera.
        last: stamp of the newest packet there is already, ticks.
        backoff: how long to wait.
        refused: shared by the streams of the camera.
        say: tells the watching process.
        is_open: knocks at the camera's door.
        patience: how long the library is told to wait.
        clock: the host's.
    """

    def __init__(
        self,
        stream: Stream,
        opened: Callable[[], AbstractContextManager[OpenStream]],
        taker: Taker,
        *,
        axis: Axis,
        last: int | None,
        backoff: Backoff,
        refused: RefusedGate,
        say: Callable[[Said], None],
        is_open: Callable[[], bool],
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._stream = stream
        self._opened = opened
        self._taker = taker
        self._live = LiveClock(axis, last)
        self._axis = axis
        self._backoff = backoff
        self._refused = refused
        self._say = say
        self._is_open = is_open
        self._patience = patience
        self._clock = clock
        self._packets = 0
        self._undecodable = 0
        self._told_at = self._began = float("-inf")

    def run(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """For ever, or until `is_stopping` says so."""
        while not is_stopping():
            try:
                self._session()
            except SourceError as error:
                self._wait(error, is_stopping)

    def _session(self) -> None:
        """One connection, until it is lost.

        Raises:
            SourceError: always.
        """
        self._say_opening()
        self._say(self._report(StreamState.CONNECTING))
        with ExitStack() as stack:
            with self._refused.trying(self._clock.monotonic, self._say_opening):
                stream = stack.enter_context(self._opened())
            self._taker.begin(stream)
            self._live.begin(stream.interval, reorders=stream.reorders)
            before, self._began = self._undecodable, self._clock.monotonic()
            for packet in stream.packets():
                for stamped in self._live.admit(packet, self._clock.monotonic()):
                    self._packets += 1
                    self._taker.take(stream, stamped)
                    self._undecodable = before + stream.undecodable
                    self._tell(stream, stamped)
        raise SourceUnavailable(f"The {self._stream} stream ended; it is called again.")

    def _say_opening(self) -> None:
        self._say(Alive(self._stream, _LATE * self._patience.opening + MARGIN))

    def _tell(self, stream: OpenStream, stamped: Stamped) -> None:
        now = self._clock.monotonic()
        if now - self._told_at < _EVERY:
            return
        if now - self._began > _STEADY:
            self._backoff.reset()
        self._told_at = now
        self._say(Alive(self._stream, _LATE * self._patience.silence + MARGIN))
        self._say(self._report(StreamState.ONLINE, stream=stream, shown=stamped.shown))

    def _wait(self, error: SourceError, is_stopping: Callable[[], bool]) -> None:
        """Until it makes sense to try again; at once when a camera that was away is back."""
        now = self._clock.monotonic()
        self._told_at = float("-inf")
        until = now + self._backoff.next(error)
        if isinstance(error, SourceAuthFailed):
            self._refused.close(until)
        was_open = error.retryable and self._is_open()
        while not is_stopping():
            now = self._clock.monotonic()
            left = max(until, self._refused.until) - now
            if left <= 0:
                return
            self._say(Alive(self._stream, _EVERY + MARGIN))
            self._say(self._report(StreamState.WAITING, error=error, retry_in=left))
            self._clock.sleep(min(left, _EVERY))
            if self._refused.until <= now and error.retryable:
                is_open = self._is_open()
                if is_open and not was_open:
                    return
                was_open = is_open

    def _report(
        self,
        state: StreamState,
        *,
        error: SourceError | None = None,
        retry_in: float | None = None,
        stream: OpenStream | None = None,
        shown: int | None = None,
    ) -> StreamReport:
        return StreamReport(
            stream=self._stream,
            state=state,
            error=None if error is None else type(error).__name__,
            text=None if error is None else str(error),
            retry_in=retry_in,
            codec=None if stream is None else stream.codec,
            size=None if stream is None else stream.size,
            interval=None if stream is None else stream.interval,
            packets=self._packets,
            undecodable=self._undecodable,
            lost=self._taker.lost,
            media_time=None if shown is None else shown / TICKS,
            utc=None if shown is None else self._axis.utc(shown),
        )
