"""Addresses within the desk."""

from urllib.parse import urlencode

from fastapi import Request

SIGN_IN = "/sign-in"
SECOND_FACTOR = "/second-factor"


def signing_in(request: Request) -> str:
    """The address to sign in and come back; only what was looked at can be come back to."""
    if request.method != "GET" or request.url.path in ("/", SIGN_IN):
        return SIGN_IN
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{SIGN_IN}?{urlencode({'next': request.url.path + query})}"


def second_factor(onward: str) -> str:
    """The address to give the code at, and to go on from to an address of the desk."""
    return SECOND_FACTOR if onward == "/" else f"{SECOND_FACTOR}?{urlencode({'next': onward})}"


def own(address: str, otherwise: str = "/") -> str:
    """An address of the desk; one that leads elsewhere is replaced."""
    is_own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if is_own and address.isprintable() else otherwise
