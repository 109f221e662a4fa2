"""Keeping an eye on a camera beside its video: its clock, where it points, what it reports."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from litterwatch.camera_adapters.onvif.camera import OnvifCamera
from litterwatch.camera_adapters.onvif.clock import ClockReading
from litterwatch.camera_adapters.onvif.descriptions import Service
from litterwatch.camera_adapters.onvif.events import Listener
from litterwatch.camera_adapters.onvif.media import profiles
from litterwatch.camera_adapters.onvif.ptz import UNKNOWN, Preset, PtzHead, Standing
from litterwatch.camera_adapters.onvif.signals import Signal
from litterwatch.detector.errors import SourceError, SourceUnsupported

CLOCK_EVERY: Final = 600.0
"""How often the clock is read, s: cheap clocks drift a second in some hours."""
STANDING_EVERY: Final = 5.0
"""How often a camera that turns is asked where it points, s; an event takes longer to come."""
_SLICE: Final = 1.0
"""The longest it takes to notice that it shall stop, s, where no answer is waited for."""


@dataclass(frozen=True, slots=True)
class ClockNews:
    """The clock was read; None where the camera does not tell its time."""

    reading: ClockReading | None


@dataclass(frozen=True, slots=True)
class StandingNews:
    """The camera points elsewhere than before; zones of other presets sleep from now on.

    Told once as well for a camera without a head, whose standing nobody knows.
    """

    standing: Standing


@dataclass(frozen=True, slots=True)
class SignalNews:
    """The camera reports something.

    Attributes:
        signal: what.
        at: when, by our clock, as far as the camera tells; None if it does not.
    """

    signal: Signal
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LostNews:
    """The camera cannot be asked; it is tried again."""

    error: SourceError


News = ClockNews | StandingNews | SignalNews | LostNews


class OnvifWatch:
    """Asks one camera again and again, and tells what is new; for a thread of its own.

    Args:
        connection: makes an adapter, not connected.
        wait_after: how long to wait after a failure, s; long after a refused login.
        tell: hears the news, in this thread.
        profile_token: the profile whose head is watched, empty for the first one; None for a
            camera that stands.
        hears: whether reports are asked for; a subscription is one of the few a camera gives.
        pull_wait: how long one question for reports waits.
        clock_every, standing_every: s.
    """

    def __init__(
        self,
        connection: Callable[[], OnvifCamera],
        wait_after: Callable[[SourceError], float],
        tell: Callable[[News], None],
        *,
        profile_token: str | None = None,
        hears: bool = True,
        pull_wait: timedelta = timedelta(seconds=5),
        clock_every: float = CLOCK_EVERY,
        standing_every: float = STANDING_EVERY,
    ) -> None:
        self._connection = connection
        self._wait_after = wait_after
        self._tell = tell
        self._profile = profile_token
        self._hears = hears
        self._pull_wait = pull_wait
        self._clock_every = clock_every
        self._standing_every = standing_every
        self._stood: Standing | None = None

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Watch until told to stop; a camera that is lost is tried again for ever."""
        while not is_stopping():
            camera = self._connection()
            try:
                with camera:
                    camera.connect()
                    self._watch(camera, is_stopping)
            except SourceError as error:
                self._stood = None
                self._tell(LostNews(error))
                _pause(camera, self._wait_after(error), is_stopping)

    def _watch(self, camera: OnvifCamera, is_stopping: Callable[[], bool]) -> None:
        self._tell(ClockNews(camera.reading))
        clock = camera.clock
        read_at, asked_at = clock.monotonic(), clock.monotonic() - self._standing_every
        head, presets = self._head(camera)
        if head is None and self._profile is not None:
            self._tell(StandingNews(UNKNOWN))
        with ExitStack() as stack:
            listener = _listener(camera, stack) if self._hears else None
            while not is_stopping():
                now = clock.monotonic()
                if now - read_at >= self._clock_every:
                    camera.read_clock()
                    self._tell(ClockNews(camera.reading))
                    read_at = now
                if head is not None and now - asked_at >= self._standing_every:
                    self._look(head, presets)
                    asked_at = now
                self._hear(camera, listener)

    def _head(self, camera: OnvifCamera) -> tuple[PtzHead | None, tuple[Preset, ...]]:
        if self._profile is None or not camera.offers(Service.PTZ):
            return None, ()
        profile = self._profile or next((one.token for one in profiles(camera)), None)
        if profile is None:
            return None, ()
        head = PtzHead(camera, profile)
        return head, head.presets()

    def _look(self, head: PtzHead, presets: tuple[Preset, ...]) -> None:
        standing = head.standing(presets)
        if standing != self._stood:
            self._stood = standing
            self._tell(StandingNews(standing))

    def _hear(self, camera: OnvifCamera, listener: Listener | None) -> None:
        if listener is None:
            camera.clock.sleep(_SLICE)
            return
        for signal in listener.pull(self._pull_wait):
            told, reading = signal.camera_time, camera.reading
            at = told if told is None or reading is None else reading.host_time(told)
            self._tell(SignalNews(signal, at))


def _listener(camera: OnvifCamera, stack: ExitStack) -> Listener | None:
    """None for a camera without events, which may say so only when it is asked."""
    try:
        return stack.enter_context(Listener(camera))
    except SourceUnsupported:
        return None


def _pause(camera: OnvifCamera, seconds: float, is_stopping: Callable[[], bool]) -> None:
    until = camera.clock.monotonic() + seconds
    while not is_stopping() and (left := until - camera.clock.monotonic()) > 0:
        camera.clock.sleep(min(left, _SLICE))
