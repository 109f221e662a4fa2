"""Addresses within the desk."""

from urllib.parse import urlencode

from fastapi import Request

SIGN_IN = "/sign-in"


def signing_in(request: Request) -> str:
    """The address to sign in and come back; only what was looked at can be come back to."""
    if request.method != "GET" or request.url.path in ("/", SIGN_IN):
        return SIGN_IN
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{SIGN_IN}?{urlencode({'next': request.url.path + query})}"


def own(address: str, otherwise: str = "/") -> str:
    """An address of the desk; one that leads elsewhere is replaced."""
    is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_own and address.isprintable() else otherwise
