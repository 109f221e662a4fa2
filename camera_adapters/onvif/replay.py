"""A door through which FFmpeg plays a recording that lies in a camera (ONVIF streaming, replay).

Replay is RTSP with additions that FFmpeg's client does not know: which stretch of time, as fast as
it goes, and the hour of each picture in the header of its packets. The door stands between: FFmpeg
connects to it on this machine, it connects to the camera, adds what is missing, logs in (so that no
address holds a password), and reads the hours as they come by.
"""

import contextlib
import socket
import struct
import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from litterwatch.camera_adapters.connection import host_and_port
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.rtsp_messages import END, authorization, header, messages
from litterwatch.detector.errors import SourceAuthFailed, SourceError, SourceUnavailable

_HERE: Final = "127.0.0.1"
_EXTENSION: Final = 0xABAC  # of RTP: the hour of a picture (ONVIF streaming specification, 6.3)
_NTP_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)


class ReplayDoor:
    """Plays a stretch of a recording at `address`, once; a context manager.

    Args:
        target: where the camera plays the recording, RTSP, without credentials.
        credentials: how to log in there; None asks as anybody may.
        begins, ends: the stretch, by the camera's clock, UTC.
        patience: how long the camera may be silent, s.

    Attributes:
        address: for FFmpeg, without credentials.
        first_hour: of the first picture by the camera's clock; None before it, or where the camera
            does not tell.
        refused: why the camera let nobody in; None where it did.
    """

    def __init__(
        self,
        target: str,
        credentials: Credentials | None,
        begins: datetime,
        ends: datetime,
        *,
        patience: float = 10.0,
    ) -> None:
        self.first_hour: datetime | None = None
        self.refused: SourceError | None = None
        self._target = urlsplit(target)
        self._credentials = credentials
        self._stretch = f"clock={_clock(begins)}-{_clock(ends)}"
        self._patience = patience
        self._listener = socket.create_server((_HERE, 0))
        self._here = f"{_HERE}:{self._listener.getsockname()[1]}"
        self.address = self._target._replace(netloc=self._here).geturl()
        self._camera: socket.socket | None = None
        self._player: socket.socket | None = None
        self._challenge = ""
        self._asked = b""
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in (self._listener, self._camera, self._player):
            if each is not None:
                _shut(each)
                each.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self) -> None:
        """Let the player in, and be its way to the camera."""
        try:
            self._player, _ = self._listener.accept()
            self._camera = socket.create_connection(
                host_and_port(self._target.geturl()), timeout=self._patience
            )
        except OSError as error:
            self.refused = SourceUnavailable(
                f"The recording cannot be played ({type(error).__name__}): does the camera listen"
                f" for video at port {host_and_port(self._target.geturl())[1]}?"
            )
            if self._player is not None:
                _shut(self._player)
            return
        answers = threading.Thread(target=self._answers, daemon=True)
        self._threads.append(answers)
        answers.start()
        with contextlib.suppress(OSError):
            for message in messages(self._player):
                self._ask(message)
        _shut(self._camera)

    def _ask(self, message: bytes) -> None:
        assert self._camera is not None
        if not message.startswith(b"$"):
            message = self._completed(message)
            with self._lock:
                self._asked = message
                message = self._signed(message)
        self._camera.sendall(message)

    def _answers(self) -> None:
        """What the camera says, for the player; a refused login is answered here, once."""
        assert self._camera is not None
        assert self._player is not None
        with contextlib.suppress(OSError):
            for message in messages(self._camera):
                if message.startswith(b"$"):
                    self._read_hour(message)
                elif message.startswith(b"RTSP/1.0 401"):
                    if not self._log_in(message):
                        break
                    continue
                else:
                    message = self._translated(message)  # noqa: PLW2901 - the same, in our words
                self._player.sendall(message)
        _shut(self._player)

    def _completed(self, request: bytes) -> bytes:
        """A request in the camera's words, with what replay needs."""
        request = request.replace(self._here.encode(), self._target.netloc.encode())
        if not request.startswith(b"PLAY "):
            return request
        head, _, body = request.partition(END)
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"range:")]
        lines += [
            b"Require: onvif-replay",
            b"Rate-Control: no",
            b"Range: " + self._stretch.encode(),
        ]
        return b"\r\n".join(lines) + END + body

    def _translated(self, answer: bytes) -> bytes:
        """An answer in which the camera's addresses lead through the door."""
        head, _, body = answer.partition(END)
        there, here = self._target.netloc.encode(), self._here.encode()
        body = body.replace(there, here)
        lines = [
            b"Content-Length: %d" % len(body)
            if line.lower().startswith(b"content-length:")
            else line.replace(there, here)
            for line in head.split(b"\r\n")
        ]
        return b"\r\n".join(lines) + END + body

    def _log_in(self, answer: bytes) -> bool:
        """Ask again with a login; false where that was refused or there is none."""
        challenge = header(answer, "WWW-Authenticate")
        with self._lock:
            is_stale = "stale=true" in challenge.lower()
            if self._credentials is None or (self._challenge and not is_stale):
                self.refused = SourceAuthFailed(
                    "The camera refused the name or password for its recordings: correct them with"
                    " litterwatch cameras add ID --replace --user NAME."
                )
                return False
            self._challenge = challenge
            again = self._signed(self._asked)
        assert self._camera is not None
        self._camera.sendall(again)
        return True

    def _signed(self, request: bytes) -> bytes:
        if not self._challenge or self._credentials is None:
            return request
        head, _, body = request.partition(END)
        method, uri = head.split(b" ")[:2]
        line = authorization(self._challenge, self._credentials, method.decode(), uri.decode())
        return head + b"\r\nAuthorization: " + line.encode() + END + body

    def _read_hour(self, packet: bytes) -> None:
        if self.first_hour is None and packet[1] % 2 == 0:
            self.first_hour = hour_of(packet[4:])


def hour_of(packet: bytes) -> datetime | None:
    """The hour in the header of an RTP packet, UTC by the camera's clock; None where it has none.

    Sources: RFC 3550, 5.3.1; ONVIF streaming specification, 6.3.1.
    """
    if len(packet) < 12 or packet[0] >> 6 != 2 or not packet[0] & 0x10:
        return None
    begin = 12 + 4 * (packet[0] & 0x0F)
    if len(packet) < begin + 12:
        return None
    kind, words, seconds, fraction = struct.unpack_from(">HHII", packet, begin)
    if kind != _EXTENSION or words < 2:
        return None
    return _NTP_EPOCH + timedelta(seconds=seconds + fraction / 2**32)


def _clock(at: datetime) -> str:
    """UTC as RTSP writes it (RFC 2326, 3.7)."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was already
        each.shutdown(socket.SHUT_RDWR)
