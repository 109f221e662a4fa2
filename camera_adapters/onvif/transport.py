"""HTTP to one camera: bounded in time and size, past every proxy, and nothing of it is logged."""

import io
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
import requests.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from zeep import Transport
from zeep.exceptions import TransportError

from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.quirks import QuirkNotes
from litterwatch.detector.protocols import Clock

LARGEST: Final = 4 << 20
"""A longer answer is given up, bytes."""
_CHUNK: Final = 1 << 14
_NO_TIME: Final = b"0000-00-00T00:00:00Z"
UNKNOWN_TIME: Final = b"1970-01-01T00:00:00Z"
"""Stands where a camera wrote no time; whoever reads times takes anything before 1980 for none."""


class Utf8DigestAuth(HTTPDigestAuth):  # type: ignore[misc]  # requests has no types
    """HTTP digest for names in any script: they go over the wire as UTF-8 (RFC 7616)."""

    def build_digest_header(self, method: str, url: str) -> str | None:
        """The header, in the letters that HTTP libraries pass on untouched."""
        header = super().build_digest_header(method, url)
        return None if header is None else header.encode().decode("latin-1")


class _FreshConnections(HTTPAdapter):  # type: ignore[misc]  # requests has no types
    """Every request on a connection of its own.

    Cameras drop connections that lie idle, some after each answer and without saying so, and a
    dropped one fails the next request.
    """

    def send(self, request: Any, **options: Any) -> Any:
        """Send on a new connection."""
        self.poolmanager.clear()
        return super().send(request, **options)


class CameraTransport(Transport):  # type: ignore[misc]  # zeep has no types
    """Carries SOAP to a camera.

    A camera is in the same network: proxies of the environment are not for it, and are neither
    used nor changed. HTTP digest is sent where it is asked for; the password never in plain.

    Args:
        credentials: None for none.
        clock: the host's, to give up by.
        seconds: the longest an answer may take from its first to its last byte, and the longest
            silence.
        notes: where faults of the vendor are noted.
    """

    def __init__(
        self, credentials: Credentials | None, clock: Clock, seconds: float, notes: QuirkNotes
    ) -> None:
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"Connection": "close", "Accept-Encoding": "identity"})
        session.mount("http://", _FreshConnections())
        session.mount("https://", _FreshConnections())
        if credentials is not None:
            session.auth = Utf8DigestAuth(credentials.user, credentials.password.reveal())
        super().__init__(cache=None, timeout=seconds, operation_timeout=seconds, session=session)
        self._clock = clock
        self._seconds = seconds
        self._notes = notes
        self._told_date: datetime | None = None

    @property
    def told_date(self) -> datetime | None:
        """What time the camera's web server said it was, with its last answer; UTC."""
        return self._told_date

    def close(self) -> None:
        """Release connections; may be called twice."""
        self.session.close()

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
        """Send a request, return the whole answer.

        Raises:
            requests.exceptions.RequestException: no answer, too slow or too long a one.
            urllib3.exceptions.HTTPError: it broke off.
            TransportError: an HTTP error that is no SOAP fault.
        """
        until = self._clock.monotonic() + self._seconds
        with self.session.post(
            address,
            data=message,
            headers=headers,
            timeout=self._seconds,
            stream=True,
            allow_redirects=False,
        ) as response:
            content = self._read(response, until)
        self._told_date = _date(response.headers.get("Date"))
        if any(before.status_code == 401 for before in response.history):
            self._notes.note("http-digest-only")
        if response.status_code >= 400 and b"Envelope" not in content:
            raise TransportError("an error of HTTP", status_code=response.status_code)
        if _NO_TIME in content:
            self._notes.note("zero-times")
            content = content.replace(_NO_TIME, UNKNOWN_TIME)
        answer = requests.Response()
        answer.status_code, answer.headers = response.status_code, response.headers
        answer.encoding, answer.url = response.encoding, response.url
        answer.raw = io.BytesIO(content)
        return answer

    def _read(self, response: Any, until: float) -> bytes:
        parts, size = [], 0
        # As it comes: waiting for whole pieces, a camera that trickles would never be given up.
        while part := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise requests.exceptions.ContentDecodingError("the answer is too long")
            if self._clock.monotonic() > until:
                raise requests.exceptions.ReadTimeout("the answer takes too long")
        return b"".join(parts)


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
