"""One's own account: password and second factor."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.audit.service import record
from litterwatch.service.desk.access import Change, Look, set_key
from litterwatch.service.desk.context import Visit
from litterwatch.service.texts import N_
from litterwatch.service.users import second_factor
from litterwatch.service.users.passwords import require_good
from litterwatch.service.users.roles import Permission
from litterwatch.service.users.service import account, set_password
from litterwatch.service.users.view import own_account

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=300)]
OwnAccount = Annotated[
    Visit, Depends(Look(Permission.OWN_ACCOUNT, "account.viewed", "page:account"))
]
ChangeOwn = Annotated[Visit, Depends(Change(Permission.OWN_ACCOUNT))]


@router.get("/account")
def account_page(visit: OwnAccount) -> HTMLResponse:
    """One's own account."""
    return own_account(visit)


@router.post("/account/password")
def change_password(request: Request, visit: ChangeOwn, current: Text, new: Text) -> Response:
    """A new password; other sessions end."""
    desk, visitor = visit.desk, visit.visitor
    with desk.database.reading() as session:
        stored = account(session, visitor.user_id).password_hash
    is_right = desk.passwords.is_right(current, stored)
    try:
        _require_right(is_right=is_right)
        require_good(new, visitor.login)
    except InvalidInput as error:
        return own_account(visit, error)
    with desk.database.writing() as session:
        set_password(
            session, desk.clock, visitor.user_id, visitor.user_id, desk.passwords.hash(new)
        )
    answer = RedirectResponse("/", 303)
    set_key(request, answer, desk.sessions.open_for(visitor.user_id, visit.address))
    return answer


@router.post("/account/second-factor")
def propose_second_factor(visit: ChangeOwn) -> HTMLResponse:
    """Show a square code for the telephone."""
    desk, visitor = visit.desk, visit.visitor
    with desk.database.writing() as session:
        secret = second_factor.propose(session, visitor.user_id)
        record(
            session,
            desk.clock,
            actor=visitor.user_id,
            action="second_factor.proposed",
            subject=f"user:{visitor.user_id}",
        )
    return own_account(visit, secret=secret)


@router.post("/account/second-factor/on")
def turn_on(visit: ChangeOwn, code: Text) -> Response:
    """The first code proves that it works."""
    desk, visitor = visit.desk, visit.visitor
    try:
        with desk.database.writing() as session:
            second_factor.turn_on(session, desk.clock, visitor.user_id, code)
    except InvalidInput as error:
        with desk.database.writing() as session:
            secret = second_factor.propose(session, visitor.user_id)
        return own_account(visit, error, secret=secret)
    return RedirectResponse("/account", 303)


@router.post("/account/second-factor/off")
def turn_off(visit: ChangeOwn, code: Text) -> Response:
    """A last code proves who asks."""
    desk, visitor = visit.desk, visit.visitor
    try:
        with desk.database.writing() as session:
            second_factor.turn_off(session, desk.clock, visitor.user_id, code)
    except InvalidInput as error:
        return own_account(visit, error)
    return RedirectResponse("/account", 303)


def _require_right(*, is_right: bool) -> None:
    if not is_right:
        raise InvalidInput(N_("The present password is wrong."))
