"""Days off: those that come with litterwatch and what the office sets over them."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotFound
from litterwatch.service.actor import Office
from litterwatch.service.cases.forms import read_day
from litterwatch.service.cases.holidays import (
    complete_year,
    forget_holiday,
    holidays_of,
    set_holiday,
)
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.local_time import LOCAL
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix="/holidays", include_in_schema=False)

_SETTERS = frozenset({Office.ADMINISTRATOR, Office.INSPECTOR})
Text = Annotated[str, Form(max_length=200)]
Year = Annotated[int, Form(ge=2000, le=2200)]
Seen = Annotated[Visit, Depends(Look(Permission.SET_HOLIDAYS, "holidays.viewed", "days:all"))]
Setting = Annotated[Visit, Depends(Change(Permission.SET_HOLIDAYS))]


@router.get("")
def holidays_page(
    visit: Seen, year: Annotated[int | None, Query(ge=2000, le=2200)] = None
) -> HTMLResponse:
    """The days off of a year."""
    return _page(visit, year)


@router.post("")
def set_day(
    visit: Setting,
    day: Text,
    name: Text,
    is_workday: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of a form
) -> Response:
    """A day off, or a Saturday or Sunday that is worked."""
    desk = visit.desk
    try:
        when = _named_day(day, name)
        with desk.database.writing() as session:
            set_holiday(
                session,
                desk.clock,
                acting(visit, _SETTERS),
                day=when,
                name=name,
                is_workday=is_workday,
            )
    except InvalidInput as error:
        return _page(visit, None, error)
    return RedirectResponse(f"/holidays?year={when.year}", 303)


@router.post("/forget")
def forget_day(visit: Setting, day: Text) -> Response:
    """What came with litterwatch counts again."""
    desk = visit.desk
    try:
        when = read_day(day)
        with desk.database.writing() as session:
            forget_holiday(session, desk.clock, acting(visit, _SETTERS), when)
    except (InvalidInput, NotFound) as error:
        return _page(visit, None, error)
    return RedirectResponse(f"/holidays?year={when.year}", 303)


@router.post("/complete")
def complete(visit: Setting, year: Year) -> Response:
    """All days off of a year are entered."""
    desk = visit.desk
    with desk.database.writing() as session:
        complete_year(session, desk.clock, acting(visit, _SETTERS), year)
    return RedirectResponse(f"/holidays?year={year}", 303)


def _named_day(day: str, name: str) -> date:
    if not name.strip():
        raise InvalidInput(N_("Write what the day is called."))
    return read_day(day)


def _page(visit: Visit, year: int | None, error: LitterwatchError | None = None) -> HTMLResponse:
    this_year = visit.desk.clock.now().astimezone(LOCAL).year
    with visit.desk.database.reading() as session:
        shown = holidays_of(session, year or this_year)
    return visit.desk.pages.page(
        visit.visitor,
        "/holidays",
        "holidays.html",
        200 if error is None else status_of(error)[0],
        shown=shown,
        problem=None if error is None else text_of(error, visit.language),
    )
