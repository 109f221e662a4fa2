"""Time stamps by an authority that the settings name (RFC 3161); without one, nothing is sent.

Only a hash leaves the building: the SHA-512 of a signature's envelope.
"""

from pathlib import Path
from typing import Final

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from litterwatch.detector.errors import ConfigError, EvidenceError, EvidenceIntegrityError

_LONGEST: Final = 10.0
"""How long an authority may take, s."""

_LARGEST: Final = 1 << 18
"""A response that is longer than this is none, bytes."""


class HttpAuthority:
    """A time stamping authority reached by HTTP.

    Args:
        url: where it answers.
        roots: the certificates it must come from.
    """

    def __init__(self, url: str, roots: list[Certificate]) -> None:
        self._url = url
        self._roots = roots

    def stamp(self, message: bytes) -> bytes:
        request = TimestampRequestBuilder().data(message).build()
        answer = self._answer(request.as_bytes())
        verifier = VerifierBuilder.from_request(request)
        for root in self._roots:
            verifier = verifier.add_root_certificate(root)
        _checked(verifier, answer, message)
        return answer

    def _answer(self, request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            with (
                httpx.Client(timeout=_LONGEST, trust_env=False) as client,
                client.stream("POST", self._url, content=request, headers=headers) as response,
            ):
                response.raise_for_status()
                answer = b""
                for chunk in response.iter_bytes():
                    answer += chunk
                    if len(answer) > _LARGEST:
                        break
        except httpx.HTTPError as error:
            raise EvidenceError(
                f"The time stamping authority did not answer ({type(error).__name__}):"
                " check custody.timestamp_url and the line to it, then try again."
            ) from None
        return answer


def check_stamp(token: bytes, message: bytes, roots: list[Certificate]) -> str:
    """When the message was stamped: UTC, ISO 8601.

    Raises:
        EvidenceIntegrityError: the stamp is not one of these authorities over this message.
    """
    verifier = VerifierBuilder()
    for root in roots:
        verifier = verifier.add_root_certificate(root)
    return _checked(verifier, token, message)


def read_roots(path: Path) -> list[Certificate]:
    """Certificates from a PEM file.

    Raises:
        ConfigError: there are none.
    """
    try:
        return load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"Cannot read the certificates in {path}: {error.strerror}.") from error
    except ValueError:
        raise ConfigError(f"{path} holds no certificate in PEM form.") from None


def _checked(verifier: VerifierBuilder, token: bytes, message: bytes) -> str:
    try:
        response = decode_timestamp_response(token)
        verifier.build().verify_message(response, message)
        return response.tst_info.gen_time.isoformat()
    except (ValueError, VerificationError) as error:
        raise EvidenceIntegrityError(
            "The time stamp does not hold: it is of another authority or of something else."
        ) from error
