"""Accounts as the administrator sees them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotFound
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit, units
from litterwatch.service.users.passwords import require_good
from litterwatch.service.users.provider import Subject
from litterwatch.service.users.roles import PROVINCE, Grant, Permission, Role
from litterwatch.service.users.service import (
    AccountDraft,
    account,
    accounts,
    clean_login,
    make_account,
    set_grants,
    set_password,
    switch,
)
from litterwatch.service.users.subjects import link, subjects_of, unlink

router = APIRouter(prefix="/accounts", include_in_schema=False)

Text = Annotated[str, Form(max_length=300)]
Chosen = Annotated[list[Role], Form()]
See = Look(Permission.MANAGE_ACCOUNTS, "accounts.viewed", "accounts:all")
Seen = Annotated[Visit, Depends(See)]
Changing = Annotated[Visit, Depends(Change(Permission.MANAGE_ACCOUNTS))]


@router.get("")
def accounts_page(visit: Seen) -> HTMLResponse:
    """Everybody."""
    return _accounts(visit)


@router.post("")
def add_account(  # noqa: PLR0917 - the fields of a form
    visit: Changing,
    name: Text,
    login: Text,
    password: Text,
    roles: Chosen = [],  # noqa: B006 - FastAPI copies it
    unit: Text = PROVINCE,
) -> Response:
    """A new account, its password to be changed at the first sign-in."""
    desk = visit.desk
    try:
        require_good(password, clean_login(login))
        draft = AccountDraft(login, name, _grants(roles, unit), desk.passwords.hash(password))
        with desk.database.writing() as session:
            make_account(session, desk.clock, visit.visitor.user_id, draft)
    except LitterwatchError as error:
        given = {"name": name, "login": login, "roles": roles, "unit": unit}
        return _accounts(visit, error, given)
    return RedirectResponse("/accounts", 303)


@router.post("/{user_id}/roles")
def change_roles(
    visit: Changing,
    user_id: str,
    roles: Chosen = [],  # noqa: B006 - FastAPI copies it
    unit: Text = PROVINCE,
) -> Response:
    """Other roles, all of them in one area."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            grants = _grants(roles, unit)
            set_grants(session, desk.clock, visit.visitor.user_id, user_id, grants)
    except LitterwatchError as error:
        return _accounts(visit, error)
    return RedirectResponse("/accounts", 303)


@router.post("/{user_id}/switch")
def switch_account(visit: Changing, user_id: str, is_active: Annotated[bool, Form()]) -> Response:
    """On or off."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            switch(session, desk.clock, visit.visitor.user_id, user_id, is_active=is_active)
    except LitterwatchError as error:
        return _accounts(visit, error)
    return RedirectResponse("/accounts", 303)


@router.post("/{user_id}/password")
def reset_password(visit: Changing, user_id: str, password: Text) -> Response:
    """A password to begin with again."""
    desk = visit.desk
    try:
        with desk.database.reading() as session:
            require_good(password, account(session, user_id).login)
        hashed = desk.passwords.hash(password)
        with desk.database.writing() as session:
            set_password(session, desk.clock, visit.visitor.user_id, user_id, hashed)
    except LitterwatchError as error:
        return _accounts(visit, error)
    return RedirectResponse("/accounts", 303)


@router.post("/{user_id}/subject")
def set_subject(visit: Changing, user_id: str, subject: Text = "") -> Response:
    """Who gets into it through the sign-in service; nobody where nothing is written."""
    desk, actor = visit.desk, visit.visitor.user_id
    if desk.provider is None:
        raise NotFound(N_("There is no such page."))
    issuer = desk.provider.registration.issuer
    try:
        with desk.database.writing() as session:
            if subject.strip():
                link(session, desk.clock, actor, user_id, Subject(issuer, subject.strip()))
            else:
                unlink(session, desk.clock, actor, user_id, issuer)
    except NotFound:
        raise
    except LitterwatchError as error:
        return _accounts(visit, error)
    return RedirectResponse("/accounts", 303)


def _accounts(
    visit: Visit, error: LitterwatchError | None = None, given: Mapping[str, object] | None = None
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        everybody = accounts(session)
        provider = visit.desk.provider
        subjects = {} if provider is None else subjects_of(session, provider.registration.issuer)
    return visit.desk.pages.page(
        visit.visitor,
        "/accounts",
        "accounts.html",
        200 if error is None else status_of(error)[0],
        accounts=everybody,
        roles=list(Role),
        units=units(),
        problem=None if error is None else text_of(error, visit.language),
        given=given or {"name": "", "login": "", "roles": [], "unit": PROVINCE},
        now=visit.desk.clock.now(),
        provider=visit.desk.provider_name,
        subjects=subjects,
    )


def _grants(roles: list[Role], unit: str) -> frozenset[Grant]:
    if unit != PROVINCE and not known_unit(unit):
        raise InvalidInput(N_("There is no such commune or ward."))
    return frozenset(Grant(role, unit) for role in roles)
