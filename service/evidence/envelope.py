"""A signature beside what it signs: one small canonical JSON text that can be checked anywhere.

What is signed is the canonical text of the envelope's `statement`, which names the SHA-256 of the
thing. Everything is hex, lower case, so that there is exactly one way to write an envelope and a
change of any byte of it is a change of its meaning.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.service.canonical import JsonValue, canonical_json
from litterwatch.service.evidence.keys import SigningKey, key_id_of

FORMAT: Final = "litterwatch-signature/1"


class Signed(StrEnum):
    """What sort of thing a signature vouches for."""

    MANIFEST = "manifest"
    CUSTODY_HEAD = "custody_head"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed.

    Attributes:
        kind: what sort of thing.
        subject: the event, the number of the custody row, or the export.
        sha256: of the thing.
        signed_at: UTC, ISO 8601.
        key_id: which key.
        format: of the envelope.
    """

    kind: Signed
    subject: str
    sha256: str
    signed_at: str
    key_id: str
    format: str = FORMAT

    def text(self) -> bytes:
        """The bytes that are signed."""
        return canonical_json(asdict(self))


def seal_envelope(
    key: SigningKey, kind: Signed, subject: str, sha256: str, signed_at: datetime
) -> bytes:
    """Sign; the envelope's text. The same arguments give the same bytes."""
    time = signed_at.astimezone(UTC).isoformat(timespec="seconds")
    statement = Statement(kind, subject, sha256, time, key.id)
    return _text(statement, key.public_hex, key.sign(statement.text()))


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope whose signature is good for the key it names; whose key that is, ask elsewhere.

    Attributes:
        statement: what was signed.
        public_key: hex.
    """

    statement: Statement
    public_key: str


def open_envelope(text: bytes) -> Opened:
    """Check an envelope.

    Raises:
        EvidenceIntegrityError: it is not as it was signed.
    """
    try:
        document = json.loads(text)
        fields = dict(document["statement"])
        statement = Statement(**{**fields, "kind": Signed(fields["kind"])})
        public_key, signature = str(document["public_key"]), str(document["signature"])
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), statement.text())
    except (ValueError, TypeError, KeyError, InvalidSignature):
        raise EvidenceIntegrityError("The signature is not valid: it was changed.") from None
    if (
        statement.format != FORMAT
        or statement.key_id != key_id_of(public_key)
        or _text(statement, public_key, signature) != text
    ):
        raise EvidenceIntegrityError("The signature is not written as litterwatch writes it.")
    return Opened(statement, public_key)


def _text(statement: Statement, public_key: str, signature: str) -> bytes:
    document: dict[str, JsonValue] = {
        "statement": asdict(statement),
        "public_key": public_key.lower(),
        "signature": signature.lower(),
    }
    return canonical_json(document) + b"\n"
