"""A group of cameras as the supervisor sees it: a process, started again when it dies."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from litterwatch.detector.protocols import Clock
from litterwatch.service.cameras_file import CameraEntry
from litterwatch.service.runtime.live_messages import Ended, Found, Passed, Pulse, Stop, Watching

STARTING: Final = 180.0
"""Seconds a group may take to load its model on a slow machine."""

SILENCE: Final = 30.0
"""Seconds without a pulse after which it is stuck."""

_FIRST_REST, _LONGEST_REST = 1.0, 60.0
_STEADY: Final = 300.0  # s of life after which a death is a new one


class GroupProcess:
    """Keeps one group running.

    Args:
        target: the process: is called with `arguments` and its end of the pipe.
        arguments: can be pickled.
        clock: the host's.

    Attributes:
        entries: the cameras it watches.
        pulse: its last, None before the first.
        deaths: how often it died or was killed.
        has_ended: it was told to stop, and has.
    """

    def __init__(
        self, target: Callable[..., None], arguments: tuple[Any, ...], clock: Clock
    ) -> None:
        self.entries: tuple[CameraEntry, ...] = ()
        self.pulse: Pulse | None = None
        self.deaths = 0
        self.has_ended = False
        self._target = target
        self._arguments = arguments
        self._clock = clock
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._deadline = float("inf")
        self._started = 0.0
        self._start_at = float("-inf")
        self._rest = _FIRST_REST

    @property
    def pipe(self) -> Connection | None:
        """Has something to receive from time to time; None while no process runs."""
        return self._pipe

    @property
    def pid(self) -> int | None:
        """Of the process, None while none runs."""
        return None if self._process is None else self._process.pid

    def set_cameras(self, entries: tuple[CameraEntry, ...]) -> None:
        """Watch these from now on."""
        self.entries = entries
        self._send(Watching(entries))

    def ask_to_stop(self) -> None:
        """Finish and end; `has_ended` tells."""
        if self._process is None:
            self.has_ended = True
        self._send(Stop())

    def receive(self) -> Iterator[Found | Passed]:
        """What it has found since the last call."""
        while self._pipe is not None:
            try:
                if not self._pipe.poll():
                    return
                said = self._pipe.recv()
            except (EOFError, OSError):
                self._end()
                return
            if isinstance(said, Pulse):
                self.pulse = said
                self._deadline = self._clock.monotonic() + SILENCE
            elif isinstance(said, Found | Passed):
                yield said
            elif isinstance(said, Ended):
                self.has_ended = True

    def watch(self) -> str | None:
        """Kill a process that is stuck, start one that is due; what happened, for a log."""
        now = self._clock.monotonic()
        if self._process is None:
            if now >= self._start_at and not self.has_ended:
                self._start()
            return None
        if not self._process.is_alive():
            self._end()
            return "a group's process ended and is started again"
        if now > self._deadline:
            self._process.kill()
            self._end()
            return "a group's process was stuck and was killed"
        return None

    def close(self) -> None:
        """End the process, asked or not; may be called twice."""
        self.has_ended = True
        if self._process is not None:
            self._process.kill()
            self._end()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        # Not daemonic: it has children of its own. It ends when the pipe does.
        self._process = self._context.Process(
            target=self._target, args=(*self._arguments, theirs), name="litterwatch group"
        )
        self._process.start()
        theirs.close()
        self._pipe = ours
        self._started = self._clock.monotonic()
        self._deadline = self._started + STARTING
        self._send(Watching(self.entries))

    def _send(self, said: object) -> None:
        if self._pipe is not None:
            try:
                self._pipe.send(said)
            except OSError:
                self._end()

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(5)
            if self._process.exitcode is None:
                self._process.kill()
                self._process.join(5)
        self._process = self._pipe = None
        if self.has_ended:
            return
        self.deaths += 1
        self.pulse = None
        now = self._clock.monotonic()
        if now - self._started > _STEADY:
            self._rest = _FIRST_REST
        self._start_at = now + self._rest
        self._rest = min(_LONGEST_REST, 2 * self._rest)
