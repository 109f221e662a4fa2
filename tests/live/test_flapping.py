"""Twenty-four cameras behind one switch that loses its power, again and again."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psutil
import pytest

from litterwatch.camera_adapters.backoff import Backoff
from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.camera_adapters.live_clock import Axis, Stamped
from litterwatch.camera_adapters.reader_messages import Said, Stream, StreamReport, StreamState
from litterwatch.camera_adapters.rtsp import Patience, RtspStream
from litterwatch.camera_adapters.stream_loop import OpenStream, RefusedGate, StreamLoop, knock
from litterwatch.service.clock import SystemClock

PATIENCE = Patience(opening=5.0, silence=3.0)


@dataclass
class Viewer:
    """The loop of one camera, whose packets are counted (a `Taker`)."""

    number: int
    port: int
    clock: SystemClock
    seen: int = 0
    lost: int = 0
    last: list[StreamReport] = field(default_factory=list)

    def begin(self, stream: OpenStream) -> None:
        """Each connection is counted alike."""

    def take(self, stream: OpenStream, stamped: Stamped) -> None:
        self.seen += 1

    def say(self, said: Said) -> None:
        if isinstance(said, StreamReport):
            self.last[:] = [said]

    @property
    def is_waiting(self) -> bool:
        return bool(self.last) and self.last[0].state is StreamState.WAITING

    def run(self, is_stopping: Callable[[], bool]) -> None:
        connection = CameraConnection(f"c{self.number}", f"rtsp://127.0.0.1:{self.port}/main")
        opened = partial(RtspStream, connection, is_sub=False, patience=PATIENCE, clock=self.clock)
        loop = StreamLoop(
            Stream.MAIN,
            opened,
            self,
            axis=Axis(self.clock.now(), self.clock),
            last=None,
            backoff=Backoff(random.Random(self.number)),  # noqa: S311
            refused=RefusedGate(),
            say=self.say,
            is_open=partial(knock, "127.0.0.1", self.port),
            patience=PATIENCE,
            clock=self.clock,
        )
        loop.run(is_stopping)


@pytest.mark.slow
def test_twenty_four_cameras_that_flap_at_once_are_all_back_each_time(make_camera: Any) -> None:
    camera, clock, stopping = make_camera(), SystemClock(), threading.Event()
    viewers = [Viewer(number, camera.port, clock) for number in range(24)]
    threads = [threading.Thread(target=one.run, args=(stopping.is_set,)) for one in viewers]

    def until(is_so: Callable[[Viewer], bool], seconds: float = 90.0) -> None:
        began = clock.monotonic()
        while not all(is_so(viewer) for viewer in viewers):
            late = [viewer.last for viewer in viewers if not is_so(viewer)]
            assert clock.monotonic() - began < seconds, late
            clock.sleep(0.05)

    camera.start()
    for thread in threads:
        thread.start()
    handles = 0
    try:
        for turn in range(4):
            before = {viewer.number: viewer.seen for viewer in viewers}
            until(lambda viewer, before=before: viewer.seen > before[viewer.number] + 10)  # type: ignore[misc]
            if turn == 1:
                handles = psutil.Process().num_fds()
            if turn < 3:
                camera.kill()
                until(lambda viewer: viewer.is_waiting)
                camera.start()
        assert psutil.Process().num_fds() <= handles + 2, "no connection is left over"
        assert all(thread.is_alive() for thread in threads)
    finally:
        stopping.set()
        camera.kill()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
