"""Messages of RTSP over one connection, and how a login is written into them."""

import base64
import hashlib
import re
import secrets
import socket
from collections.abc import Iterator
from typing import Final

from litterwatch.camera_adapters.credentials import Credentials

END: Final = b"\r\n\r\n"
"""Where the head of a message ends."""

_LONGEST: Final = 1 << 20  # bytes of one message; what is longer is none


def authorization(challenge: str, credentials: Credentials, method: str, uri: str) -> str:
    """The header that answers a challenge: digest (RFC 2617, MD5), or basic where that is asked.

    Args:
        challenge: content of WWW-Authenticate.
        credentials: whose.
        method: of the request.
        uri: of the request.
    """
    user, password = credentials.user, credentials.password.reveal()
    if challenge.lower().startswith("basic"):
        return "Basic " + _base64(f"{user}:{password}")
    asked = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge.partition(" ")[2]))
    realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
    first, second = _md5(f"{user}:{realm}:{password}"), _md5(f"{method}:{uri}")
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in asked.get("qop", ""):
        own = secrets.token_hex(8)
        answer = _md5(f"{first}:{nonce}:00000001:{own}:auth:{second}")
        tail = f', qop=auth, nc=00000001, cnonce="{own}"'
    else:
        answer, tail = _md5(f"{first}:{nonce}:{second}"), ""
    quoted = ", ".join(f'{name}="{_escaped(value)}"' for name, value in parts.items())
    return f'Digest {quoted}, response="{answer}"{tail}'


class Messages:
    """Takes what came apart: messages with their content, and packets of video between them.

    Source: RFC 2326, 10.12.
    """

    def __init__(self) -> None:
        self._held = b""

    def feed(self, more: bytes) -> Iterator[bytes]:
        """Give bytes as they come; the messages that are whole by now.

        Raises:
            ConnectionAbortedError: the other side sends something that has no end.
        """
        held = self._held + more
        while (length := _length(held)) is not None and len(held) >= length:
            yield held[:length]
            held = held[length:]
        if len(held) > _LONGEST:
            raise ConnectionAbortedError("a message without end")
        self._held = held


def messages(source: socket.socket) -> Iterator[bytes]:
    """Messages and packets of a connection, until it ends.

    Raises:
        OSError: the other side is gone, silent for too long, or sends no messages.
    """
    parts = Messages()
    while more := source.recv(65536):
        yield from parts.feed(more)


def _length(held: bytes) -> int | None:
    """Bytes of the message that begins here; None while that cannot be told."""
    if held.startswith(b"$"):
        return 4 + int.from_bytes(held[2:4], "big") if len(held) >= 4 else None
    head, found, _ = held.partition(END)
    if not found:
        return None
    content = header(head, "Content-Length")
    return len(head) + len(END) + (int(content) if content.isdigit() else 0)


def header(message: bytes, name: str) -> str:
    """Content of a header; empty where it is missing. Digest goes before basic."""
    wanted = name.lower() + ":"
    lines = message.partition(END)[0].decode("utf-8", "replace").split("\r\n")
    found = [line[len(wanted) :].strip() for line in lines if line.lower().startswith(wanted)]
    return min(found, key=lambda line: not line.lower().startswith("digest"), default="")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
