"""How a camera is reached: addresses without credentials, and credentials that cannot be seen.

This is all that the live side knows of a camera; whoever keeps cameras hands over such a value.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust
from litterwatch.camera_adapters.credentials import Credentials, Secret
from litterwatch.detector.errors import ConfigError

SCHEMES: Final = {"rtsp": 554, "rtsps": 322, "http": 80}
"""Kinds of address, with the usual port of each."""

_PICTURES: Final = "http"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# FFmpeg keeps name and password, as they are written in an address, in 128 bytes.
_LONGEST: Final = 126


class Transport(StrEnum):
    """How pictures travel."""

    TCP = "tcp"
    UDP = "udp"

    @property
    def other(self) -> "Transport":
        """The one that this is not."""
        return Transport.UDP if self is Transport.TCP else Transport.TCP

    @property
    def options(self) -> dict[str, str]:
        """What FFmpeg's RTSP client is told so that pictures travel this way and no other."""
        if self is Transport.TCP:
            return {"rtsp_transport": self.value}
        # Packets that overtake each other are waited for and put in order.
        return {"rtsp_transport": self.value, "reorder_queue_size": "500"}


NO_SECRET: Final = Secret("")


@dataclass(frozen=True, slots=True)
class CameraConnection:
    """How to reach one camera.

    Attributes:
        camera_id: stable name; letters, digits, dot, dash and underscore, at most 64.
        main: address of the stream that is kept, without credentials; `http://` for a camera that
            gives single pictures or a stream of JPEGs.
        sub: address of a smaller stream that is analysed instead; None analyses `main`.
        username: empty for a camera that asks for none.
        password: goes with it.
        transport: how pictures travel.
        trust: what its certificate must be, where an address is `rtsps://`.

    Raises:
        ConfigError: something cannot be used; the text never holds the address, because a
            password may stand in it.
    """

    camera_id: str
    main: str
    sub: str | None = None
    username: str = ""
    password: Secret = NO_SECRET
    transport: Transport = Transport.TCP
    trust: Trust = KNOWN_HERE

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.camera_id):
            raise ConfigError(
                f"{self.camera_id!r} cannot be the id of a camera: use letters, digits, dot, dash"
                " and underscore, at most 64."
            )
        self._require_address(self.main, "main")
        if self.sub is not None:
            self._require_address(self.sub, "sub")
            if is_pictures(self.main) or is_pictures(self.sub):
                raise self._wrong("pictures over http have no smaller stream: leave sub out")
        if self.encrypts and self.transport is Transport.UDP:
            raise self._wrong("udp would send an encrypted stream readable; use tcp with rtsps")
        if ":" in self.username:
            raise self._wrong("the user name holds a colon, which no camera can tell apart")
        if self.password and not self.username:
            raise self._wrong("there is a password and no user name")
        if len(self._credentials()) > _LONGEST:
            raise self._wrong(f"name and password are longer than {_LONGEST} characters together")

    @property
    def encrypts(self) -> bool:
        """Whether any of its streams comes encrypted."""
        return any(is_encrypted(address) for address in (self.main, self.sub) if address)

    @property
    def is_unchecked(self) -> bool:
        """Whether it encrypts, and its certificate is not looked at."""
        return self.encrypts and self.trust.is_unchecked

    @property
    def credentials(self) -> Credentials | None:
        """Name and password, None where the camera asks for none."""
        return Credentials(self.username, self.password) if self.username else None

    def with_credentials(self, address: str) -> Secret:
        """One of the addresses as the library wants it."""
        if not self.username:
            return Secret(address)
        parts = urlsplit(address)
        return Secret(urlunsplit(parts._replace(netloc=f"{self._credentials()}@{parts.netloc}")))

    def _credentials(self) -> str:
        if not self.username:
            return ""
        return f"{quote(self.username, safe='')}:{quote(self.password.reveal(), safe='')}"

    def _require_address(self, address: str, name: str) -> None:
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            raise self._wrong(f"{name} is not an address such as rtsp://10.0.0.5/main") from None
        if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
            raise self._wrong(
                f"{name} is not an address such as rtsp://10.0.0.5/main, or http:// of pictures"
            )
        if _has_credentials(parts):
            raise self._wrong(f"{name} holds a name or password: give them apart from the address")

    def _wrong(self, what: str) -> ConfigError:
        return ConfigError(f"Camera {self.camera_id}: {what}.")


def _has_credentials(parts: SplitResult) -> bool:
    query = parts.query.lower()
    return "@" in parts.netloc or any(word in query for word in ("password=", "pwd=", "passwd="))


def is_pictures(address: str) -> bool:
    """Whether it is JPEGs over HTTP that come from an address."""
    return urlsplit(address).scheme == _PICTURES


def is_encrypted(address: str) -> bool:
    """Whether what comes from an address is encrypted."""
    return urlsplit(address).scheme == "rtsps"


def host_and_port(address: str) -> tuple[str, int]:
    """Where a camera listens."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    return parts.hostname, parts.port or SCHEMES[parts.scheme]
