"""Signing in and out through the provider of the settings, and linking an account with it."""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import (
    Conflict,
    EvidenceIntegrityError,
    InvalidInput,
    LitterwatchError,
    NotFound,
    NotSignedIn,
    ProviderUnavailable,
    TooManyAttempts,
)
from litterwatch.service.desk.access import COOKIE, Change, set_key
from litterwatch.service.desk.addresses import SIGN_IN, own, second_factor
from litterwatch.service.desk.before import door
from litterwatch.service.desk.context import Desk, Visit, address_of, desk_of
from litterwatch.service.texts import N_
from litterwatch.service.users.provider import (
    BACK,
    PATIENCE,
    Distrusted,
    Pending,
    Provider,
    Subject,
)
from litterwatch.service.users.roles import Permission
from litterwatch.service.users.service import account
from litterwatch.service.users.subjects import link, make_waiting, unlink, user_of
from litterwatch.service.users.view import own_account

router = APIRouter(include_in_schema=False)

_AWAY: Final = "litterwatch-away"
"""Cookie of somebody who is away at the provider, sealed."""

_UNKNOWN: Final = N_(
    "No account is linked with this person: sign in with your password and link it at your account,"
    " or ask the administrator."
)
_WAITS: Final = N_("Your account is made and waits for the administrator to give it roles.")
ChangeOwn = Annotated[Visit, Depends(Change(Permission.OWN_ACCOUNT))]
Text = Annotated[str, Form(max_length=300)]


@router.get("/sign-in/provider")
def leave(request: Request, next: str = "/") -> Response:  # noqa: A002 - as in the address
    """Off to the provider."""
    desk = desk_of(request)
    try:
        address, pending = _provider(desk).begin(own(next))
    except ProviderUnavailable as error:
        return door(request, error, own(next))
    return _remembered(request, RedirectResponse(address, 303), pending)


@router.get(BACK)
def come_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Back from the provider, with a code, or without where it did not let him in."""
    desk, origin = desk_of(request), address_of(request)
    provider, pending = _provider(desk), _pending(desk, request)
    try:
        desk.sessions.require_few_attempts(origin)
        if pending is None:
            raise Distrusted("nobody is away")
        subject = provider.finish(pending, state, code, error)
        answer = _link(request, pending, subject) if pending.user_id else None
        answer = answer or _enter(request, pending, subject)
    except (NotSignedIn, ProviderUnavailable, TooManyAttempts, Conflict) as problem:
        if isinstance(problem, NotSignedIn):
            desk.sessions.note_refused(origin, getattr(problem, "why", "no account"))
        answer = door(request, problem, "/" if pending is None else pending.next)
    answer.delete_cookie(_AWAY, httponly=True, samesite="lax", path=BACK)
    return answer


@router.get("/sign-out/provider")
def leave_provider(request: Request) -> Response:
    """Whoever has signed out here may sign out there as well."""
    try:
        address = _provider(desk_of(request)).leaving()
    except ProviderUnavailable as error:
        return door(request, error, "/")
    return RedirectResponse(address or SIGN_IN, 303)


@router.post("/account/provider")
def begin_link(request: Request, visit: ChangeOwn, current: Text) -> Response:
    """The present password, then the way to the provider: another way into the account."""
    desk, visitor = visit.desk, visit.visitor
    with desk.database.reading() as session:
        stored = account(session, visitor.user_id).password_hash
    if not desk.passwords.is_right(current, stored):
        return own_account(visit, InvalidInput(N_("The present password is wrong.")))
    try:
        address, pending = _provider(desk).begin("/account", visitor.user_id)
    except ProviderUnavailable as error:
        return own_account(visit, error)
    # A link, not a redirect: the policy of the pages lets no form lead elsewhere.
    page: HTMLResponse = own_account(visit, leads_to=address)
    return _remembered(request, page, pending)


@router.post("/account/provider/off")
def end_link(visit: ChangeOwn) -> Response:
    """The password alone from now on."""
    desk, user_id = visit.desk, visit.visitor.user_id
    with desk.database.writing() as session:
        unlink(session, desk.clock, user_id, user_id, _provider(desk).registration.issuer)
    return RedirectResponse("/account", 303)


def _provider(desk: Desk) -> Provider:
    if desk.provider is None:
        raise NotFound(N_("There is no such page."))
    return desk.provider


def _remembered(request: Request, answer: Response, pending: Pending) -> Response:
    answer.set_cookie(
        _AWAY,
        desk_of(request).vault.seal(pending.text()),
        max_age=int(PATIENCE),
        path=BACK,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


def _pending(desk: Desk, request: Request) -> Pending | None:
    try:
        return Pending.of(desk.vault.open(request.cookies.get(_AWAY, "")))
    except (EvidenceIntegrityError, ValueError):
        return None


def _enter(request: Request, pending: Pending, subject: Subject) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        user = user_of(session, subject)
        user_id = None if user is None else user.id
    if user_id is None:
        raise _stranger(desk, subject)
    key, is_complete = desk.sessions.sign_in_proved(user_id, address_of(request), subject.issuer)
    answer = RedirectResponse(pending.next if is_complete else second_factor(pending.next), 303)
    set_key(request, answer, key)
    return answer


def _stranger(desk: Desk, subject: Subject) -> NotSignedIn:
    if not desk.settings.oidc.make_accounts:
        return NotSignedIn(_UNKNOWN)
    hashed = desk.passwords.hash(secrets.token_urlsafe(32))
    with desk.database.writing() as session:
        make_waiting(session, desk.clock, subject, hashed)
    return NotSignedIn(_WAITS)


def _link(request: Request, pending: Pending, subject: Subject) -> Response:
    """Only for whoever has asked for it and is still here."""
    desk = desk_of(request)
    visitor = desk.sessions.find(request.cookies.get(COOKIE))
    if visitor is None or not visitor.is_complete or visitor.user_id != pending.user_id:
        raise Distrusted("another session")
    try:
        with desk.database.writing() as session:
            link(session, desk.clock, visitor.user_id, visitor.user_id, subject)
    except LitterwatchError as error:
        visit = Visit(desk, visitor, address_of(request), "/account")
        return own_account(visit, error)
    return RedirectResponse("/account", 303)
