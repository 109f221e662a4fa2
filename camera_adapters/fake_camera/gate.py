"""Who is let in: WS-Security by the camera's own clock, HTTP digest and basic, locked accounts."""

import base64
import binascii
import hashlib
import hmac
import re
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Final

from litterwatch.camera_adapters.fake_camera.plan import FakePlan
from litterwatch.camera_adapters.fake_camera.soap import PREFIXES, SoapRequest
from litterwatch.detector.protocols import Clock

REALM: Final = "fake-camera"
OPEN_TO_ALL: Final = frozenset(
    {
        "tds:GetSystemDateAndTime",
        "tds:GetCapabilities",
        "tds:GetServices",
        "tds:GetServiceCapabilities",
        "tds:GetWsdlUrl",
        "tds:GetHostname",
    }
)
"""What the standard lets anybody ask (access class PRE_AUTH)."""


class Gate:
    """Checks logins, counts those that fail, and locks the account as real cameras do.

    Attributes:
        refused: failed logins so far.
    """

    def __init__(self, plan: FakePlan, clock: Clock) -> None:
        self.refused = 0
        self._plan = plan
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._locked_until = -1.0
        self._nonces: deque[bytes] = deque(maxlen=1000)
        self._secret = hashlib.sha256(repr(clock.monotonic()).encode()).hexdigest()[:16]

    def now(self) -> datetime:
        """The camera's own time, UTC."""
        return self._clock.now() + self._plan.clock_error

    def admits_soap(self, request: SoapRequest, authorization: str) -> bool:
        """Whether a SOAP request may be answered."""
        is_open = request.operation in OPEN_TO_ALL
        if is_open and not (
            self._plan.has("clock-needs-login") and request.operation == "tds:GetSystemDateAndTime"
        ):
            return True
        if self._plan.has("http-digest-only"):
            return self.admits_http("POST", request.path, authorization)
        token = (
            None
            if request.header is None
            else request.header.find("wsse:Security/wsse:UsernameToken", namespaces=PREFIXES)
        )
        if token is None:
            return False  # nothing was tried: that locks nobody out
        return self._counted(self._digest_fits(token))

    def admits_http(self, method: str, path: str, authorization: str) -> bool:
        """Whether an HTTP request may be answered; `authorization` is its header."""
        kind, _, rest = authorization.partition(" ")
        if not rest:
            return False
        if kind.lower() == "basic" and self._plan.has("basic-only"):
            return self._counted(self._basic_fits(rest))
        if kind.lower() == "digest" and not self._plan.has("basic-only"):
            return self._counted(self._http_digest_fits(method, path, rest))
        return self._counted(False)  # noqa: FBT003 - the verdict

    def challenge(self) -> str:
        """What to answer in WWW-Authenticate."""
        if self._plan.has("basic-only"):
            return f'Basic realm="{REALM}"'
        return f'Digest realm="{REALM}", nonce="{self._secret}", qop="auth", algorithm=MD5'

    def _counted(self, fits: bool) -> bool:  # noqa: FBT001 - the verdict
        with self._lock:
            now = self._clock.monotonic()
            if now < self._locked_until:
                self.refused += 1
                return False
            if fits:
                self._in_a_row = 0
                return True
            self.refused += 1
            self._in_a_row += 1
            if self._plan.lock_after is not None and self._in_a_row >= self._plan.lock_after:
                self._locked_until = now + self._plan.lock_seconds
                self._in_a_row = 0
            return False

    def _digest_fits(self, token: object) -> bool:
        def part(name: str) -> str:
            return str(token.findtext(name, "", namespaces=PREFIXES))  # type: ignore[attr-defined]

        try:
            nonce = base64.b64decode(part("wsse:Nonce"), validate=True)
            created = datetime.fromisoformat(part("wsu:Created"))
        except (ValueError, binascii.Error):
            return False
        if created.tzinfo is None:
            created = created.replace(tzinfo=UTC)
        known = self._plan.credentials
        raw = nonce + part("wsu:Created").encode() + known.password.reveal().encode()
        digest = base64.b64encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode()
        with self._lock:
            is_fresh = nonce not in self._nonces
            self._nonces.append(nonce)
        return (
            part("wsse:Username") == known.user
            and hmac.compare_digest(part("wsse:Password"), digest)
            and abs(self.now() - created) <= self._plan.clock_tolerance + timedelta(seconds=1)
            and is_fresh
        )

    def _basic_fits(self, text: str) -> bool:
        known = self._plan.credentials
        wanted = base64.b64encode(f"{known.user}:{known.password.reveal()}".encode()).decode()
        return hmac.compare_digest(text.strip(), wanted)

    def _http_digest_fits(self, method: str, path: str, text: str) -> bool:
        given = {
            key: quoted.replace('\\"', '"').replace("\\\\", "\\") if quoted else plain
            for key, quoted, plain in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', text)
        }
        known = self._plan.credentials
        first = _md5(f"{known.user}:{REALM}:{known.password.reveal()}")
        second = _md5(f"{method}:{given.get('uri', '')}")
        middle = ":".join(given.get(key, "") for key in ("nonce", "nc", "cnonce", "qop"))
        return (
            given.get("username") == known.user
            and given.get("nonce") == self._secret
            and given.get("uri", "").split("?")[0] == path.split("?", maxsplit=1)[0]
            and hmac.compare_digest(given.get("response", ""), _md5(f"{first}:{middle}:{second}"))
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
