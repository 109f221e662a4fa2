"""A door on this machine through which FFmpeg comes to a camera that it cannot speak to itself.

The connection to the camera is made by whoever opens the door: encrypted, or with words that FFmpeg
does not know. The door puts the camera's address into what is asked and its own into what is
answered, and logs in, so that FFmpeg never sees a password. Video travels in the same connection.
"""

import contextlib
import secrets
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from litterwatch.camera_adapters.certificates import Trust, secured
from litterwatch.camera_adapters.connection import host_and_port
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.rtsp_messages import END, Messages, authorization, header
from litterwatch.detector.errors import SourceAuthFailed

_HERE: Final = "127.0.0.1"
_PIECE: Final = 65536


class RtspDoor:
    """Lets one player in at `address`, once; a context manager.

    Args:
        camera: connected; the door's from now on. Its timeout is that of a whole request.
        target: the address of the stream, without credentials.
        credentials: how to log in there; None asks as anybody may.
        refusal: what to say where they are refused.
        complete: makes a request what the camera wants to hear.
        hear: is given every packet of video that passes.

    Attributes:
        address: for FFmpeg: `rtsp://` on this machine, without credentials.
        refused: set where the camera refused the login; it was tried once.
    """

    def __init__(
        self,
        camera: socket.socket,
        target: str,
        credentials: Credentials | None,
        *,
        refusal: str,
        complete: Callable[[bytes], bytes] = lambda request: request,
        hear: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self.refused: SourceAuthFailed | None = None
        self._credentials = credentials
        self._refusal = refusal
        self._complete = complete
        self._hear = hear
        parts = urlsplit(target)
        self._listener = socket.create_server((_HERE, 0))
        # Others on this machine can knock as well; only who was told the address is let in.
        here = f"rtsp://{_HERE}:{self._listener.getsockname()[1]}/{secrets.token_hex(16)}"
        self.address = here + parts._replace(scheme="", netloc="").geturl()
        self._here = here.encode()
        self._there = f"{parts.scheme}://{parts.netloc}".encode()
        self._also_there = f"rtsp://{parts.netloc}".encode()
        self._camera = camera
        self._patience = camera.gettimeout()
        self._player: socket.socket | None = None
        self._challenge = ""
        self._asked = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Shut it for both sides; may be called twice."""
        for each in (self._listener, self._camera, self._player):
            if each is not None:
                _shut(each)
        self._thread.join(5)
        for each in (self._listener, self._camera, self._player):
            if each is not None:
                each.close()

    def _serve(self) -> None:
        """Let the player in, and be its way to the camera until one of them hangs up."""
        with contextlib.suppress(OSError):  # a hang-up, which the other side sees by its own
            self._player, _ = self._listener.accept()
            self._relay(self._player)
        for each in (self._camera, self._player):
            if each is not None:
                _shut(each)

    def _relay(self, player: socket.socket) -> None:
        asked, answered = Messages(), Messages()
        while True:
            is_asked, is_answered = self._waiting(player)
            if is_asked:
                more = player.recv(_PIECE)
                for message in asked.feed(more):
                    self._ask(message)
                if not more:
                    return
            if is_answered:
                for piece in self._pieces():
                    for message in answered.feed(piece):
                        if not self._answer(message, player):
                            return

    def _waiting(self, player: socket.socket) -> tuple[bool, bool]:
        """Whether the player, and whether the camera, has sent something."""
        ready, _, _ = select.select([player, self._camera], [], [])
        return player in ready, self._camera in ready

    def _pieces(self) -> Iterator[bytes]:
        """All that the camera has sent, without waiting for more.

        An encrypted connection may hold more than can be seen from outside, or nothing for us.

        Raises:
            OSError: it is gone.
        """
        while True:
            self._camera.settimeout(0)
            try:
                more = self._camera.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            finally:
                self._camera.settimeout(self._patience)
            if not more:
                raise ConnectionResetError("the camera has hung up")
            yield more

    def _ask(self, message: bytes) -> None:
        if not self._asked and self._here not in message:
            raise ConnectionAbortedError("somebody who was not told the address")
        if not message.startswith(b"$"):
            message = self._complete(message.replace(self._here, self._there))
            self._asked = message
            message = self._signed(message)
        self._camera.sendall(message)

    def _answer(self, message: bytes, player: socket.socket) -> bool:
        """Give the player what the camera says; false where it must not go on."""
        if message.startswith(b"$"):
            self._hear(message)
        elif message.startswith(b"RTSP/1.0 401"):
            return self._log_in(message)
        else:
            message = self._translated(message)
        player.sendall(message)
        return True

    def _translated(self, answer: bytes) -> bytes:
        """An answer in which the camera's addresses lead through the door."""
        head, _, body = answer.partition(END)
        body = self._through(body)
        lines = [
            b"Content-Length: %d" % len(body)
            if line.lower().startswith(b"content-length:")
            else self._through(line)
            for line in head.split(b"\r\n")
        ]
        return b"\r\n".join(lines) + END + body

    def _through(self, text: bytes) -> bytes:
        return text.replace(self._there, self._here).replace(self._also_there, self._here)

    def _log_in(self, answer: bytes) -> bool:
        """Ask again with a login; false where that was refused or there is none."""
        challenge = header(answer, "WWW-Authenticate")
        is_stale = "stale=true" in challenge.lower()
        if self._credentials is None or (self._challenge and not is_stale):
            self.refused = SourceAuthFailed(self._refusal)
            return False
        self._challenge = challenge
        self._camera.sendall(self._signed(self._asked))
        return True

    def _signed(self, request: bytes) -> bytes:
        if not self._challenge or self._credentials is None:
            return request
        head, _, body = request.partition(END)
        method, uri = head.split(b" ")[:2]
        line = authorization(self._challenge, self._credentials, method.decode(), uri.decode())
        return head + b"\r\nAuthorization: " + line.encode() + END + body


def encrypted_door(
    who: str, target: str, credentials: Credentials | None, trust: Trust, patience: float
) -> RtspDoor:
    """A door to a camera that encrypts, whose certificate has been looked at.

    Args:
        who: the camera, for texts.
        target: `rtsps://`, without credentials.
        credentials: None for none.
        trust: what its certificate must be.
        patience: how long a step may take, s.

    Raises:
        SourceUntrusted: it shows another certificate; it was told nothing.
        SourceError: it cannot be reached, or does not encrypt there.
    """
    camera = secured(who, host_and_port(target), trust, patience)
    refusal = f"{who} cannot be read: it refused the name or password; correct them."
    return RtspDoor(camera, target, credentials, refusal=refusal)


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was already
        # Not the method of an encrypted socket: that one would go on in plain until it is shut.
        socket.socket.shutdown(each, socket.SHUT_RDWR)
