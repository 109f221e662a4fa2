"""Signing in and out, the first run."""

import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from litterwatch.detector.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotSignedIn,
    TooManyAttempts,
)
from litterwatch.service.desk.access import COOKIE, Change, set_key
from litterwatch.service.desk.addresses import SECOND_FACTOR, SIGN_IN, own, second_factor
from litterwatch.service.desk.before import door, page_before, require_before
from litterwatch.service.desk.context import Visit, address_of, desk_of
from litterwatch.service.desk.languages import LANGUAGES
from litterwatch.service.desk.problems import (
    LANGUAGE_COOKIE,
    language_of,
)
from litterwatch.service.texts import N_
from litterwatch.service.users.first_run import make_first_accounts, require_token
from litterwatch.service.users.passwords import require_good
from litterwatch.service.users.roles import Permission
from litterwatch.service.users.service import (
    AccountDraft,
    clean_login,
    set_language,
)

router = APIRouter(include_in_schema=False)

_YEAR: Final = 365 * 24 * 3600
Text = Annotated[str, Form(max_length=300)]
ChangeOwn = Annotated[Visit, Depends(Change(Permission.OWN_ACCOUNT))]


@router.get(SIGN_IN)
def sign_in_page(
    request: Request,
    next: str = "/",  # noqa: A002 - as in the address
    left: bool = False,  # noqa: FBT001, FBT002 - as in the address
) -> Response:
    """The door."""
    return door(request, next_address=own(next), has_left=left)


@router.post(SIGN_IN)
def sign_in(
    request: Request,
    login: Text,
    password: Text,
    csrf: Text = "",
    next: Text = "/",  # noqa: A002 - as in the address
) -> Response:
    """Name and password."""
    require_before(request, csrf)
    desk = desk_of(request)
    try:
        key, is_complete = desk.sessions.sign_in(login, password, address_of(request))
    except (NotSignedIn, TooManyAttempts) as error:
        return door(request, error, own(next), login)
    answer = RedirectResponse(own(next) if is_complete else second_factor(own(next)), 303)
    set_key(request, answer, key)
    return answer


@router.get(SECOND_FACTOR)
def second_factor_page(
    request: Request,
    next: str = "/",  # noqa: A002 - as in the address
) -> Response:
    """Asks for the code of the telephone."""
    visitor = desk_of(request).sessions.find(request.cookies.get(COOKIE))
    if visitor is None or visitor.is_complete:
        return RedirectResponse(own(next), 303)
    return page_before(request, "second_factor.html", problem=None, next=own(next))


@router.post(SECOND_FACTOR)
def give_code(
    request: Request,
    code: Text,
    csrf: Text = "",
    next: Text = "/",  # noqa: A002 - as in the address
) -> Response:
    """The code; then on to where he wanted to go."""
    require_before(request, csrf)
    try:
        key = desk_of(request).sessions.give_code(
            request.cookies.get(COOKIE, ""), code, address_of(request)
        )
    except (NotSignedIn, TooManyAttempts) as error:
        return page_before(request, "second_factor.html", error, next=own(next))
    answer = RedirectResponse(own(next), 303)
    set_key(request, answer, key)
    return answer


@router.post("/sign-out")
def sign_out(visit: ChangeOwn) -> Response:
    """The session ends here and in the database."""
    visit.desk.sessions.sign_out(visit.visitor)
    answer = RedirectResponse(SIGN_IN if visit.desk.provider is None else f"{SIGN_IN}?left=1", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


@router.post("/language")
def choose_language(
    request: Request,
    language: Text,
    csrf: Text = "",
    next: Text = "/",  # noqa: A002 - as in the address
) -> Response:
    """For an account, and for this browser where nobody is signed in."""
    if language not in LANGUAGES:
        raise InvalidInput(N_("There is no such language."))
    desk = desk_of(request)
    visitor = desk.sessions.find(request.cookies.get(COOKIE))
    if visitor is None:
        require_before(request, csrf)
    elif not hmac.compare_digest(visitor.csrf.encode(), csrf.encode()):
        raise NotAllowed(N_("This form is too old: load the page again."))
    else:
        with desk.database.writing() as session:
            set_language(session, desk.clock, visitor.user_id, language)
    answer = RedirectResponse(own(next), 303)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, httponly=True, samesite="lax")
    return answer


@router.get("/first-run")
def first_run_page(request: Request, token: str = "") -> Response:
    """The two first accounts, for whoever holds the token."""
    with desk_of(request).database.reading() as session:
        require_token(session, token)
    return page_before(request, "first_run.html", token=token, problem=None, given={})


@router.post("/first-run")
def first_run(  # noqa: PLR0917 - the fields of a form
    request: Request,
    token: Text,
    admin_name: Text,
    admin_login: Text,
    admin_password: Text,
    officer_name: Text,
    officer_login: Text,
    officer_password: Text,
    csrf: Text = "",
) -> Response:
    """Make them, and sign the officer in: he has events to look at."""
    require_before(request, csrf)
    desk, language = desk_of(request), language_of(request)
    given = {
        "admin_name": admin_name,
        "admin_login": admin_login,
        "officer_name": officer_name,
        "officer_login": officer_login,
    }
    try:
        with desk.database.reading() as session:
            require_token(session, token)
        drafts = []
        for name, login, password in (
            (admin_name, admin_login, admin_password),
            (officer_name, officer_login, officer_password),
        ):
            require_good(password, clean_login(login))
            hashed = desk.passwords.hash(password)
            drafts.append(AccountDraft(login, name, (), hashed, language=language))
        with desk.database.writing() as session:
            _, officer = make_first_accounts(session, desk.clock, token, *drafts)
            user_id = officer.id
    except (InvalidInput, Conflict) as error:
        return page_before(request, "first_run.html", error, token=token, given=given)
    answer = RedirectResponse("/", 303)
    set_key(request, answer, desk.sessions.open_for(user_id, address_of(request)))
    return answer
