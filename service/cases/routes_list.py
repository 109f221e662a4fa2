"""The list of cases, and a case opened on a confirmed event."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.service.cases.forms import read_day
from litterwatch.service.cases.opening import open_on_event, opening_for
from litterwatch.service.cases.reading import (
    CaseFilter,
    Due,
    count_cases,
    count_due,
    page_of_cases,
    place_from,
    written,
)
from litterwatch.service.cases.schemas import CaseQuery
from litterwatch.service.cases.service import MAY_OPEN
from litterwatch.service.cases.state import CaseState
from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.conditions import visible
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(include_in_schema=False)

PAGE: Final = 30
Text = Annotated[str, Form(max_length=500)]
SeenCases = Annotated[Visit, Depends(Look(Permission.SEE_CASES, "cases.viewed", "cases:all"))]
Opening = Annotated[Visit, Depends(Change(Permission.OPEN_CASES))]


@router.get("/cases")
def cases_page(
    visit: SeenCases, asked: Annotated[CaseQuery, Query()], behind: str = ""
) -> HTMLResponse:
    """The cases of one's units, what is due first at the top."""
    desk = visit.desk
    desk.daily.run()
    today = desk.clock.now().astimezone(LOCAL).date()
    wanted = asked.filter()
    seen = areas(visit.visitor.grants, Permission.SEE_CASES)
    with desk.database.reading() as session:
        page = page_of_cases(session, seen, wanted, today, behind=place_from(behind), limit=PAGE)
        values: dict[str, Any] = {
            "cases": page.cases,
            "following": written(page.following),
            "counts": count_cases(session, seen, wanted, today),
            "due_counts": count_due(session, seen, CaseFilter(asked.state, asked.unit), today),
        }
    return desk.pages.page(
        visit.visitor,
        visit.path,
        "cases.html",
        asked=asked,
        is_first=not behind,
        states=list(CaseState),
        dues=list(Due),
        units=[unit for unit in units() if seen is None or unit.code in seen],
        today=today,
        **values,
    )


@router.post("/events/{event_id}/case")
def open_for_event(
    visit: Opening, event_id: str, unit: Text = "", occurred_on: Text = ""
) -> Response:
    """A case on a confirmed event."""
    desk = visit.desk
    day = read_day(occurred_on) if occurred_on.strip() else None
    with desk.database.writing() as session:
        review = visible(session, visit.person, event_id)
        whose = opening_for(session, review).unit or unit
        actor = acting(visit, MAY_OPEN, whose)
        case_id = open_on_event(session, desk.clock, actor, review, unit=unit, occurred_on=day)
    return RedirectResponse(f"/cases/{case_id}?done=open", 303)
