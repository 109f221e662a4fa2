"""The page of a case, and what people do to it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from litterwatch.detector.errors import LitterwatchError, NotAllowed, NotFound
from litterwatch.service.cases.forms import Ground, fields_of, read_day, read_fields
from litterwatch.service.cases.law import VehicleClass, ZoneClass
from litterwatch.service.cases.particulars import (
    MAY_KNOW,
    MAY_WRITE,
    add_paper,
    hold_case,
    read_identity,
    release_case,
    set_circumstances,
    type_identity,
)
from litterwatch.service.cases.reading import (
    Units,
    visible_case,
)
from litterwatch.service.cases.service import move_case
from litterwatch.service.cases.state import TABLE, Move
from litterwatch.service.cases.tables import CaseRow, PaperKind
from litterwatch.service.cases.view import case_page, told
from litterwatch.service.desk.access import Change, Look, log_refusal
from litterwatch.service.desk.acting import acting
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.forms import TypedIn
from litterwatch.service.desk.labels_cases import MOVED
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.dossier.content import Particulars, Parts
from litterwatch.service.dossier.proposal import proposed_particulars
from litterwatch.service.evidence.holds import MAY_HOLD, MAY_RELEASE
from litterwatch.service.local_time import LOCAL
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=500)]
Words = Annotated[str, Form(max_length=5000)]
SeenCase = Annotated[Visit, Depends(Look(Permission.SEE_CASES, "case.viewed", "case:{case_id}"))]
Moving = Annotated[Visit, Depends(Change(Permission.MOVE_CASES))]
Writing = Annotated[Visit, Depends(Change(Permission.WRITE_CASES))]
Holding = Annotated[Visit, Depends(Change(Permission.HOLD_CASES))]
Releasing = Annotated[Visit, Depends(Change(Permission.RELEASE_CASES))]
Knowing = Annotated[Visit, Depends(Change(Permission.READ_IDENTITIES))]


@router.get("/cases/{case_id}")
def case(
    visit: SeenCase,
    case_id: str,
    zone: ZoneClass | None = None,
    vehicle: VehicleClass = VehicleClass.NONE,
    done: str = "",
) -> HTMLResponse:
    """One case."""
    visit.desk.daily.run()
    return _case(visit, case_id, zone=zone, vehicle=vehicle, done=done)


@router.post("/cases/{case_id}/moves")
def move(  # noqa: PLR0917 - the fields of a form
    request: Request,
    visit: Moving,
    case_id: str,
    wanted: Annotated[Move, Form(alias="move")],
    version: Annotated[int, Form()],
    form: TypedIn,
) -> Response:
    """One move of the table."""
    desk = visit.desk

    def do() -> None:
        row = _row(visit, case_id)
        today = desk.clock.now().astimezone(LOCAL).date()
        fields = read_fields(fields_of(wanted), TABLE[wanted].needs, form, today)
        actor = acting(visit, TABLE[wanted].offices, row.unit, row.target_unit)
        move_case(desk.database, desk.clock, actor, case_id, wanted, version=version, fields=fields)

    return _after(request, visit, case_id, do, done=wanted)


@router.post("/cases/{case_id}/identity")
def note_identity(request: Request, visit: Writing, case_id: str, text: Words) -> Response:
    """Who is involved, as an officer found out."""
    desk = visit.desk

    def do(session: Session, row: CaseRow) -> None:
        type_identity(
            session,
            desk.clock,
            acting(visit, MAY_WRITE, row.unit),
            desk.vault,
            case_id=case_id,
            text=text,
        )

    return _written(request, visit, case_id, do, done="type_identity")


@router.post("/cases/{case_id}/identity/read")
def show_identity(visit: Knowing, case_id: str) -> Response:
    """Who is involved, for this page only; the look is noted."""
    desk, row = visit.desk, _row(visit, case_id)
    actor = acting(visit, MAY_KNOW, row.unit)
    identity = read_identity(desk.database, desk.clock, actor, desk.vault, case_id)
    return _case(visit, case_id, identity=identity or "")


@router.post("/cases/{case_id}/papers")
def note_paper(  # noqa: PLR0917 - the fields of a form
    request: Request,
    visit: Writing,
    case_id: str,
    kind: Annotated[PaperKind, Form()],
    title: Text,
    sheets: Annotated[int, Form(ge=1, le=9999)],
) -> Response:
    """A paper for the dossier's index."""
    desk = visit.desk

    def do(session: Session, row: CaseRow) -> None:
        add_paper(
            session,
            desk.clock,
            acting(visit, MAY_WRITE, row.unit),
            case_id=case_id,
            kind=kind,
            title=title,
            sheets=sheets,
        )

    return _written(request, visit, case_id, do, done="add_paper")


@router.post("/cases/{case_id}/circumstances")
def note_circumstances(  # noqa: PLR0917 - the fields of a form
    request: Request,
    visit: Writing,
    case_id: str,
    reason: Words,
    is_complex: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of a form
    is_organisation: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of a form
    may_be_minor: Annotated[bool, Form()] = False,  # noqa: FBT002 - a box of a form
    occurred_on: Text = "",
) -> Response:
    """What lengthens limits, changes bands, hides them."""
    desk = visit.desk

    def do(session: Session, row: CaseRow) -> None:
        set_circumstances(
            session,
            desk.clock,
            acting(visit, MAY_WRITE, row.unit),
            case_id=case_id,
            reason=reason,
            is_complex=is_complex,
            is_organisation=is_organisation,
            may_be_minor=may_be_minor,
            occurred_on=read_day(occurred_on) if occurred_on.strip() else None,
        )

    return _written(request, visit, case_id, do, done="set_circumstances")


@router.post("/cases/{case_id}/hold")
def hold(request: Request, visit: Holding, case_id: str, reason: Words) -> Response:
    """Nothing of its evidence is deleted until a second person releases it."""
    clock = visit.desk.clock

    def do(session: Session, row: CaseRow) -> None:
        hold_case(session, clock, acting(visit, MAY_HOLD, *_units_of(row)), case_id, reason)

    return _written(request, visit, case_id, do, done="hold_evidence")


@router.post("/cases/{case_id}/release")
def release(request: Request, visit: Releasing, case_id: str, reason: Words) -> Response:
    """The rules of retention hold again; not by who placed the hold."""
    clock = visit.desk.clock

    def do(session: Session, row: CaseRow) -> None:
        release_case(session, clock, acting(visit, MAY_RELEASE, *_units_of(row)), case_id, reason)

    return _written(request, visit, case_id, do, done="release_evidence")


@router.post("/cases/{case_id}/dossier")
def dossier(
    request: Request,
    visit: Knowing,
    case_id: str,
    form: TypedIn,
    parts: Annotated[Parts, Form()] = Parts.ALL,
) -> Response:
    """The papers of a case as PDF, drafts on every page."""
    row = _row(visit, case_id)
    names = set(Particulars.__dataclass_fields__) - {"unit"}
    typed = {name: form.get(name, "").strip()[:2000] or None for name in sorted(names)}
    unit = form.get("unit", "").strip()[:2000] or row.unit
    particulars = Particulars(unit=unit, **typed)
    try:
        pdf = visit.desk.press.make(
            acting(visit, MAY_KNOW, row.unit), case_id, particulars, parts=parts
        )
    except NotAllowed as error:
        log_refusal(request, error)
        return _case(visit, case_id, error=error)
    name = f'attachment; filename="ho-so-{case_id[:12]}.pdf"'
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": name})


def _units_of(row: CaseRow) -> tuple[str | None, ...]:
    return row.unit, row.target_unit


def _after(
    request: Request, visit: Visit, case_id: str, do: Callable[[], None], *, done: str
) -> Response:
    try:
        do()
    except NotFound:
        raise
    except LitterwatchError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, error)
        return _case(visit, case_id, error=error)
    return RedirectResponse(f"/cases/{case_id}?done={done}", 303)


def _written(
    request: Request,
    visit: Visit,
    case_id: str,
    do: Callable[[Session, CaseRow], None],
    *,
    done: str,
) -> Response:
    def write() -> None:
        with visit.desk.database.writing() as session:
            do(session, visible_case(session, _seen(visit), case_id))

    return _after(request, visit, case_id, write, done=done)


def _case(
    visit: Visit,
    case_id: str,
    *,
    zone: ZoneClass | None = None,
    vehicle: VehicleClass = VehicleClass.NONE,
    done: str = "",
    identity: str | None = None,
    error: LitterwatchError | None = None,
) -> HTMLResponse:
    with visit.desk.database.reading() as session:
        page = case_page(session, visit, case_id, zone, vehicle)
        proposal = proposed_particulars(session, page.row, visit.visitor.name)
    return visit.desk.pages.page(
        visit.visitor,
        f"/cases/{case_id}",
        "case.html",
        200 if error is None else status_of(error)[0],
        page=page,
        told=told,
        done=done if done in MOVED else "",
        identity=identity,
        proposal=proposal,
        problem=None if error is None else text_of(error, visit.language),
        units=units(),
        zones=list(ZoneClass),
        vehicles=list(VehicleClass),
        grounds=list(Ground),
        paper_kinds=list(PaperKind),
        parts=list(Parts),
    )


def _row(visit: Visit, case_id: str) -> CaseRow:
    with visit.desk.database.reading() as session:
        return visible_case(session, _seen(visit), case_id)


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_CASES)
