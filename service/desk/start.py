"""The first page, and the one that monitors ask."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy import text

from litterwatch.service.desk.access import Look
from litterwatch.service.desk.context import Visit, desk_of
from litterwatch.service.users.roles import Permission, is_allowed

router = APIRouter(include_in_schema=False)

Started = Annotated[Visit, Depends(Look(Permission.OWN_ACCOUNT, "start.viewed", "page:start"))]
_FIRST_PAGES = (
    (Permission.SEE_EVENTS, "/events"),
    (Permission.TAKE_REPORTS, "/reports"),
    (Permission.MANAGE_ACCOUNTS, "/accounts"),
    (Permission.SEE_LOG, "/log"),
)


@router.get("/")
def start(visit: Started) -> Response:
    """To the page where somebody's work is."""
    grants = visit.visitor.grants
    pages = (page for permission, page in _FIRST_PAGES if is_allowed(grants, permission))
    return RedirectResponse(next(pages, "/account"), 303)


@router.get("/health")
def health(request: Request) -> Response:
    """Whether the desk answers and its database as well; says nothing else."""
    with desk_of(request).database.reading() as session:
        session.execute(text("SELECT 1"))
    return JSONResponse({"status": "ok"})
