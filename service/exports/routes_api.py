"""Exports for programs: the same services, rows and refusals as their pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from litterwatch.service.canonical import JsonValue
from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import PREFIX, problems
from litterwatch.service.desk.labels_exports import WHY_NOT
from litterwatch.service.desk.languages import translated
from litterwatch.service.desk.tags import IfMatch, RequestKey, revision_in, tag
from litterwatch.service.evidence.export import MAY_APPROVE, MAY_EXPORT, Wish, decide_export
from litterwatch.service.exports.book import (
    Entry,
    Units,
    page_of_exports,
    place_from,
    seen_export,
)
from litterwatch.service.exports.orders import ask, decidable, exportable_units, wish_again
from litterwatch.service.exports.schemas import BookQuery
from litterwatch.service.exports.schemas_api import (
    DecisionBody,
    ExportPage,
    ExportShown,
    WishBody,
)
from litterwatch.service.newest import written
from litterwatch.service.once import Once
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(prefix=PREFIX + "/exports", tags=["exports"])

ExportId = Annotated[str, Path(max_length=64)]
SeenBook = Annotated[Visit, Depends(Look(Permission.SEE_EXPORTS, "exports.viewed", "exports:all"))]
SeenExport = Annotated[
    Visit, Depends(Look(Permission.SEE_EXPORTS, "export.viewed", "export:{export_id}"))
]
Exporting = Annotated[Visit, Depends(Call(Permission.EXPORT_EVIDENCE))]
Agreeing = Annotated[Visit, Depends(Call(Permission.AGREE_EXPORTS))]


@router.get("", responses=problems(404, 422))
def list_exports(
    visit: SeenBook,
    asked: Annotated[BookQuery, Query()],
    behind: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ExportPage:
    """The book of one's units, the newest first, a page at a time."""
    wanted, place = asked.filter(visit.visitor.user_id), place_from(behind)
    with visit.desk.database.reading() as session:
        page = page_of_exports(session, _seen(visit), wanted, behind=place, limit=limit)
    items = [_shown(visit, entry) for entry in page.entries]
    return ExportPage(items=items, following=written(page.following))


@router.post("", responses=problems(404, 409, 422), status_code=202)
def ask_for_package(
    visit: Exporting, body: WishBody, response: Response, request_key: RequestKey = ""
) -> ExportShown:
    """Ask for the evidence of an event to be handed over; the package is made behind the scenes.
    The same `Idempotency-Key` twice asks once.
    """  # noqa: D205 - shown whole in the description of the API
    units = exportable_units(visit.desk.database, visit.person, body.event_id)
    wish = Wish(body.event_id, body.reason, body.recipient, body.is_unblurred)
    once = _once(visit, request_key, "export.ask", body.model_dump(mode="json"))
    return _asked(visit, response, wish, units, once)


@router.get("/{export_id}", responses={304: {"description": "Unchanged"}, **problems(404)})
def read_export(
    visit: SeenExport, export_id: ExportId, response: Response, if_none_match: IfMatch = ""
) -> ExportShown:
    """How one export stands; the entity tag is its revision. The package is fetched at `href`, by
    the account that asked for it.
    """  # noqa: D205 - shown whole in the description of the API
    return _answer(visit, response, export_id, if_none_match)


@router.post("/{export_id}/decision", responses=problems(404, 409, 422))
def give_word(  # noqa: PLR0917 - headers and a body
    visit: Agreeing,
    export_id: ExportId,
    body: DecisionBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> ExportShown:
    """The second person's word on an unblurred export; never the one who asked. `If-Match` with
    the entity tag refuses a word on what has changed meanwhile; the same `Idempotency-Key` twice
    is taken once.
    """  # noqa: D205 - shown whole in the description of the API
    desk = visit.desk
    entry = decidable(desk.database, visit.person, export_id)
    decide_export(
        desk.database,
        desk.clock,
        acting(visit, MAY_APPROVE, *entry.units),
        export_id,
        agree=body.agree,
        revision=revision_in(if_match),
        once=_once(visit, request_key, "export.decide", f"{export_id} {body.agree}"),
    )
    desk.packing.wake()
    return _answer(visit, response, export_id)


@router.post("/{export_id}/again", responses=problems(404, 409), status_code=202)
def ask_again(
    visit: Exporting, export_id: ExportId, response: Response, request_key: RequestKey = ""
) -> ExportShown:
    """Ask once more, in the same words, for what was lost, removed, declined or not made: a new
    export. The same `Idempotency-Key` twice asks once.
    """  # noqa: D205 - shown whole in the description of the API
    wish, units = wish_again(visit.desk.database, visit.person, export_id)
    once = _once(visit, request_key, "export.again", export_id)
    return _asked(visit, response, wish, units, once)


def _asked(
    visit: Visit,
    response: Response,
    wish: Wish,
    units: tuple[str | None, ...],
    once: Once | None,
) -> ExportShown:
    desk = visit.desk
    number = ask(desk.database, desk.clock, acting(visit, MAY_EXPORT, *units), wish, once=once)
    desk.packing.wake()
    return _answer(visit, response, number)


def _once(visit: Visit, request_key: str, what: str, asked: JsonValue) -> Once | None:
    return Once.named(visit.visitor.user_id, request_key, what, asked)


def _answer(visit: Visit, response: Response, export_id: str, known: str = "") -> ExportShown:
    with visit.desk.database.reading() as session:
        entry = seen_export(session, _seen(visit), export_id)
    tag(response, entry.revision, known)
    return _shown(visit, entry)


def _shown(visit: Visit, entry: Entry) -> ExportShown:
    row, package = entry.row, entry.package
    why = None if package is None else package.why
    is_mine = entry.is_for(visit.visitor.user_id)
    return ExportShown(
        id=row.id,
        event_id=row.event_id,
        unit=entry.unit,
        stage=entry.stage,
        revision=entry.revision,
        is_unblurred=row.is_unblurred,
        reason=row.reason,
        recipient=row.recipient,
        requested_by=row.requested_by,
        requested_office=row.requested_office,
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        finished_at=row.finished_at,
        package_sha256=row.package_sha256,
        package_size=row.package_size,
        fetched_at=None if package is None else package.fetched_at,
        why=why,
        detail=None if why is None else translated(visit.language, WHY_NOT[why]),
        href=f"/exports/{row.id}/package" if is_mine else None,
    )


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_EXPORTS)
