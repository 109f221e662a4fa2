"""The outermost layer: headers on every answer, refusals that need no application.

Pages hold no script and no style of their own, so the policy allows none: what an attacker might
write into a page is text.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 1 << 20
"""Bytes of a form or a call."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " media-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
LARGEST_UPLOAD: Final = 210 << 20
"""Bytes of a form that brings photos and videos."""

_UPLOADS: Final = re.compile(
    r"/report|/reports|/places/[0-9a-f]{1,64}/moves|/api/v1/reports/[0-9a-f]{1,64}/files"
)
"""Where files are taken; those handlers know who asks, or how often, before they read on."""

_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Guard:
    """ASGI layer.

    Args:
        app: what it guards.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_secure = scope.get("scheme") == "https"

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # Files of the pages are asked for again by their tag; nothing else is kept at all.
                kept = "no-cache" if scope["path"].startswith("/static/") else "no-store"
                headers.setdefault("Cache-Control", kept)
                if is_secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    """Forms from other sites, and bodies that are too large or hide how large they are."""
    if scope["method"] not in _CHANGING:
        return None
    headers = Headers(scope=scope)
    if not is_own(headers):
        return PlainTextResponse("This request comes from another site.\n", 403)
    if "transfer-encoding" in headers:
        return PlainTextResponse("Say how long the request is.\n", 411)
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > _most(scope["path"]):
        return PlainTextResponse("The request is too large.\n", 413)
    return None


def _most(path: str) -> int:
    return LARGEST_UPLOAD if _UPLOADS.fullmatch(path) else LARGEST_BODY


def is_own(headers: Headers) -> bool:
    """Whether the browser says that a page of ours sends this; programs say nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
