"""Reports that officers take in: by telephone, by letter, in person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotAllowed
from litterwatch.service.desk.access import Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.desk.uploading import (
    ChangeWithFiles,
    files_in,
    form_of,
    pieces_of,
    text_in,
)
from litterwatch.service.reports.forms import FIELDS, read_report
from litterwatch.service.reports.service import MAY_RECEIVE, receive_report
from litterwatch.service.reports.tables import Channel
from litterwatch.service.reports.uploads import MOST_FILES
from litterwatch.service.texts import N_
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix="/reports", include_in_schema=False)

SeenForm = Annotated[
    Visit, Depends(Look(Permission.TAKE_REPORTS, "report_form.viewed", "page:report"))
]
Taking = Annotated[Visit, Depends(ChangeWithFiles(Permission.TAKE_REPORTS))]


@router.get("/new")
def new_page(visit: SeenForm) -> HTMLResponse:
    """For what came in by telephone, by letter, in person."""
    return _form(visit)


@router.post("")
def take(request: Request, visit: Taking) -> Response:
    """A report that an officer takes in."""
    desk, form = visit.desk, form_of(request)
    given = {name: text_in(form, name) for name in (*FIELDS, "channel")}
    try:
        new = read_report(lambda name: given[name], _channel(given["channel"]))
        actor = acting(visit, MAY_RECEIVE, new.unit)
        with desk.database.writing() as session:
            report_id, code = receive_report(session, desk.clock, actor, desk.vault, new)
    except (InvalidInput, NotAllowed) as error:
        return _form(visit, given, error)
    refused = desk.uploads.receive_all(actor, report_id, map(pieces_of, files_in(form, "files")))
    return visit.desk.pages.page(
        visit.visitor,
        "/reports",
        "report_sent.html",
        code=code,
        refused=refused,
        report_id=report_id,
    )


def _channel(text: str) -> Channel:
    try:
        return Channel(text)
    except ValueError as error:
        raise InvalidInput(N_("Say how the report came in.")) from error


def _form(
    visit: Visit, given: dict[str, str] | None = None, error: LitterwatchError | None = None
) -> HTMLResponse:
    return visit.desk.pages.page(
        visit.visitor,
        "/reports/new",
        "report_new.html",
        200 if error is None else status_of(error)[0],
        given=given or dict.fromkeys((*FIELDS, "channel"), ""),
        channels=[channel for channel in Channel if channel is not Channel.API],
        units=units(),
        most_files=MOST_FILES,
        largest=visit.desk.settings.reports.largest_file >> 20,
        problem=None if error is None else text_of(error, visit.language),
    )
