"""The form for everybody, without an account; and how far a report has got, for who has its code.

Nothing of a report is read before the doorkeeper has counted who sends it. Who looks at the form is
not noted; what is sent is.
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotAllowed, NotFound
from litterwatch.service.desk.before import page_before, require_before
from litterwatch.service.desk.context import Desk, address_of, desk_of
from litterwatch.service.desk.forms import TypedIn
from litterwatch.service.desk.uploading import (
    MOST_FIELDS,
    MOST_FILES,
    files_in,
    pieces_of,
    text_in,
)
from litterwatch.service.reports.forms import FIELDS, read_report
from litterwatch.service.reports.service import PUBLIC_FORM, receive_report, status_of
from litterwatch.service.reports.tables import Channel
from litterwatch.service.texts import N_
from litterwatch.service.units import units

router = APIRouter(prefix="/report", include_in_schema=False)


@router.get("")
def form_page(request: Request) -> Response:
    """The form."""
    _public(request)
    return _form(request)


@router.post("")
async def send(request: Request) -> Response:
    """A report, with or without a name, with or without files."""
    await run_in_threadpool(_let_report, request)
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS) as form:
        return await run_in_threadpool(_take, request, form)


@router.get("/status")
def status_page(request: Request) -> Response:
    """Asks for a receipt code."""
    _public(request)
    return page_before(request, "public_status.html", problem=None, found=None)


@router.post("/status")
def show_status(request: Request, form: TypedIn) -> Response:
    """How far a report has got, and the reply."""
    desk = _public(request)
    require_before(request, form.get("csrf", ""))
    desk.doorkeeper.let_ask(address_of(request))
    try:
        with desk.database.reading() as session:
            found = status_of(session, form.get("code", ""))
    except NotFound as error:
        return page_before(request, "public_status.html", error, found=None)
    return page_before(request, "public_status.html", problem=None, found=found)


def _public(request: Request) -> Desk:
    desk = desk_of(request)
    if not desk.settings.reports.is_public:
        raise NotFound(N_("There is no such page."))
    return desk


def _let_report(request: Request) -> None:
    _public(request).doorkeeper.let_report(address_of(request))


def _take(request: Request, form: FormData) -> Response:
    desk = desk_of(request)
    require_before(request, text_in(form, "csrf"))
    given = {name: text_in(form, name) for name in FIELDS}
    try:
        new = read_report(lambda name: given[name], Channel.PORTAL)
        with desk.database.writing() as session:
            report_id, code = receive_report(session, desk.clock, PUBLIC_FORM, desk.vault, new)
    except (InvalidInput, NotAllowed) as error:
        return _form(request, given, error)
    pieces = map(pieces_of, files_in(form, "files"))
    refused = desk.uploads.receive_all(PUBLIC_FORM, report_id, pieces)
    return page_before(
        request, "report_sent.html", code=code, refused=refused, report_id=None, problem=None
    )


def _form(
    request: Request, given: dict[str, str] | None = None, error: LitterwatchError | None = None
) -> Response:
    return page_before(
        request,
        "public_report.html",
        error,
        given=given or dict.fromkeys((*FIELDS, "channel"), ""),
        units=units(),
        most_files=MOST_FILES,
        largest=desk_of(request).settings.reports.largest_file >> 20,
        **({} if error is not None else {"problem": None}),
    )
