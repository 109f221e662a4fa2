"""Signing in through an OpenID Connect provider: authorization code with PKCE, nothing else.

The provider says who somebody is, never what he may do. Its answers are bounded in size and time,
redirects are not followed, and of its ID token everything is verified: signature by its published
keys, issuer, audience, nonce, times.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from litterwatch.detector.errors import NotSignedIn, ProviderUnavailable
from litterwatch.detector.protocols import Clock
from litterwatch.service.texts import N_

BACK: Final = "/sign-in/provider/back"
"""Where the provider sends people back to; it must know this address of the desk."""

_ALGORITHMS: Final = tuple(
    kind + size for kind in ("RS", "PS", "ES") for size in ("256", "384", "512")
)
"""Only keys of two halves: the provider's public one proves nothing that the desk could forge."""

_LONGEST: Final = 10.0  # s
_LARGEST: Final = 1 << 20  # bytes of an answer
_LEEWAY: Final = 60  # s between the two clocks
_KNOWN_FOR: Final = 3600.0  # s for which addresses and keys are taken as they were
_ASKED_AGAIN: Final = 5.0  # s before which unknown keys do not make the desk ask again
PATIENCE: Final = 600.0
"""Seconds somebody may take at the provider."""

_log = structlog.get_logger(__name__)
UNREACHED: Final = N_("The sign-in service cannot be reached: use your password, or try again.")
UNTRUSTED: Final = N_("What the sign-in service said cannot be trusted: nobody was signed in.")


class Declined(NotSignedIn):
    """The provider did not let somebody in, or he thought better of it; `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(
            N_("The sign-in service did not let you in: try again, or use a password.")
        )
        self.why = why


class Distrusted(NotSignedIn):
    """The provider's answer proves nothing; `why` is for the log."""

    def __init__(self, why: str) -> None:
        super().__init__(UNTRUSTED)
        self.why = why


@dataclass(frozen=True, slots=True)
class Registration:
    """How the desk is known to the provider.

    Attributes:
        issuer: address of the provider, as it calls itself.
        client_id, client_secret: of the desk; without a secret PKCE alone proves it.
        scopes: what is asked for, divided by blanks.
        desk: how people reach the desk.
        roots: file of certificates to trust; those of the system where there is none.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    scopes: str
    desk: str
    roots: Path | None = None

    def __repr__(self) -> str:
        return f"Registration({self.issuer!r}, {self.client_id!r})"


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who is away at the provider; his browser holds this, sealed.

    Attributes:
        state, nonce, verifier: tie the answer, the token and the code to this attempt.
        next: where he wanted to go.
        user_id: of the account to be linked, empty for signing in.
        at: when he left, UTC seconds.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    user_id: str
    at: float

    def text(self) -> str:
        """For sealing."""
        return json.dumps({"provider": asdict(self)})

    @staticmethod
    def of(text: str) -> "Pending":
        """What was sealed.

        Raises:
            ValueError: it is something else.
        """
        try:
            return Pending(**json.loads(text)["provider"])
        except (KeyError, TypeError) as error:
            raise ValueError("this is nobody who is away") from error


@dataclass(frozen=True, slots=True)
class Subject:
    """Who somebody is, as the provider proved it.

    Attributes:
        issuer, subject: the two that never change; nothing else identifies anybody.
        name, login: what the provider calls him, for a new account; may be empty.
    """

    issuer: str
    subject: str
    name: str = ""
    login: str = ""


class Provider:
    """One provider.

    Args:
        registration: how the desk is known to it.
        clock: for the times of tokens.
    """

    def __init__(self, registration: Registration, clock: Clock) -> None:
        self.registration = registration
        self._clock = clock
        self._lock = threading.Lock()
        self._trust: ssl.SSLContext | None = None
        self._addresses: Mapping[str, Any] = {}
        self._addresses_at = float("-inf")
        self._keys: KeySet | None = None
        self._keys_at = float("-inf")

    def begin(self, next_address: str, user_id: str = "") -> tuple[str, Pending]:
        """The address to send somebody to, and what his browser must bring back.

        Args:
            next_address: where he wanted to go.
            user_id: of the account to be linked, empty for signing in.

        Raises:
            ProviderUnavailable: it does not answer, or not as a provider.
        """
        token = secrets.token_urlsafe
        now = self._clock.now().timestamp()
        pending = Pending(token(32), token(32), token(48), next_address, user_id, now)
        digest = hashlib.sha256(pending.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.desk + BACK,
            "scope": self.registration.scopes,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return _with(self._address("authorization_endpoint"), query), pending

    def finish(self, pending: Pending, state: str, code: str, error: str = "") -> Subject:
        """Who came back.

        Args:
            pending: how he left.
            state: as he brings it back.
            code: that the provider gave him.
            error: why it did not let him in; empty where it did.

        Raises:
            Declined: the provider did not let him in.
            Distrusted: the answer, or the token, belongs to something else.
            ProviderUnavailable: it does not answer, or not as a provider.
        """
        if not secrets.compare_digest(pending.state.encode(), state.encode()):
            raise Distrusted("state")
        if not 0 <= self._clock.now().timestamp() - pending.at <= PATIENCE:
            raise Distrusted("late")
        if error:
            raise Declined(f"declined there: {error}")
        claims = self._claims(self._id_token(pending, code), pending.nonce)
        login = claims.get("preferred_username") or claims.get("email") or ""
        name = claims.get("name") or ""
        return Subject(self.registration.issuer, str(claims["sub"]), str(name), str(login))

    def leaving(self) -> str | None:
        """Where somebody signs out of the provider as well; None where it has no such place.

        Raises:
            ProviderUnavailable: it does not answer, or not as a provider.
        """
        if "end_session_endpoint" not in self._known():
            return None
        back = {
            "client_id": self.registration.client_id,
            "post_logout_redirect_uri": self.registration.desk + "/sign-in",
        }
        return _with(self._address("end_session_endpoint"), back)

    def _id_token(self, pending: Pending, code: str) -> str:
        mine = self.registration
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": mine.desk + BACK,
            "code_verifier": pending.verifier,
            "client_id": mine.client_id,
        }
        login: tuple[str, str] | None = None
        if mine.client_secret is not None:
            ways = self._known().get("token_endpoint_auth_methods_supported")
            if isinstance(ways, list) and "client_secret_basic" not in ways:
                form["client_secret"] = mine.client_secret
            else:
                login = (_quoted(mine.client_id), _quoted(mine.client_secret))
        answer = self._asked("POST", self._address("token_endpoint"), form, login)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Distrusted("no id_token")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        mine = self.registration
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": mine.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": mine.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token).claims
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise Distrusted(f"{type(error).__name__}: {error}") from None
        audience, party = claims["aud"], claims.get("azp")
        is_shared = isinstance(audience, list) and len(audience) > 1
        if party != mine.client_id and (party is not None or is_shared):
            raise Distrusted("azp")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """By the keys that are known; by new ones where those do not fit: providers change them."""
        try:
            return jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, BadSignatureError):
            return jwt.decode(token, self._key_set(is_doubted=True), algorithms=_ALGORITHMS)

    def _key_set(self, *, is_doubted: bool = False) -> KeySet:
        with self._lock:
            age = self._clock.monotonic() - self._keys_at
            known_for = _ASKED_AGAIN if is_doubted else _KNOWN_FOR
            if self._keys is not None and age < known_for:
                return self._keys
        answer = self._asked("GET", self._address("jwks_uri"))
        try:
            signing = [each for each in answer["keys"] if each.get("use", "sig") == "sig"]
            known = [
                JWKRegistry.import_key(each) for each in signing if each["kty"] in {"RSA", "EC"}
            ]
            keys = KeySet(known)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unusable("its keys cannot be read", error) from None
        with self._lock:
            self._keys, self._keys_at = keys, self._clock.monotonic()
        return keys

    def _known(self) -> Mapping[str, Any]:
        """What the provider says about itself."""
        with self._lock:
            if self._clock.monotonic() - self._addresses_at < _KNOWN_FOR:
                return self._addresses
        issuer = self.registration.issuer
        found = self._asked("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise self._unusable("it calls itself otherwise than oidc.issuer")
        with self._lock:
            self._addresses, self._addresses_at = found, self._clock.monotonic()
        return found

    def _address(self, name: str) -> str:
        address = self._known().get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise self._unusable(f"its {name} cannot be used")
        return address

    def _asked(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
    ) -> Mapping[str, Any]:
        try:
            with (
                httpx.Client(timeout=_LONGEST, trust_env=False, verify=self._trusted()) as client,
                client.stream(method, address, data=form, auth=login) as response,
            ):
                content = b""
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _LARGEST:
                        raise self._unusable("its answer is too long")
                if form is not None and 400 <= response.status_code < 500:
                    raise Distrusted(f"the code was refused ({response.status_code})")
                response.raise_for_status()
            answer = json.loads(content)
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise self._unusable("no answer that can be read", error) from None
        if not isinstance(answer, dict):
            raise self._unusable("no answer that can be read")
        return answer

    def _trusted(self) -> ssl.SSLContext:
        with self._lock:
            if self._trust is None:
                roots = self.registration.roots
                self._trust = ssl.create_default_context(
                    cafile=None if roots is None else str(roots)
                )
            return self._trust

    def _unusable(self, why: str, error: Exception | None = None) -> ProviderUnavailable:
        _log.warning(
            "the sign-in service cannot be used",
            issuer=self.registration.issuer,
            why=why,
            error=None if error is None else type(error).__name__,
        )
        return ProviderUnavailable(UNREACHED)


def is_safe(address: str) -> bool:
    """Whether an address is encrypted, or stays on this machine, and holds no login."""
    parts = urlsplit(address)
    is_here = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    is_encrypted = parts.scheme == "https" or (parts.scheme == "http" and is_here)
    return is_encrypted and bool(parts.hostname) and not parts.username and not parts.password


def _with(address: str, query: Mapping[str, str]) -> str:
    return address + ("&" if "?" in address else "?") + urlencode(query)


def _quoted(text: str) -> str:
    """As RFC 6749 (2.3.1) wants names and secrets in a header."""
    return urlencode({"": text})[1:]
