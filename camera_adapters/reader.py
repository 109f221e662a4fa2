"""The reader process of one camera: both streams, the ring, the pictures to analyse.

It is its own process because FFmpeg can wait for ever inside a call, and a damaged stream can crash
it: whoever watches it kills it and starts another. The ring is written here, so that nobody else's
slowness costs a packet of evidence. It ends by itself when the process that started it is gone.
"""

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from litterwatch.camera_adapters.backoff import Backoff
from litterwatch.camera_adapters.connection import CameraConnection, host_and_port, is_pictures
from litterwatch.camera_adapters.live_clock import Axis
from litterwatch.camera_adapters.masked_taker import MaskedRingTaker
from litterwatch.camera_adapters.masking import Masks, Outlines
from litterwatch.camera_adapters.reader_messages import (
    Alive,
    FreeSlot,
    Said,
    Stream,
    StreamReport,
    StreamState,
)
from litterwatch.camera_adapters.ring import Ring, RingLimits
from litterwatch.camera_adapters.rtsp import Patience, RtspStream
from litterwatch.camera_adapters.stream_loop import (
    MARGIN,
    OpenStream,
    RefusedGate,
    StreamLoop,
    Taker,
    knock,
)
from litterwatch.camera_adapters.takers import BothTakers, PictureTaker, RingTaker, Slots
from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import Clock

_RING_RETRY: Final = 2.0  # s
_LIMITS: Final = RingLimits()
_PATIENCE: Final = Patience()


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """What a reader does.

    Attributes:
        connection: the camera.
        ring_folder: of this camera alone.
        limits: of the ring.
        rate: pictures a second to analyse.
        long_side: of these pictures, px.
        patience: with the camera.
        masks: outlines of what must be black in everything that leaves the process: then no
            packet of the camera is kept, but pictures that were masked and encoded again.
    """

    connection: CameraConnection
    ring_folder: Path
    limits: RingLimits = _LIMITS
    rate: float = 6.0
    long_side: int = 640
    patience: Patience = _PATIENCE
    masks: Outlines = ()


def run_reader(plan: ReaderPlan, clock: Clock, seed: int, pipe: Connection, memory: Any) -> None:
    """The process; never returns.

    Args:
        plan: what to do.
        clock: the host's.
        seed: of the chance that shortens waits.
        pipe: to the process that watches.
        memory: shared with it, for pictures.
    """
    # Ctrl-C goes to everybody; who started this process ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    voice = _Voice(pipe)
    slots = Slots(memoryview(memory).cast("B"))
    threading.Thread(target=_listen, args=(pipe, slots), daemon=True).start()
    ring = _opened_ring(plan, clock, voice.say)
    axis = Axis(ring.origin, clock)
    if ring.last is not None:
        axis.not_before(ring.last)
    masks = Masks(plan.masks)
    pictures = PictureTaker(
        plan.rate, plan.long_side, axis=axis, slots=slots, say=voice.say, masks=masks
    )
    keeping: Taker = MaskedRingTaker(ring, axis, masks) if masks else RingTaker(ring, axis)
    chance = random.Random(seed)  # noqa: S311 - spreads waits, hides nothing
    refused = RefusedGate(has_login=plan.connection.credentials is not None)
    loop = partial(_loop, plan, axis=axis, chance=chance, refused=refused, say=voice.say)
    if plan.connection.sub is None:
        both = BothTakers([keeping, pictures])
        loop(Stream.MAIN, both, last=ring.last, clock=clock).run()
        return
    # What is kept goes first: nothing is to be judged that is in no ring.
    main = loop(Stream.MAIN, keeping, last=ring.last, clock=clock)
    threading.Thread(target=_or_die, args=(main.run,), daemon=True).start()
    loop(Stream.SUB, pictures, last=ring.last, clock=clock).run()


class _Voice:
    """Both streams speak through one pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def say(self, said: Said) -> None:
        with self._lock:
            try:
                self._pipe.send(said)
            except OSError:
                os._exit(0)  # nobody listens any more


def _loop(
    plan: ReaderPlan,
    stream: Stream,
    taker: Taker,
    *,
    axis: Axis,
    chance: random.Random,
    refused: RefusedGate,
    say: Callable[[Said], None],
    last: int | None,
    clock: Clock,
) -> StreamLoop:
    connection, patience = plan.connection, plan.patience
    is_sub = stream is Stream.SUB
    address = connection.sub if is_sub else connection.main
    assert address is not None
    return StreamLoop(
        stream,
        _opener(plan, address, is_sub=is_sub, clock=clock),
        taker,
        axis=axis,
        last=last,
        backoff=Backoff(chance),
        refused=refused,
        say=say,
        is_open=partial(knock, *host_and_port(address)),
        patience=patience,
        clock=clock,
    )


def _opener(
    plan: ReaderPlan, address: str, *, is_sub: bool, clock: Clock
) -> Callable[[], AbstractContextManager[OpenStream]]:
    """How an address of a camera is opened."""
    connection, patience = plan.connection, plan.patience
    if not is_pictures(address):
        return partial(RtspStream, connection, is_sub=is_sub, patience=patience, clock=clock)
    # Its HTTP library is memory that the readers of other cameras can do without.
    from litterwatch.camera_adapters.http_stream import HttpStream  # noqa: PLC0415

    return partial(HttpStream, connection, patience=patience, clock=clock)


def _opened_ring(plan: ReaderPlan, clock: Clock, say: Callable[[Said], None]) -> Ring:
    """The ring, as soon as it can be had: a reader that was killed may still be dying."""
    while True:
        try:
            return Ring(plan.ring_folder, plan.limits, clock, plan.masks)
        except LitterwatchError as error:
            say(Alive(Stream.MAIN, _RING_RETRY + MARGIN))
            waits = StreamReport(
                stream=Stream.MAIN,
                state=StreamState.WAITING,
                error=type(error).__name__,
                text=str(error),
                retry_in=_RING_RETRY,
            )
            say(waits)
            clock.sleep(_RING_RETRY)


def _listen(pipe: Connection, slots: Slots) -> None:
    """Slots come back; the end of the pipe is the end of the process that watches."""
    while True:
        try:
            said = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        if isinstance(said, FreeSlot):
            slots.free(said.slot)


def _or_die(run: Callable[[], None]) -> None:
    """A thread's outermost call: a process without one of its threads is worse than none."""
    try:
        run()
    finally:
        os._exit(1)
