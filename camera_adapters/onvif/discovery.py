"""Looking for cameras in the network: WS-Discovery, by multicast or one host at a time."""

import re
import socket
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import psutil
from lxml import etree

from litterwatch.camera_adapters.onvif.addresses import reachable
from litterwatch.camera_adapters.quirks import QuirkNotes
from litterwatch.detector.errors import SourceUnavailable
from litterwatch.detector.protocols import Clock

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
WAIT: Final = 3.0
"""How long answers are waited for, s."""
_LARGEST: Final = 65_535
_MOST: Final = 1000
"""More answers than this are somebody's mischief."""
_WSA: Final = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
_WSD: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}"
_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
    "<a:MessageID>{message}</a:MessageID>"
    "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
    "<s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body>"
    "</s:Envelope>"
)


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered.

    Attributes:
        endpoint: its lasting name.
        address: of its device service, at the host that answered.
        name, hardware, location: what it says of itself; empty if nothing.
        is_behind_nat: it names another host than the one that answered.
    """

    endpoint: str
    address: str
    name: str
    hardware: str
    location: str
    is_behind_nat: bool


def find_cameras(clock: Clock, wait: float = WAIT) -> tuple[FoundCamera, ...]:
    """Ask every network this machine is in.

    Raises:
        SourceUnavailable: there is no network to ask.
    """
    ways = [(GROUP, PORT, interface) for interface in own_addresses()]
    return _asked(ways, clock, wait)


def ask_host(
    host: str, clock: Clock, *, port: int = PORT, wait: float = WAIT
) -> tuple[FoundCamera, ...]:
    """Ask one host, where multicast does not get through; returns with its first answer.

    Raises:
        SourceUnavailable: there is no way to it.
    """
    return _asked([(host, port, "")], clock, wait, most=1)


def own_addresses() -> list[str]:
    """IPv4 addresses of this machine, the loopback interface's last."""
    found = [
        entry.address
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    ]
    return sorted(found, key=lambda address: address.startswith("127."))


def _asked(
    ways: Sequence[tuple[str, int, str]], clock: Clock, wait: float, most: int = _MOST
) -> tuple[FoundCamera, ...]:
    message = f"urn:uuid:{uuid.uuid4()}"
    probe = _PROBE.format(message=message).encode()
    sockets = [way for way in (_sent(probe, *way) for way in ways) if way is not None]
    if not sockets:
        raise SourceUnavailable("No network could be asked for cameras: check cable and address.")
    found: dict[str, FoundCamera] = {}
    try:
        for content, sender in _answers(sockets, clock, wait):
            for camera in read_matches(content, sender, message):
                found.setdefault(camera.endpoint, camera)
            if len(found) >= most:
                break
    finally:
        for one in sockets:
            one.close()
    return tuple(sorted(found.values(), key=lambda camera: camera.address))


def _sent(probe: bytes, host: str, port: int, interface: str) -> socket.socket | None:
    """A socket on which answers come, or None where the interface has no way there."""
    way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if interface:
            way.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
            way.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
            way.bind((interface, 0))
        for _ in range(2):  # datagrams get lost; cameras know a probe by its number
            way.sendto(probe, (host, port))
    except OSError:
        way.close()
        return None
    return way


def _answers(
    sockets: Iterable[socket.socket], clock: Clock, wait: float
) -> Iterable[tuple[bytes, str]]:
    waiting = list(sockets)
    until = clock.monotonic() + wait
    each = 0.05
    while clock.monotonic() < until:
        for way in waiting:
            way.settimeout(each)
            try:
                content, sender = way.recvfrom(_LARGEST)
            except OSError:  # nothing yet, or the host says that nobody listens there
                continue
            yield content, str(sender[0])


def read_matches(content: bytes, sender: str, message: str) -> tuple[FoundCamera, ...]:
    """The cameras in one answer; what is not an answer to our question holds none.

    Args:
        content: the datagram.
        sender: host it came from.
        message: number of our question.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        answer = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return ()
    if answer is None or (answer.findtext(f".//{_WSA}RelatesTo") or "").strip() != message:
        return ()
    found = (_camera(match, sender) for match in answer.iter(f"{_WSD}ProbeMatch"))
    return tuple(camera for camera in found if camera is not None)


def _camera(match: "etree._Element", sender: str) -> FoundCamera | None:
    named = (match.findtext(f"{_WSD}XAddrs") or "").split()
    named = [address for address in named if address.startswith(("http://", "https://"))]
    if not named:
        return None
    true = [address for address in named if _host(address) == sender]
    reached = f"http://{sender}:{_port(named[0]) or 80}"
    notes = QuirkNotes()
    address = true[0] if true else reachable(named[0], reached, notes)
    scopes = (match.findtext(f"{_WSD}Scopes") or "").split()
    endpoint = (match.findtext(f".//{_WSA}Address") or "").strip()
    return FoundCamera(
        endpoint=endpoint or address,
        address=address,
        name=_scope(scopes, "name"),
        hardware=_scope(scopes, "hardware"),
        location=_scope(scopes, "location"),
        is_behind_nat=not true,
    )


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _port(address: str) -> int | None:
    try:
        return urlsplit(address).port
    except ValueError:
        return None


def _scope(scopes: Sequence[str], kind: str) -> str:
    """Values of one kind; cameras end them with a slash, escape blanks, and repeat them."""
    start = re.compile(rf"onvif://www\.onvif\.org/{kind}/", re.IGNORECASE)
    values = [unquote(start.sub("", scope)).strip("/ ") for scope in scopes if start.match(scope)]
    return ", ".join(dict.fromkeys(value for value in values if value))
