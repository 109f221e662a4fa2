"""Name and password of a camera, and addresses without them.

A password is a `Secret`: printing or logging it gives nothing away; the one way to it is `reveal`,
which is called where it is sent and nowhere else.
"""

import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_SECRET_KEYS: Final = frozenset(
    {"user", "usr", "username", "loginuse", "loginpas", "pwd", "pass", "passwd", "password", "auth"}
)
"""Names of query parameters in which cameras write a login."""


class Secret:
    """A text that is not shown.

    It can be pickled for a process of our own; it must not be stored that way.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; never put it into an error, a log line or an address."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to log in to a camera."""

    user: str
    password: Secret


def without_credentials(address: str) -> str:
    """The address without name and password, wherever they stand in it.

    What cannot be taken apart gives an empty text: it might hold anything.
    """
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ""
    kept = [(key, value) for key, value in query if key.lower() not in _SECRET_KEYS]
    text = parts.query if len(kept) == len(query) else urlencode(kept)
    return urlunsplit((parts.scheme, host, _path(parts.path), text, parts.fragment))


def _path(path: str) -> str:
    """XiongMai writes `/user=admin_password=x_channel=1.sdp`: a login as a part of the path."""
    steps = path.split("/")
    return "/".join(
        "_".join(part for part in step.split("_") if part.split("=")[0].lower() not in _SECRET_KEYS)
        if "=" in step
        else step
        for step in steps
    )


def holds_credentials(address: str) -> bool:
    """Whether a name or password stands in an address."""
    return without_credentials(address) != address
