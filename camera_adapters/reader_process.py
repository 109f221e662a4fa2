"""A camera as its watcher sees it: a process that is started, heard, and killed when stuck."""

import multiprocessing
import random
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from litterwatch.camera_adapters.reader import ReaderPlan, run_reader
from litterwatch.camera_adapters.reader_messages import (
    Alive,
    FreeSlot,
    Picture,
    Stream,
    StreamReport,
    StreamState,
)
from litterwatch.camera_adapters.takers import SLOTS, Slots
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Frame

STARTING: Final = 30.0
"""Seconds a process may take to start on a busy machine."""

_FIRST_REST, _LONGEST_REST = 1.0, 30.0
_STEADY: Final = 60.0  # s of life after which a death is a new one


class CameraReader:
    """Keeps a reader process of one camera running.

    Call `receive` when `pipe` has something and `watch` every second or so.

    Args:
        plan: what it does.
        clock: the host's; given to the process as well, so it can be pickled.
        chance: for the process's waits.

    Attributes:
        streams: the last report of each stream.
        skipped: pictures that found no slot, of this process.
        killed: how often a process was stuck.
        died: how often one ended by itself.
    """

    def __init__(self, plan: ReaderPlan, clock: Clock, chance: random.Random) -> None:
        self.plan = plan
        self.streams: dict[Stream, StreamReport] = {}
        self.skipped = 0
        self.killed = 0
        self.died = 0
        self._clock = clock
        self._chance = chance
        self._context = multiprocessing.get_context("spawn")
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._slots: Slots | None = None
        self._memory: Any = None
        self._deadlines: dict[Stream, float] = {}
        self._rest = _FIRST_REST
        self._started = 0.0
        self._start_at = float("-inf")
        self._index = 0
        self._last = float("-inf")

    @property
    def pipe(self) -> Connection | None:
        """Has something to receive from time to time; None while no process runs."""
        return self._pipe

    @property
    def pid(self) -> int | None:
        """Of the process, None while none runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process."""
        side = self.plan.long_side
        self._memory = self._context.RawArray("B", SLOTS * side * side * 3)
        self._slots = Slots(memoryview(self._memory).cast("B"))
        ours, theirs = self._context.Pipe()
        arguments = (self.plan, self._clock, self._chance.getrandbits(32), theirs, self._memory)
        name = f"reader {self.plan.connection.camera_id}"
        self._process = self._context.Process(
            target=run_reader, args=arguments, name=name, daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe = ours
        self._started = self._clock.monotonic()
        self._deadlines = {Stream.MAIN: self._started + STARTING}

    def receive(self) -> Iterator[Frame]:
        """Take what has come; gives the frames among it, fetched from the shared memory."""
        pipe = self._pipe
        while pipe is not None:
            try:
                if not pipe.poll():
                    return
                said = pipe.recv()
                frame = self._heard(said, pipe)
            except (EOFError, OSError):
                self._end()
                self.died += 1
                return
            if frame is not None:
                yield frame

    def watch(self) -> str | None:
        """Kill a process that is stuck, start one that is due; what happened, for a log."""
        now = self._clock.monotonic()
        if self._process is None:
            if now >= self._start_at:
                self.start()
            return None
        if not self._process.is_alive():
            self._end()
            self.died += 1
            return "the reader process ended and is started again"
        late = [stream for stream, deadline in self._deadlines.items() if now > deadline]
        if late:
            self._process.kill()
            self._end()
            self.killed += 1
            return f"the reader process was stuck ({', '.join(late)}) and was killed"
        return None

    def close(self) -> None:
        """End the process; may be called twice."""
        if self._process is not None:
            self._process.kill()
            self._end()
        self._start_at = float("inf")

    def _heard(self, said: object, pipe: Connection) -> Frame | None:
        if isinstance(said, Alive):
            self._deadlines[said.stream] = self._clock.monotonic() + said.allowance
        elif isinstance(said, StreamReport):
            self.streams[said.stream] = said
        elif isinstance(said, Picture):
            return self._fetched(said, pipe)
        return None

    def _fetched(self, picture: Picture, pipe: Connection) -> Frame | None:
        assert self._slots is not None
        self.skipped = picture.skipped
        image = self._slots.get(picture.slot, picture.shape)
        pipe.send(FreeSlot(picture.slot))
        if picture.media_time <= self._last:
            return None
        self._last = picture.media_time
        self._index += 1
        return Frame(
            camera_id=self.plan.connection.camera_id,
            index=self._index - 1,
            media_time=picture.media_time,
            captured_at=picture.captured_at,
            image=image,
            source_size=picture.source_size,
        )

    def _end(self) -> None:
        """The process is dead or dying: forget it, and rest before the next."""
        if self._process is not None:
            self._process.join(5)
            if self._process.exitcode is not None:
                self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = self._slots = self._memory = None
        now = self._clock.monotonic()
        if now - self._started > _STEADY:
            self._rest = _FIRST_REST
        self._start_at = now + self._rest
        self._rest = min(_LONGEST_REST, 2 * self._rest)
        self.streams = {
            stream: StreamReport(stream, StreamState.CONNECTING) for stream in self.streams
        }
