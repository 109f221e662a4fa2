"""Pages with forms for people who are not signed in: a cookie ties the form to their browser."""

import hmac
import secrets
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from litterwatch.detector.errors import LitterwatchError, NotAllowed
from litterwatch.service.desk.context import desk_of
from litterwatch.service.desk.problems import language_of, status_of, text_of
from litterwatch.service.texts import N_

BEFORE: Final = "litterwatch-before"
"""Cookie that ties the forms of people who are not signed in to their browser."""


def page_before(
    request: Request, template: str, error: LitterwatchError | None = None, **values: object
) -> HTMLResponse:
    """A page with a form for somebody who is not signed in."""
    language = language_of(request)
    token = request.cookies.get(BEFORE) or secrets.token_hex(16)
    if error is not None:
        values["problem"] = text_of(error, language)
    status = 200 if error is None else status_of(error)[0]
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    answer = desk_of(request).pages.plain(
        language, template, status, csrf=token, path=path, **values
    )
    is_secure = request.url.scheme == "https"
    answer.set_cookie(BEFORE, token, httponly=True, samesite="strict", secure=is_secure)
    return answer


def door(
    request: Request,
    error: LitterwatchError | None = None,
    next_address: str = "/",
    login: str = "",
    *,
    has_left: bool = False,
) -> HTMLResponse:
    """The page to sign in at.

    Args:
        request: of whoever stands before it.
        error: why he was not let in.
        next_address: where he wants to go.
        login: the name he has typed.
        has_left: he has just signed out.
    """
    values = {"next": next_address, "login": login, "has_left": has_left}
    provider = desk_of(request).provider_name
    return page_before(
        request, "sign_in.html", error, **{"problem": None, "provider": provider, **values}
    )


def require_before(request: Request, given: str) -> None:
    """Refuse a form that this browser was not given.

    Raises:
        NotAllowed: the token is missing or another browser's.
    """
    token = request.cookies.get(BEFORE, "")
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        raise NotAllowed(N_("This form is too old: load the page again."))
