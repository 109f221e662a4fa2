"""Envelopes: reading what a client sent, writing answers and faults."""

from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

PREFIXES: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsse": ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"),
    "wsu": ("http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"),
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "tns1": "http://www.onvif.org/ver10/topics",
    "tt": "http://www.onvif.org/ver10/schema",
    "ter": "http://www.onvif.org/ver10/error",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tr2": "http://www.onvif.org/ver20/media/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "tse": "http://www.onvif.org/ver10/search/wsdl",
    "trp": "http://www.onvif.org/ver10/replay/wsdl",
    "fake": "urn:litterwatch:fake-camera",
}
LARGEST: Final = 1 << 20
"""A request longer than this is refused, bytes."""


class FaultAnswer(Exception):
    """What is answered instead of a result.

    Args:
        status: of HTTP.
        side: "Sender" or "Receiver": whose fault it is.
        subcode: of ONVIF, with its prefix; empty for none.
        reason: for people.
    """

    def __init__(self, status: int, side: str, subcode: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.side, self.subcode, self.reason = status, side, subcode, reason


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """One request.

    Attributes:
        operation: `prefix:Name` of what is asked, with the prefix of `PREFIXES`.
        body: the element of the operation.
        header: the SOAP header, None if there is none.
        base: `http://host:port` that this camera says it has.
        path: of the address the request came to.
    """

    operation: str
    body: Any
    header: Any
    base: str
    path: str

    def text(self, xpath: str, default: str = "") -> str:
        """Text of an element below the operation, such as `trt:ProfileToken`."""
        found = self.body.find(xpath, namespaces=PREFIXES)
        return default if found is None or found.text is None else str(found.text).strip()


def read_request(content: bytes, base: str, path: str) -> SoapRequest:
    """Take an envelope apart.

    Raises:
        FaultAnswer: it is none.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        envelope = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise FaultAnswer(400, "Sender", "ter:WellFormed", "that is no XML") from None
    bodies = envelope.xpath("/s:Envelope/s:Body/*", namespaces=PREFIXES)
    if len(bodies) != 1:
        raise FaultAnswer(400, "Sender", "ter:TagMismatch", "that is no SOAP 1.2 request")
    name = etree.QName(bodies[0])
    known = {uri: prefix for prefix, uri in PREFIXES.items()}
    return SoapRequest(
        operation=f"{known.get(name.namespace, '?')}:{name.localname}",
        body=bodies[0],
        header=envelope.find("s:Header", namespaces=PREFIXES),
        base=base,
        path=path,
    )


def envelope(body: str, *, undeclared: str = "") -> bytes:
    """An answer, from the XML of its body.

    Args:
        body: elements that use the prefixes of `PREFIXES`.
        undeclared: a prefix to leave undeclared, as broken cameras do.
    """
    spaces = " ".join(
        f"xmlns:{prefix}={quoteattr(uri)}"
        for prefix, uri in PREFIXES.items()
        if prefix != undeclared
    )
    text = f"<s:Envelope {spaces}><s:Body>{body}</s:Body></s:Envelope>"
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()


def fault(answer: FaultAnswer, *, undeclared: str = "") -> bytes:
    """A fault as an envelope."""
    sub = f"<s:Subcode><s:Value>{answer.subcode}</s:Value></s:Subcode>" if answer.subcode else ""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:{answer.side}</s:Value>{sub}</s:Code><s:Reason>"
        f'<s:Text xml:lang="en">{escape(answer.reason)}</s:Text></s:Reason></s:Fault>',
        undeclared=undeclared,
    )


def not_supported(operation: str) -> FaultAnswer:
    """What a camera answers that does not know an operation."""
    return FaultAnswer(500, "Receiver", "ter:ActionNotSupported", f"{operation} is not supported")
