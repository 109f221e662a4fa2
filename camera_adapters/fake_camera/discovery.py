"""Answers to WS-Discovery: somebody asks the whole network who is a camera."""

import contextlib
import socket
import struct
import threading
import uuid
from collections.abc import Callable
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
_SPACES: Final = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
)
_MESSAGE_ID: Final = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}MessageID"
_PROBE: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}Probe"
_TYPES: Final = "{http://schemas.xmlsoap.org/ws/2005/04/discovery}Types"
_WANTED: Final = ("", "NetworkVideoTransmitter", "Device")


class DiscoveryAnswerer:
    """Listens for probes and answers those who look for cameras.

    Args:
        address: tells the address of the device service to a given host; None leaves that host
            without an answer.
        scopes: what it says of itself.
        port: to listen at; 0 takes a free one, which then has to be asked directly.
        join: whether to join the multicast group, so that a whole network can be asked.

    Attributes:
        port: where it listens.
        endpoint: its lasting name.
    """

    def __init__(
        self,
        address: Callable[[str], str | None],
        scopes: tuple[str, ...],
        *,
        port: int = PORT,
        join: bool = True,
        endpoint: uuid.UUID | None = None,
    ) -> None:
        self.endpoint = f"urn:uuid:{endpoint or uuid.uuid4()}"
        self._address = address
        self._scopes = scopes
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("", port))
        if join:
            for interface in ("0.0.0.0", "127.0.0.1"):  # noqa: S104 - which interface listens
                # An interface without multicast is no reason not to listen at the others.
                with contextlib.suppress(OSError):
                    wish = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(interface))
                    self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wish)
        self._socket.settimeout(0.2)
        self.port = int(self._socket.getsockname()[1])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake discovery", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more; may be called twice."""
        self._stopping.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                content, sender = self._socket.recvfrom(65_535)
            except TimeoutError:
                continue
            answer = self._answer(content, sender[0])
            if answer is not None:
                self._socket.sendto(answer, sender)

    def _answer(self, content: bytes, sender: str) -> bytes | None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            asked = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            return None
        probe = asked.find(f".//{_PROBE}")
        if probe is None:
            return None
        wanted = (probe.findtext(_TYPES) or "").split() or [""]
        if not any(name.rpartition(":")[2] in _WANTED for name in wanted):
            return None
        address = self._address(sender)
        if address is None:
            return None
        return self._match(str(asked.findtext(f".//{_MESSAGE_ID}") or ""), address)

    def _match(self, question: str, address: str) -> bytes:
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_SPACES}><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
            f"<a:RelatesTo>{escape(question)}</a:RelatesTo>"
            "<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>"
            "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>"
            "</s:Header><s:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference>"
            f"<a:Address>{self.endpoint}</a:Address></a:EndpointReference>"
            "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
            f"<d:Scopes>{escape(' '.join(self._scopes))}</d:Scopes>"
            f"<d:XAddrs>{escape(address)}</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>"
            "</s:Body></s:Envelope>"
        ).encode()


def service_towards(peer: str, host: str, port: int) -> str | None:
    """The address of the device service for somebody at `peer`.

    Who listens at the loopback interface alone is a camera of this machine alone: the same question
    comes in through its other networks as well, and there the address would lead nowhere.

    Args:
        peer: who asks.
        host: where the camera listens; 0.0.0.0 is everywhere.
        port: of its device service.
    """
    if host == "0.0.0.0":  # noqa: S104 - asked
        host = host_towards(peer)
    elif _is_loopback(host) and not _is_loopback(peer):
        return None
    return f"http://{host}:{port}/onvif/device_service"


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.")


def host_towards(peer: str) -> str:
    """The address of this machine that somebody at `peer` can reach."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect((peer, 9))
        except OSError:
            return "127.0.0.1"
        return str(way.getsockname()[0])
