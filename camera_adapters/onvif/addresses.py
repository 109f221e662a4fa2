"""Addresses that a camera names, turned into ones that can be reached from here."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from litterwatch.camera_adapters.credentials import holds_credentials, without_credentials
from litterwatch.camera_adapters.quirks import QuirkNotes
from litterwatch.detector.errors import ConfigError

DEVICE_PATH: Final = "/onvif/device_service"
_STREAMS: Final = frozenset({"rtsp", "rtsps"})
_SCHEMES: Final = frozenset({"http", "https"})


def device_address(text: str) -> str:
    """The address of a device service, from what people type: `192.168.1.64`, `host:8080`, a URL.

    Raises:
        ConfigError: it is no address, or holds a password.
    """
    whole = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        is_address = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigError(
            "That is no camera's address: give it as 192.168.1.64 or host:port, and one of video"
            " (rtsp://) with --stream."
        )
    if holds_credentials(whole):
        raise ConfigError(
            "Take name and password out of the camera's address: they are asked for by themselves."
        )
    path = parts.path if parts.path.strip("/") else DEVICE_PATH
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def is_stream_address(address: str) -> bool:
    """Whether an address is one of RTSP."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in _STREAMS and bool(parts.hostname)


def is_web_address(address: str) -> bool:
    """Whether an address is one of HTTP."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in _SCHEMES and bool(parts.hostname)


def host_port(address: str) -> str:
    """`host:port` of an address, for people; empty if it is none."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def reachable(address: str, reached: str, notes: QuirkNotes) -> str:
    """An address that a camera named, without credentials and at the host it was reached at.

    A camera behind a router names its own side. The port of web services is that which worked; the
    port of video is kept, because routers mostly pass it on unchanged.

    Args:
        address: as the camera wrote it; what cannot be taken apart gives an empty text.
        reached: address at which the camera answered.
        notes: where faults are noted.
    """
    if holds_credentials(address):
        notes.note("credentials-in-addresses")
    clean = without_credentials(address.strip())
    try:
        named, true = urlsplit(clean), urlsplit(reached)
        named_port = named.port
    except ValueError:
        return ""
    if not named.hostname or not true.hostname or named.hostname == true.hostname:
        return clean
    if _is_number(named.hostname):
        notes.note("addresses-behind-nat")
    if named.scheme in _SCHEMES:
        return urlunsplit((true.scheme, true.netloc, named.path, named.query, ""))
    host = f"[{true.hostname}]" if ":" in true.hostname else true.hostname
    netloc = host if named_port is None else f"{host}:{named_port}"
    return urlunsplit((named.scheme, netloc, named.path, named.query, ""))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
