"""Errors as people and programs get them: one table of HTTP statuses, texts in their language."""

from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from litterwatch.detector import errors
from litterwatch.detector.errors import LitterwatchError
from litterwatch.service.desk.access import COOKIE, Unfinished, log_refusal
from litterwatch.service.desk.addresses import signing_in
from litterwatch.service.desk.context import desk_of
from litterwatch.service.desk.languages import has_text, preferred, translated
from litterwatch.service.texts import N_

LANGUAGE_COOKIE: Final = "litterwatch-language"

STATUS: Final[tuple[tuple[type[LitterwatchError], int, str], ...]] = (
    (errors.NotSignedIn, 401, N_("Not signed in")),
    (Unfinished, 401, N_("Not signed in")),
    (errors.TooManyAttempts, 429, N_("Too many attempts")),
    (errors.ProviderUnavailable, 503, N_("The sign-in service cannot be reached")),
    (errors.InvalidInput, 422, N_("Something is missing")),
    (errors.NotAllowed, 403, N_("Not allowed")),
    (errors.NotFound, 404, N_("Not found")),
    (errors.Conflict, 409, N_("Not as it was")),
    (errors.EvidenceUnavailable, 404, N_("No longer there")),
    (errors.EvidenceDiskFull, 507, N_("The disk is full")),
    (errors.EvidenceError, 500, N_("Evidence cannot be read")),
    (errors.StoreError, 503, N_("The database cannot be reached")),
    (
        errors.CandidateRefused,
        409,
        N_(
            "The gate has not accepted this candidate, or it has not judged in the shadow; nothing"
            " was changed."
        ),
    ),
    (errors.ModelError, 500, N_("The model cannot be used")),
    (LitterwatchError, 500, N_("Something went wrong")),
)
"""The first line that fits counts."""

_OUR_FAULT: Final = 500
_log = structlog.get_logger(__name__)
_HTTP: Final = {
    404: (N_("Not found"), N_("There is no such page.")),
    405: (N_("Not allowed"), N_("This cannot be done here.")),
    422: (N_("Something is missing"), N_("The request does not say what it must.")),
    500: (N_("Something went wrong"), N_("This is our fault: tell the administrator the time.")),
}


def status_of(error: LitterwatchError) -> tuple[int, str]:
    """HTTP status and title (English) of an error."""
    return next((code, title) for kind, code, title in STATUS if isinstance(error, kind))


def text_of(error: LitterwatchError, language: str) -> str:
    """What somebody reads: the error's own text where it is translated, else its title."""
    text = str(error)
    return translated(language, text if has_text(text) else status_of(error)[1])


def language_of(request: Request) -> str:
    """The language of whoever asks."""
    visitor = desk_of(request).sessions.find(request.cookies.get(COOKIE))
    if visitor is not None:
        return visitor.language
    accepted = request.headers.get("accept-language", "")
    return preferred(accepted, request.cookies.get(LANGUAGE_COOKIE))


def on_error(request: Request, error: Exception) -> Response:
    """One of our errors, as a page or as problem+json."""
    assert isinstance(error, LitterwatchError)
    if isinstance(error, errors.NotAllowed | errors.NotSignedIn):
        log_refusal(request, error)
    code, title = status_of(error)
    if code >= _OUR_FAULT:
        _log.error("a request failed", path=request.url.path, why=str(error))
    if _wants_page(request) and isinstance(error, Unfinished):
        return RedirectResponse(error.path, 303)
    if _wants_page(request) and isinstance(error, errors.NotSignedIn):
        return RedirectResponse(signing_in(request), 303)
    language = language_of(request)
    return problem(request, code, translated(language, title), text_of(error, language))


def on_crash(request: Request, _: Exception) -> Response:
    """What nobody foresaw; the server logs it with its traceback."""
    return _standard(request, 500)


def on_http_error(request: Request, error: Exception) -> Response:
    """No such page, or not this way."""
    assert isinstance(error, HTTPException)
    return _standard(request, error.status_code)


def on_invalid(request: Request, error: Exception) -> Response:
    """A request whose fields cannot be read."""
    assert isinstance(error, RequestValidationError)
    return _standard(request, 422)


def _standard(request: Request, code: int) -> Response:
    phrase = HTTPStatus(code).phrase
    title, text = _HTTP.get(code, (phrase, phrase))
    language = language_of(request)
    return problem(request, code, translated(language, title), translated(language, text))


def problem(request: Request, code: int, title: str, text: str) -> Response:
    """An error as RFC 9457 has it, or as a page for a browser."""
    if _wants_page(request):
        pages = desk_of(request).pages
        return pages.plain(language_of(request), "problem.html", code, title=title, text=text)
    content: dict[str, Any] = {"type": "about:blank", "title": title, "status": code}
    return JSONResponse(
        {**content, "detail": text, "instance": request.url.path},
        code,
        media_type="application/problem+json",
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
