"""Reports for programs: taken in from other platforms, matched, settled, answered."""

from collections.abc import Callable
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from litterwatch.detector.errors import InvalidInput, NotAllowed
from litterwatch.service.asked import Asked
from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import PREFIX, problems
from litterwatch.service.desk.tags import IfMatch, RequestKey, revision_in, tag
from litterwatch.service.newest import written
from litterwatch.service.once import Once
from litterwatch.service.reports.inbox import (
    Units,
    files_of_report,
    page_of_reports,
    place_from,
    visible_report,
)
from litterwatch.service.reports.matching import MAY_MATCH, link, linked_events, unlink
from litterwatch.service.reports.schemas import Linking, ReportQuery, ReportStep
from litterwatch.service.reports.schemas_api import (
    AnswerBody,
    LinkBody,
    NewReportBody,
    ReportDetail,
    ReportFile,
    ReportPage,
    ReportSummary,
    ReportTaken,
    SettleBody,
)
from litterwatch.service.reports.service import (
    MAY_KNOW_SENDER,
    MAY_RECEIVE,
    find_report,
    receive_report,
)
from litterwatch.service.reports.settling import (
    MAY_SETTLE,
    accept_report,
    answer_report,
    dismiss_report,
    forward_report,
)
from litterwatch.service.reports.tables import ReportRow, UploadRow
from litterwatch.service.reviews.conditions import visible
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(prefix=PREFIX + "/reports", tags=["reports"])

_OVERTAKEN: Final = N_("Somebody has changed this report since you opened it: look again.")
_IN_MEMORY: Final = 1 << 20  # what is larger goes to the disk while it comes in
_PIECE: Final = 1 << 20
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string"}}},
    }
}

ReportId = Annotated[str, Path(max_length=64)]
SeenReports = Annotated[
    Visit, Depends(Look(Permission.SEE_REPORTS, "reports.viewed", "reports:all"))
]
SeenReport = Annotated[
    Visit, Depends(Look(Permission.SEE_REPORTS, "report.viewed", "report:{report_id}"))
]
Taking = Annotated[Visit, Depends(Call(Permission.TAKE_REPORTS))]
Settling = Annotated[Visit, Depends(Call(Permission.SETTLE_REPORTS))]
Matching = Annotated[Visit, Depends(Call(Permission.MATCH_REPORTS))]
Answering = Annotated[Visit, Depends(Call(Permission.ANSWER_REPORTS))]


@router.get("", responses=problems(404, 422))
def list_reports(
    visit: SeenReports,
    asked: Annotated[ReportQuery, Query()],
    behind: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReportPage:
    """The inbox, a page at a time; filters as in the address of the page."""
    with visit.desk.database.reading() as session:
        page = page_of_reports(session, _seen(visit), asked.filter(), place_from(behind), limit)
        items = [ReportSummary(**_summary(row)) for row in page.reports]
    return ReportPage(items=items, following=written(page.following))


@router.post("", responses=problems(409, 422))
def take(
    visit: Taking, body: NewReportBody, response: Response, request_key: RequestKey = ""
) -> ReportTaken:
    """Take a report in. The same `Idempotency-Key` twice takes in one."""
    desk = visit.desk
    asked = body.model_dump(mode="json", exclude={"contact"})
    once = Once.named(visit.visitor.user_id, request_key, "report.take", asked)
    new = body.report()
    with desk.database.writing() as session:
        report_id, code = None if once is None else once.answer(session), None
        if report_id is None:
            actor = acting(visit, MAY_RECEIVE, body.unit)
            report_id, code = receive_report(session, desk.clock, actor, desk.vault, new)
            if once is not None:
                once.note(session, desk.clock, report_id)
        row = find_report(session, report_id)
    tag(response, row.version)
    return ReportTaken(report=ReportSummary(**_summary(row)), code=code)


@router.get("/{report_id}", responses={304: {"description": "Unchanged"}, **problems(404)})
def read_report(
    visit: SeenReport, report_id: ReportId, response: Response, if_none_match: IfMatch = ""
) -> ReportDetail:
    """Everything about one report but who sent it; the entity tag is its revision."""
    with visit.desk.database.reading() as session:
        row = visible_report(session, _seen(visit), report_id)
        detail = _detail(session, row)
    tag(response, row.version, if_none_match)
    return detail


@router.post("/{report_id}/files", responses=problems(404, 422), openapi_extra=_FILE)
async def add_file(visit: Taking, report_id: ReportId, request: Request) -> ReportFile:
    """A photo or a video that belongs to a report: the body is the file itself. People see a clean
    copy of it.
    """  # noqa: D205 - shown whole in the description of the API
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        async for piece in request.stream():
            await run_in_threadpool(file.write, piece)
        await run_in_threadpool(file.seek, 0)
        return await run_in_threadpool(_keep, visit, report_id, file)


@router.post("/{report_id}/steps", responses=problems(404, 409, 422))
def settle(  # noqa: PLR0917 - headers and a body
    visit: Settling,
    report_id: ReportId,
    body: SettleBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> ReportSummary:
    """A case, a refusal, or somebody else's matter; the last two need a reason."""
    clock = visit.desk.clock

    def do(session: Session, row: ReportRow) -> None:
        actor = acting(visit, MAY_SETTLE, row.unit)
        if body.action is ReportStep.ACCEPT:
            accept_report(session, clock, actor, report_id)
        elif body.action is ReportStep.DISMISS:
            dismiss_report(session, clock, actor, report_id, body.reason)
        else:
            forward_report(session, clock, actor, report_id, body.reason)

    row = _carry_out(visit, report_id, body, do, if_match=if_match, request_key=request_key)
    return _answer(response, row)


@router.post("/{report_id}/links", responses=problems(404, 409, 422))
def match(  # noqa: PLR0917 - headers and a body
    visit: Matching,
    report_id: ReportId,
    body: LinkBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> ReportSummary:
    """Whether a report and an event are about the same."""

    def do(session: Session, row: ReportRow) -> None:
        visible(session, visit.person, body.event_id)
        change = link if body.action is Linking.LINK else unlink
        actor = acting(visit, MAY_MATCH, row.unit)
        change(session, visit.desk.clock, actor, report_id, body.event_id)

    row = _carry_out(visit, report_id, body, do, if_match=if_match, request_key=request_key)
    return _answer(response, row)


@router.post("/{report_id}/answer", responses=problems(404, 409, 422))
def answer(  # noqa: PLR0917 - headers and a body
    visit: Answering,
    report_id: ReportId,
    body: AnswerBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> ReportSummary:
    """What the sender reads when he asks with his code."""

    def do(session: Session, row: ReportRow) -> None:
        actor = acting(visit, MAY_KNOW_SENDER, row.unit)
        answer_report(session, visit.desk.clock, actor, report_id, body.reply)

    row = _carry_out(visit, report_id, body, do, if_match=if_match, request_key=request_key)
    return _answer(response, row)


def _keep(visit: Visit, report_id: str, file: IO[bytes]) -> ReportFile:
    desk = visit.desk
    with desk.database.reading() as session:
        row = visible_report(session, _seen(visit), report_id)
    actor = acting(visit, MAY_RECEIVE, row.unit)
    try:
        upload_id = desk.uploads.receive(actor, report_id, iter(partial(file.read, _PIECE), b""))
    except NotAllowed as error:
        raise InvalidInput(
            N_("The file is not accepted: too large, too many, or no photo or video of 3 minutes.")
        ) from error
    with desk.database.reading() as session:
        files = {each.id: each for each in files_of_report(session, report_id)}
    return _file(report_id, files[upload_id])


def _file(report_id: str, row: UploadRow) -> ReportFile:
    return ReportFile(
        href=f"/reports/{report_id}/files/{row.id}",
        media_type=row.media_type,
        size=row.copy_size,
        original_sha256=row.original_sha256,
    )


def _carry_out(
    visit: Visit,
    report_id: str,
    body: BaseModel,
    do: Callable[[Session, ReportRow], None],
    *,
    if_match: str,
    request_key: str,
) -> ReportRow:
    """One order: done before, refused as overtaken, or done now."""
    what = (type(body).__name__, report_id, body.model_dump(mode="json"))
    once = Once.named(visit.visitor.user_id, request_key, *what)
    asked = Asked(revision_in(if_match), once)
    with visit.desk.database.writing() as session:
        row = visible_report(session, _seen(visit), report_id)
        if not asked.is_done(session, row.version, _OVERTAKEN):
            do(session, row)
            asked.note(session, visit.desk.clock, report_id)
        return row


def _answer(response: Response, row: ReportRow) -> ReportSummary:
    tag(response, row.version)
    return ReportSummary(**_summary(row))


def _summary(row: ReportRow) -> dict[str, Any]:
    names = set(ReportSummary.model_fields) - {"revision"}
    return {"revision": row.version, **{name: getattr(row, name) for name in names}}


def _detail(session: Session, row: ReportRow) -> ReportDetail:
    return ReportDetail(
        **_summary(row),
        reason=row.reason,
        reply=row.reply,
        files=[_file(row.id, file) for file in files_of_report(session, row.id)],
        events=linked_events(session, row.id),
    )


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_REPORTS)
