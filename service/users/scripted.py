"""A small OpenID Connect provider on this machine, with keys of its own. Ships for tests.

It lets in whoever `person` is, without asking, and checks what a provider must: the redirect
address, PKCE, the desk's secret, that a code works once. What it says can be spoilt on purpose.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from litterwatch.detector.protocols import Clock

Claims = dict[str, Any]


class ScriptedProvider:
    """The provider; serves while it is entered.

    Args:
        clock: for the times of its tokens.
        client_id, client_secret: of the one desk that it knows.
        back: the one address it sends people back to.
    """

    def __init__(
        self,
        clock: Clock,
        client_id: str = "litterwatch",
        client_secret: str | None = None,
        back: str = "http://desk.test/sign-in/provider/back",
    ) -> None:
        self.clock, self.client_id, self.client_secret, self.back = (
            clock,
            client_id,
            client_secret,
            back,
        )
        self.person: Claims | None = {"sub": "s-1", "name": "Nông Thị Hoà"}
        self.spoil: Callable[[Claims], Claims] = lambda claims: claims
        self.asked: list[str] = []
        self.is_down = False
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "first"})
        self.published: list[RSAKey | ECKey] = [self.key]
        self._codes: dict[str, Claims] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def rotate(self) -> None:
        """Another key from now on; the one before is not published any more."""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)})
        self.published = [self.key]

    def metadata(self) -> Claims:
        """What it says about itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave",
        }

    def authorize(self, query: dict[str, str]) -> str | None:
        """Where somebody is sent back to; None where the desk asks as it must not."""
        is_right = (
            query.get("client_id") == self.client_id
            and query.get("redirect_uri") == self.back
            and query.get("response_type") == "code"
            and query.get("code_challenge_method") == "S256"
            and "openid" in query.get("scope", "").split()
        )
        if not is_right:
            return None
        if self.person is None:
            said = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = {**query, "person": self.person}
            said = {"code": code, "state": query["state"]}
        return f"{self.back}?{urlencode(said)}"

    def onward(self, path: str, query: dict[str, str]) -> str | None:
        """Where a browser is sent on to from one of its pages; None where it must not be."""
        if path == "/authorize":
            return self.authorize(query)
        door = urlsplit(self.back)._replace(path="/sign-in").geturl()
        is_right = (
            path == "/leave"
            and query.get("client_id") == self.client_id
            and query.get("post_logout_redirect_uri") == door
        )
        return door if is_right else None

    def token(self, form: dict[str, str], login: str) -> Claims | None:
        """The answer to a code; None where it proves nothing."""
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != self.back:
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        if self.client_secret is not None:
            wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            if login != f"Basic {wanted}":
                return None
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **asked["person"],
        }
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        header = {"alg": algorithm, "kid": self.key.kid}
        spoilt = jwt.encode(header, self.spoil(claims), self.key, algorithms=[algorithm])
        return {"access_token": "unused", "token_type": "Bearer", "id_token": spoilt}


def _handler(provider: ScriptedProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            if provider.is_down:
                self._say(500, {})
            elif parts.path == "/.well-known/openid-configuration":
                self._say(200, provider.metadata())
            elif parts.path == "/keys":
                self._say(200, {"keys": [key.as_dict(private=False) for key in provider.published]})
            elif (onward := provider.onward(parts.path, query)) is not None:
                self._send_to(onward)
            else:
                self._say(400, {"error": "invalid_request"})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            text = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            form = {key: values[0] for key, values in parse_qs(text).items()}
            answer = provider.token(form, self.headers.get("Authorization", ""))
            self._say(400 if answer is None else 200, answer or {"error": "invalid_grant"})

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Nothing is said."""

        def _send_to(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _say(self, status: int, content: Claims) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
