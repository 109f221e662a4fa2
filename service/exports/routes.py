"""The book of exports, the orders on it, and the packages themselves."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from litterwatch.service.desk.access import Change, Look
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.evidence.export import MAY_APPROVE, MAY_EXPORT, Wish, decide_export
from litterwatch.service.evidence.packages import Opened, open_package
from litterwatch.service.exports.book import (
    ASKED_AGAIN,
    BookFilter,
    Stage,
    Units,
    count_for_agreement,
    page_of_exports,
    place_from,
    seen_export,
)
from litterwatch.service.exports.orders import (
    ask,
    decidable,
    exportable_units,
    require_units,
    wish_again,
)
from litterwatch.service.exports.schemas import BookQuery
from litterwatch.service.newest import written
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.users.roles import Permission, areas, is_allowed, reaches
from litterwatch.service.users.service import names_of

router = APIRouter(include_in_schema=False)

PAGE: Final = 30
_CHUNK: Final = 1 << 18
SeenBook = Annotated[Visit, Depends(Look(Permission.SEE_EXPORTS, "exports.viewed", "exports:all"))]
# What a page asks for by itself is one look in ten minutes, and keeps nobody signed in.
Following = Annotated[
    Visit,
    Depends(
        Look(
            Permission.SEE_EXPORTS,
            "export.viewed",
            "export:{export_id}",
            is_file=True,
            is_use=False,
        )
    ),
]
Fetching = Annotated[
    Visit,
    Depends(Look(Permission.EXPORT_EVIDENCE, "package.fetched", "export:{export_id}")),
]
Exporting = Annotated[Visit, Depends(Change(Permission.EXPORT_EVIDENCE))]
Agreeing = Annotated[Visit, Depends(Change(Permission.AGREE_EXPORTS))]
Words = Annotated[str, Form(max_length=5000)]


@router.get("/exports")
def book_page(
    visit: SeenBook, asked: Annotated[BookQuery, Query()], behind: str = ""
) -> HTMLResponse:
    """What waits for a second person, and all that was ever asked for in one's units."""
    desk, grants, me = visit.desk, visit.visitor.grants, visit.visitor.user_id
    wanted = asked.filter(me)
    agreeing = is_allowed(grants, Permission.AGREE_EXPORTS)
    with desk.database.reading() as session:
        page = page_of_exports(session, _seen(visit), wanted, behind=place_from(behind), limit=PAGE)
        values: dict[str, Any] = {"entries": page.entries, "following": written(page.following)}
        values["waiting"] = []
        if agreeing:
            units = areas(grants, Permission.AGREE_EXPORTS)
            waiting = page_of_exports(session, units, BookFilter(Stage.WAITING), limit=PAGE)
            values["waiting"] = waiting.entries
            values["to_agree"] = count_for_agreement(session, units, me)
        shown = [*page.entries, *values["waiting"]]
        people = {who for each in shown for who in (each.row.requested_by, each.row.decided_by)}
        values["names"] = names_of(session, {who for who in people if who})
    return desk.pages.page(
        visit.visitor,
        visit.path,
        "exports.html",
        asked=asked,
        is_first=not behind,
        stages=list(Stage),
        again=ASKED_AGAIN,
        seen_events=areas(grants, Permission.SEE_EVENTS),
        **values,
    )


@router.post("/events/{event_id}/exports")
def ask_for_package(
    visit: Exporting,
    event_id: str,
    asked: Annotated[FilterQuery, Query()],
    reason: Words = "",
    recipient: Words = "",
    *,
    is_unblurred: Annotated[bool, Form()] = False,
) -> Response:
    """Ask for the evidence of an event to be handed over."""
    units = exportable_units(visit.desk.database, visit.person, event_id)
    number = _ask(visit, Wish(event_id, reason, recipient, is_unblurred), units)
    # Who has only the case does not see the page of the event.
    if reaches(visit.person.grants, Permission.SEE_EVENTS, units[0]):
        return RedirectResponse(f"/events/{event_id}?{asked.query()}#exports", 303)
    return RedirectResponse(f"/exports#export-{number}", 303)


@router.post("/exports/{export_id}/decision")
def give_word(visit: Agreeing, export_id: str, *, agree: Annotated[bool, Form()]) -> Response:
    """The second person's word on an unblurred export."""
    desk = visit.desk
    entry = decidable(desk.database, visit.person, export_id)
    actor = acting(visit, MAY_APPROVE, *entry.units)
    decide_export(desk.database, desk.clock, actor, export_id, agree=agree)
    desk.packing.wake()
    return RedirectResponse(f"/exports#export-{export_id}", 303)


@router.post("/exports/{export_id}/again")
def ask_again(visit: Exporting, export_id: str) -> Response:
    """Ask once more for what was lost, removed, declined or not made."""
    wish, units = wish_again(visit.desk.database, visit.person, export_id)
    number = _ask(visit, wish, units)
    return RedirectResponse(f"/exports#export-{number}", 303)


@router.get("/exports/{export_id}/state")
def export_state(visit: Following, export_id: str) -> Response:
    """How far an export has got, for the page that follows it."""
    with visit.desk.database.reading() as session:
        entry = seen_export(session, _seen(visit), export_id)
    return JSONResponse({"stage": entry.stage})


@router.get("/exports/{export_id}/package")
def package(visit: Fetching, export_id: str) -> Response:
    """The package, whole: pieces of it are not given, so that each fetch is one row."""
    desk = visit.desk
    with desk.database.reading() as session:
        entry = seen_export(session, _seen(visit), export_id)
    require_units(visit.person, Permission.EXPORT_EVIDENCE, entry.units)
    actor = acting(visit, MAY_EXPORT, *entry.units)
    opened = open_package(desk.database, desk.clock, desk.root, actor, export_id)
    return StreamingResponse(
        _pieces(opened),
        media_type="application/zip",
        headers={
            "Content-Length": str(opened.size),
            "Content-Disposition": f'attachment; filename="{opened.name}"',
            "Accept-Ranges": "none",
            "ETag": f'"{entry.row.package_sha256}"',
        },
    )


def _ask(visit: Visit, wish: Wish, units: tuple[str | None, ...]) -> str:
    desk = visit.desk
    number = ask(desk.database, desk.clock, acting(visit, MAY_EXPORT, *units), wish)
    desk.packing.wake()
    return number


def _pieces(opened: Opened) -> Iterator[bytes]:
    with opened.file as file:
        while piece := file.read(_CHUNK):
            yield piece


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_EXPORTS)
