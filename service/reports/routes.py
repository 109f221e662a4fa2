"""The inbox of reports for officers: compared with events, settled, answered."""

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from litterwatch.detector.errors import (
    EvidenceIntegrityError,
    LitterwatchError,
    NotAllowed,
    NotFound,
)
from litterwatch.service.desk.access import Change, Look, log_refusal
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.newest import written
from litterwatch.service.reports.inbox import (
    Units,
    count_reports,
    files_of_report,
    page_of_reports,
    place_from,
    visible_report,
)
from litterwatch.service.reports.matching import MAY_MATCH, candidates, link, unlink
from litterwatch.service.reports.schemas import Linking, ReportQuery, ReportStep
from litterwatch.service.reports.service import (
    MAY_KNOW_SENDER,
    read_sender,
)
from litterwatch.service.reports.settling import (
    MAY_SETTLE,
    accept_report,
    answer_report,
    dismiss_report,
    forward_report,
)
from litterwatch.service.reports.tables import ReportRow, ReportState
from litterwatch.service.reviews.conditions import visible
from litterwatch.service.reviews.view import cards
from litterwatch.service.texts import N_
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission, areas, is_allowed

router = APIRouter(prefix="/reports", include_in_schema=False)

PAGE: Final = 30
Words = Annotated[str, Form(max_length=5000)]
Key = Annotated[str, Form(max_length=64)]
SeenReports = Annotated[
    Visit, Depends(Look(Permission.SEE_REPORTS, "reports.viewed", "reports:all"))
]
SeenReport = Annotated[
    Visit, Depends(Look(Permission.SEE_REPORTS, "report.viewed", "report:{report_id}"))
]
OpenedUpload = Annotated[
    Visit,
    Depends(Look(Permission.SEE_REPORTS, "upload.opened", "upload:{upload_id}", is_file=True)),
]
Matching = Annotated[Visit, Depends(Change(Permission.MATCH_REPORTS))]
Settling = Annotated[Visit, Depends(Change(Permission.SETTLE_REPORTS))]
Answering = Annotated[Visit, Depends(Change(Permission.ANSWER_REPORTS))]


@router.get("")
def reports_page(
    visit: SeenReports, asked: Annotated[ReportQuery, Query()], behind: str = ""
) -> HTMLResponse:
    """The inbox, the newest first."""
    wanted, seen = asked.filter(), _seen(visit)
    with visit.desk.database.reading() as session:
        page = page_of_reports(session, seen, wanted, place_from(behind), PAGE)
        counts = count_reports(session, seen, wanted)
    return visit.desk.pages.page(
        visit.visitor,
        visit.path,
        "reports.html",
        asked=asked,
        is_first=not behind,
        reports=page.reports,
        files=page.files,
        following=written(page.following),
        counts=counts,
        states=list(ReportState),
        units=[unit for unit in units() if seen is None or unit.code in seen],
    )


@router.get("/{report_id}")
def report(visit: SeenReport, report_id: str) -> HTMLResponse:
    """One report, beside the events that it may speak of."""
    return _report(visit, report_id)


@router.post("/{report_id}/links")
def match(
    request: Request,
    visit: Matching,
    report_id: str,
    event_id: Key,
    action: Annotated[Linking, Form()],
) -> Response:
    """Whether a report and an event are about the same."""
    desk = visit.desk

    def do(session: Session, row: ReportRow) -> None:
        visible(session, visit.person, event_id)
        change = link if action is Linking.LINK else unlink
        change(session, desk.clock, acting(visit, MAY_MATCH, row.unit), report_id, event_id)

    return _after(request, visit, report_id, do)


@router.post("/{report_id}/steps")
def settle(
    request: Request,
    visit: Settling,
    report_id: str,
    action: Annotated[ReportStep, Form()],
    reason: Words = "",
) -> Response:
    """A case, a refusal, or somebody else's matter."""
    desk = visit.desk

    def do(session: Session, row: ReportRow) -> None:
        actor = acting(visit, MAY_SETTLE, row.unit)
        if action is ReportStep.ACCEPT:
            accept_report(session, desk.clock, actor, report_id)
        elif action is ReportStep.DISMISS:
            dismiss_report(session, desk.clock, actor, report_id, reason)
        else:
            forward_report(session, desk.clock, actor, report_id, reason)

    return _after(request, visit, report_id, do)


@router.post("/{report_id}/answer")
def answer(request: Request, visit: Answering, report_id: str, reply: Words) -> Response:
    """What the sender reads when he asks with his code."""

    def do(session: Session, row: ReportRow) -> None:
        actor = acting(visit, MAY_KNOW_SENDER, row.unit)
        answer_report(session, visit.desk.clock, actor, report_id, reply)

    return _after(request, visit, report_id, do)


@router.post("/{report_id}/sender")
def sender(request: Request, visit: Answering, report_id: str, reason: Words = "") -> Response:
    """Who sent it, for this page only; the look is noted with its reason."""
    desk = visit.desk
    with desk.database.reading() as session:
        row = visible_report(session, _seen(visit), report_id)
    try:
        found = read_sender(
            desk.database,
            desk.clock,
            acting(visit, MAY_KNOW_SENDER, row.unit),
            desk.vault,
            report_id,
            reason=reason,
        )
    except NotAllowed as error:
        log_refusal(request, error)
        return _report(visit, report_id, error=error)
    return _report(visit, report_id, sender=found or "")


@router.get("/{report_id}/files/{upload_id}")
def upload(visit: OpenedUpload, report_id: str, upload_id: str) -> Response:
    """The clean copy of a file that came with a report; the original is shown to nobody."""
    with visit.desk.database.reading() as session:
        visible_report(session, _seen(visit), report_id)
        rows = {row.id: row for row in files_of_report(session, report_id)}
    row = rows.get(upload_id)
    if row is None or row.copy_path is None:
        raise NotFound(N_("There is no such file."))
    path = visit.desk.root / row.copy_path
    if not path.is_file() or path.stat().st_size != row.copy_size:
        raise EvidenceIntegrityError(N_("This file is not what was stored."))
    return FileResponse(path, headers={"ETag": f'"{row.copy_sha256}"'}, media_type=row.media_type)


def _after(
    request: Request,
    visit: Visit,
    report_id: str,
    do: Callable[[Session, ReportRow], None],
) -> Response:
    try:
        with visit.desk.database.writing() as session:
            do(session, visible_report(session, _seen(visit), report_id))
    except NotFound:
        raise
    except LitterwatchError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, error)
        return _report(visit, report_id, error=error)
    return RedirectResponse(f"/reports/{report_id}", 303)


def _report(
    visit: Visit,
    report_id: str,
    *,
    sender: str | None = None,
    error: LitterwatchError | None = None,
) -> HTMLResponse:
    may_match = is_allowed(visit.visitor.grants, Permission.MATCH_REPORTS)
    events = areas(visit.visitor.grants, Permission.SEE_EVENTS)
    with visit.desk.database.reading() as session:
        row = visible_report(session, _seen(visit), report_id)
        found = candidates(session, row, events) if may_match else []
        register = visit.desk.kept.register(session, visit.person)
        now = visit.desk.clock.now()
        shown = cards(session, [each.review for each in found], now, register)
        values: dict[str, Any] = {
            "files": files_of_report(session, report_id),
            "candidates": list(zip(found, shown, strict=True)),
        }
    return visit.desk.pages.page(
        visit.visitor,
        f"/reports/{report_id}",
        "report.html",
        200 if error is None else status_of(error)[0],
        report=row,
        sender=sender,
        problem=None if error is None else text_of(error, visit.language),
        **values,
    )


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_REPORTS)
