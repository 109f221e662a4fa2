"""A road to a camera on which packets get lost and overtake each other, for tests and trials.

It passes RTSP on as it is, but for the UDP ports that both sides agree on: it puts its own there,
so that every packet of video comes by.
"""

import random
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

_PORTS: Final = re.compile(rb"(client|server)_port=(\d+)-(\d+)")
_LONGEST: Final = 65536
_HERE: Final = "127.0.0.1"
_GOODBYE: Final = 5.0  # s that threads may take to end


@dataclass
class Weather:
    """How bad the road is.

    Attributes:
        lost: share of the packets that never arrive, 0 to 1.
        held: share of those that arrive behind the one after them.
        spared: packets that pass unharmed at first, so that a connection comes about.
    """

    lost: float = 0.0
    held: float = 0.0
    spared: int = 0


@dataclass
class Tally:
    """What happened to the packets of video so far."""

    passed: int = 0
    lost: int = 0
    held: int = 0


class LossyRoad:
    """Listens at `port` and leads to a camera on this machine; a context manager.

    Args:
        camera_port: of its RTSP server.
        weather: how bad the road is; may be changed while it is used.
        seed: of the chance.

    Attributes:
        port: where it listens.
        tally: what happened to the packets.
    """

    def __init__(self, camera_port: int, weather: Weather, seed: int = 1) -> None:
        self.weather = weather
        self.tally = Tally()
        self._camera_port = camera_port
        self._chance = random.Random(seed)  # noqa: S311 - hides nothing
        self._listener = socket.create_server((_HERE, 0))
        self.port = _port(self._listener)
        self._open: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._is_closed = False
        self._run(self._welcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closed = True
        for each in self._open:
            _shut(each)  # whoever waits in it is woken
            each.close()
        for thread in self._threads:
            thread.join(_GOODBYE)

    def lane(self, source: socket.socket, lane: "_Lane") -> None:
        """Carry one direction in a thread of its own."""
        self._run(self._carry, source, lane)

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Two UDP sockets, at an even port and the odd one behind it, as RTP wants them."""
        while True:
            first, second = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
            first.bind((_HERE, 0))
            if _port(first) % 2 == 0:
                with suppress(OSError):
                    second.bind((_HERE, _port(first) + 1))
                    for each in (first, second):
                        each.settimeout(0.2)
                        self._open.append(each)
                    return first, second
            first.close()
            second.close()

    def _run(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _welcome(self) -> None:
        while not self._is_closed:
            try:
                watcher, _ = self._listener.accept()
            except OSError:
                return
            try:
                camera = socket.create_connection((_HERE, self._camera_port))
            except OSError:  # the camera is off: so is the road to it
                watcher.close()
                continue
            self._open += [watcher, camera]
            lanes = _Lanes(self)
            self._run(_pass_on, watcher, camera, lanes.asked)
            self._run(_pass_on, camera, watcher, lanes.answered)

    def _carry(self, source: socket.socket, lane: "_Lane") -> None:
        waiting: bytes | None = None
        while not self._is_closed:
            try:
                packet = source.recv(_LONGEST)
            except TimeoutError:
                continue
            except OSError:
                return
            fate = self._fate() if lane.is_video else "passed"
            if fate == "lost":
                continue
            if fate == "held" and waiting is None:
                waiting = packet
                continue
            lane.send(packet)
            if waiting is not None:
                lane.send(waiting)
                waiting = None

    def _fate(self) -> str:
        fate, drawn = "passed", self._chance.random()
        if self.weather.spared > 0:
            self.weather.spared -= 1
        elif drawn < self.weather.lost:
            fate = "lost"
        elif drawn < self.weather.lost + self.weather.held:
            fate = "held"
        setattr(self.tally, fate, getattr(self.tally, fate) + 1)
        return fate


@dataclass
class _Lane:
    """One direction of one pair of ports; leads nowhere until the port at its end is known."""

    out: socket.socket
    is_video: bool = False
    to: int = 0

    def send(self, packet: bytes) -> None:
        if self.to:
            with suppress(OSError):  # nobody listens there any more
                self.out.sendto(packet, (_HERE, self.to))


@dataclass
class _Lanes:
    """The ports of one connection: those the watcher named, those of the camera, and ours."""

    road: LossyRoad
    watcher: tuple[int, int] = (0, 0)
    to_camera: list[_Lane] = field(default_factory=list)
    facing_camera: tuple[int, int] = (0, 0)
    facing_watcher: tuple[int, int] = (0, 0)

    def asked(self, message: bytes) -> bytes:
        """Put our ports where the camera is to send."""
        found = _PORTS.search(message)
        if found is None or found[1] != b"client":
            return message
        self.watcher = int(found[2]), int(found[3])
        camera_side, watcher_side = self.road.pair(), self.road.pair()
        self.facing_camera = _port(camera_side[0]), _port(camera_side[1])
        self.facing_watcher = _port(watcher_side[0]), _port(watcher_side[1])
        self.to_camera = [_Lane(each) for each in camera_side]
        for number in (0, 1):  # video, then what both sides report about it
            to_watcher = _Lane(watcher_side[number], number == 0, self.watcher[number])
            self.road.lane(camera_side[number], to_watcher)
            self.road.lane(watcher_side[number], self.to_camera[number])
        return _PORTS.sub(b"client_port=%d-%d" % self.facing_camera, message, count=1)

    def answered(self, message: bytes) -> bytes:
        """Put the watcher's own ports back, and ours where the camera's stand."""

        def replaced(found: re.Match[bytes]) -> bytes:
            if found[1] == b"client":
                return b"client_port=%d-%d" % self.watcher
            for lane, port in zip(self.to_camera, (found[2], found[3]), strict=True):
                lane.to = int(port)
            return b"server_port=%d-%d" % self.facing_watcher

        return _PORTS.sub(replaced, message) if self.to_camera else message


def _pass_on(source: socket.socket, to: socket.socket, changed: Callable[[bytes], bytes]) -> None:
    """Messages of one direction; when one side hangs up, so does the other."""
    with suppress(OSError):
        while message := source.recv(_LONGEST):
            to.sendall(changed(message))
    _shut(source)
    _shut(to)


def _shut(each: socket.socket) -> None:
    with suppress(OSError):  # it was already
        each.shutdown(socket.SHUT_RDWR)


def _port(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])
