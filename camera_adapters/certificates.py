"""What the certificate of a camera that encrypts must be, and connections on that condition.

FFmpeg's RTSP client checks none unless it is told to, knows no fingerprints, and calls whatever is
wrong an input/output error. So these connections are made here, and nothing is said to a camera
before its certificate fits.
"""

import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Final

from litterwatch.detector.errors import (
    ConfigError,
    SourceError,
    SourceStalled,
    SourceUnavailable,
    SourceUntrusted,
)

UNCHECKED: Final = "unchecked"
"""How people say that any certificate is taken."""
KNOWN: Final = "known"
"""How people say that somebody whom this machine trusts must have signed it."""

_PIN: Final = "sha256:"
_PEM: Final = "-----BEGIN CERTIFICATE-----"
_NOT_NOW: Final = frozenset({9, 10})  # OpenSSL: not yet valid, expired
_OTHER_NAME: Final = frozenset({62, 64})  # OpenSSL: another host name, another IP address

Place = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificate of a camera is believed: one of three, or any that is known here.

    Attributes:
        fingerprint: SHA-256 of the only one that is, 64 hexadecimal digits; empty for others.
        authorities: certificates, in PEM, of which one must have signed it for the host of the
            address; empty: those that this machine trusts.
        is_unchecked: any is; encryption then keeps out who listens, and nobody who stands between.
    """

    fingerprint: str = ""
    authorities: str = ""
    is_unchecked: bool = False

    def __str__(self) -> str:
        """As people name it; authorities in short."""
        if self.is_unchecked:
            return UNCHECKED
        if self.fingerprint:
            return _PIN + self.fingerprint
        return "signed by a named authority" if self.authorities else KNOWN

    @property
    def text(self) -> str:
        """Everything, for `trust_of`."""
        return self.authorities or str(self)


KNOWN_HERE: Final = Trust()
"""Whoever this machine trusts must have signed it: where nobody has said anything else."""


def trust_of(text: str) -> Trust:
    """What people wrote: "known", "unchecked", "sha256:" with a fingerprint, or the text of a file.

    Raises:
        ConfigError: it is none of these.
    """
    if text in {KNOWN, UNCHECKED}:
        return Trust(is_unchecked=text == UNCHECKED)
    if text.lower().startswith(_PIN):
        digits = text[len(_PIN) :].replace(":", "").replace(" ", "").lower()
        if not re.fullmatch("[0-9a-f]{64}", digits):
            raise ConfigError(
                "A fingerprint of a certificate is sha256: and 64 hexadecimal digits, with or"
                " without colons: copy it whole."
            )
        return Trust(fingerprint=digits)
    if _PEM not in text:
        raise ConfigError(
            f"The certificate must be {KNOWN}, {UNCHECKED}, sha256:..., or a file of certificates"
            " in PEM form (it begins with -----BEGIN CERTIFICATE-----)."
        )
    trust = Trust(authorities=text)
    _context(trust)
    return trust


def names_file(text: str) -> bool:
    """Whether somebody who says which certificate is believed names a file of authorities."""
    return text not in {KNOWN, UNCHECKED} and not text.lower().startswith(_PIN)


def secured(who: str, place: Place, trust: Trust, patience: float) -> ssl.SSLSocket:
    """A connection to a camera whose certificate fits; nothing has been said to it yet.

    Args:
        who: the camera, for texts.
        place: where it listens.
        trust: what its certificate must be.
        patience: how long each step may take, s; also the timeout of the connection.

    Raises:
        SourceUntrusted: it shows another certificate.
        SourceUnavailable: it cannot be reached, or does not speak TLS there.
        SourceStalled: it does not answer in time.
    """
    failed: SourceError
    try:
        connection = _shaken(place, trust, patience)
    except ssl.SSLCertVerificationError as error:
        failed = _not_signed(who, place, error, patience)
    except OSError as error:
        failed = _not_connected(who, error)
    else:
        shown = _fingerprint(connection)
        if trust.fingerprint in {"", shown}:
            return connection
        connection.close()
        failed = SourceUntrusted(
            f"{who} shows another certificate than the one that was agreed: {_PIN}{shown} instead"
            f" of {trust}. Was the camera replaced or reset? Then name the new one"
            f" ({_WHERE}). If not, somebody may stand between; it was told no password."
        )
    raise failed


def shown_by(who: str, place: Place, patience: float) -> Trust:
    """The certificate that a camera shows, whoever signed it: to be agreed on.

    Raises:
        SourceUnavailable: it cannot be reached, or does not speak TLS there.
        SourceStalled: it does not answer in time.
    """
    with secured(who, place, Trust(is_unchecked=True), patience) as connection:
        return Trust(fingerprint=_fingerprint(connection))


_WHERE: Final = "cameras add ID --replace --certificate, or certificate in the cameras file"


def _shaken(place: Place, trust: Trust, patience: float) -> ssl.SSLSocket:
    """Connected, hands shaken, and signed as `trust` says; a fingerprint is not looked at."""
    plain = socket.create_connection(place, timeout=patience)
    try:
        return _context(trust).wrap_socket(plain, server_hostname=place[0])
    except OSError:
        plain.close()
        raise


def _context(trust: Trust) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust.is_unchecked or trust.fingerprint:
        # A fingerprint says more than any signature: it is compared when hands are shaken.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.authorities:
        try:
            context.load_verify_locations(cadata=trust.authorities)
        except ssl.SSLError:
            raise ConfigError(
                "The file of certificates is damaged: export it again in PEM form."
            ) from None
    else:
        context.load_default_certs()
    return context


def _fingerprint(connection: ssl.SSLSocket) -> str:
    shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return hashlib.sha256(shown).hexdigest()


def _not_signed(
    who: str, place: Place, error: ssl.SSLCertVerificationError, patience: float
) -> SourceError:
    if error.verify_code in _NOT_NOW:
        why = "is not valid at this hour: renew it, or set the clock of this machine"
    elif error.verify_code in _OTHER_NAME:
        why = f"was made for another host than {place[0]}: use the name it was made for"
    else:
        why = "is signed by nobody who is trusted here"
    try:
        shown = shown_by(who, place, patience)
    except SourceError as gone:  # between the two connections
        return gone
    return SourceUntrusted(
        f"{who} cannot be believed: its certificate {why}. Compare {shown} with what the camera"
        f" itself shows in its menu, and name that if it is the same ({_WHERE}). It was told no"
        " password."
    )


def _not_connected(who: str, error: OSError) -> SourceError:
    if isinstance(error, TimeoutError):
        return SourceStalled(f"{who} cannot be read: it gave nothing in time; check the network.")
    if isinstance(error, ssl.SSLError):
        return SourceUnavailable(
            f"{who} cannot be read: it does not encrypt at this port, or only in a way older than"
            " TLS 1.2; use its port for rtsps, a newer firmware, or rtsp://."
        )
    return SourceUnavailable(
        f"{who} cannot be read: it does not answer; check its power and the network."
    )
