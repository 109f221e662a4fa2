"""Cases for programs: the same services, tables and refusals as their pages."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import Actor, Office
from litterwatch.service.asked import Asked
from litterwatch.service.cases.deadlines import deadlines_of
from litterwatch.service.cases.facts import (
    clockwork_of,
    events_of_case,
    facts_of,
    find_case,
    missing_papers,
    today_of,
    work_calendar,
)
from litterwatch.service.cases.forms import fields_of, read_fields
from litterwatch.service.cases.history import case_history
from litterwatch.service.cases.offers import offers_for
from litterwatch.service.cases.opening import open_on_event, opening_for
from litterwatch.service.cases.particulars import case_holds, hold_case, release_case
from litterwatch.service.cases.reading import (
    Units,
    page_of_cases,
    place_from,
    visible_case,
    written,
)
from litterwatch.service.cases.schemas import CaseQuery
from litterwatch.service.cases.schemas_api import (
    CaseDetail,
    CasePage,
    CaseSummary,
    DeadlineShown,
    Entry,
    HoldBody,
    HoldShown,
    MoveBody,
    MoveOffered,
    NewCaseBody,
)
from litterwatch.service.cases.service import MAY_OPEN, move_case
from litterwatch.service.cases.state import TABLE
from litterwatch.service.cases.tables import CaseRow
from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.acting import acting, actors_of
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import PREFIX, problems
from litterwatch.service.desk.tags import IfMatch, RequestKey, revision_in, tag
from litterwatch.service.evidence.holds import MAY_HOLD, MAY_RELEASE
from litterwatch.service.once import Once
from litterwatch.service.reviews.conditions import visible
from litterwatch.service.users.roles import Permission, areas

router = APIRouter(prefix=PREFIX + "/cases", tags=["cases"])

CaseId = Annotated[str, Path(max_length=64)]
SeenCases = Annotated[Visit, Depends(Look(Permission.SEE_CASES, "cases.viewed", "cases:all"))]
SeenCase = Annotated[Visit, Depends(Look(Permission.SEE_CASES, "case.viewed", "case:{case_id}"))]
Opening = Annotated[Visit, Depends(Call(Permission.OPEN_CASES))]
Moving = Annotated[Visit, Depends(Call(Permission.MOVE_CASES))]
Holding = Annotated[Visit, Depends(Call(Permission.HOLD_CASES))]
Releasing = Annotated[Visit, Depends(Call(Permission.RELEASE_CASES))]


@router.get("", responses=problems(404, 422))
def list_cases(
    visit: SeenCases,
    asked: Annotated[CaseQuery, Query()],
    behind: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CasePage:
    """The cases of one's units, a page at a time; filters as in the address of the page."""
    desk = visit.desk
    desk.daily.run()
    with desk.database.reading() as session:
        page = page_of_cases(
            session,
            _seen(visit),
            asked.filter(),
            today_of(desk.clock),
            behind=place_from(behind),
            limit=limit,
        )
        items = [CaseSummary(**_summary(each.row)) for each in page.cases]
    return CasePage(items=items, following=written(page.following))


@router.post("", responses=problems(404, 409, 422))
def open_case(
    visit: Opening, body: NewCaseBody, response: Response, request_key: RequestKey = ""
) -> CaseSummary:
    """A case on an event that two people have confirmed. The same `Idempotency-Key` twice opens
    one.
    """  # noqa: D205 - shown whole in the description of the API
    desk = visit.desk
    asked = body.model_dump(mode="json")
    once = Once.named(visit.visitor.user_id, request_key, "case.open", asked)
    with desk.database.writing() as session:
        review = visible(session, visit.person, body.event_id)
        actor = acting(visit, MAY_OPEN, opening_for(session, review).unit or body.unit)
        case_id = open_on_event(
            session,
            desk.clock,
            actor,
            review,
            unit=body.unit,
            occurred_on=body.occurred_on,
            once=once,
        )
        row = find_case(session, case_id)
    return _answer(response, row)


@router.get("/{case_id}", responses={304: {"description": "Unchanged"}, **problems(404)})
def read_case(
    visit: SeenCase, case_id: CaseId, response: Response, if_none_match: IfMatch = ""
) -> CaseDetail:
    """Everything about one case but who is involved; the entity tag is its revision."""
    with visit.desk.database.reading() as session:
        row = visible_case(session, _seen(visit), case_id)
        detail = _detail(session, visit, row)
    tag(response, row.version, if_none_match)
    return detail


@router.post("/{case_id}/moves", responses=problems(404, 409, 422))
def move(  # noqa: PLR0917 - headers and a body
    visit: Moving,
    case_id: CaseId,
    body: MoveBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> CaseSummary:
    """One move of the table. `If-Match` with the entity tag refuses a move of what has changed
    meanwhile; the same `Idempotency-Key` twice is carried out once.
    """  # noqa: D205 - shown whole in the description of the API
    desk, rule = visit.desk, TABLE[body.move]
    with desk.database.reading() as session:
        row = visible_case(session, _seen(visit), case_id)
    typed = {name: str(value) for name, value in body.fields.items()}
    today = today_of(desk.clock)
    asked = (case_id, body.model_dump(mode="json"))
    revision = revision_in(if_match)
    move_case(
        desk.database,
        desk.clock,
        acting(visit, rule.offices, row.unit, row.target_unit),
        case_id,
        body.move,
        version=row.version if revision is None else revision,
        fields=read_fields(fields_of(body.move), rule.needs, typed, today),
        once=Once.named(visit.visitor.user_id, request_key, "case.move", *asked),
    )
    with desk.database.reading() as session:
        return _answer(response, find_case(session, case_id))


@router.post("/{case_id}/hold", responses=problems(404, 409, 422))
def hold(  # noqa: PLR0917 - headers and a body
    visit: Holding,
    case_id: CaseId,
    body: HoldBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> CaseSummary:
    """Nothing of the case's evidence is deleted until a second person releases it. `If-Match` and
    `Idempotency-Key` as for a move.
    """  # noqa: D205 - shown whole in the description of the API
    asked = _asked(visit, if_match, request_key, "case.hold", case_id, body)
    return _on_evidence(
        visit, case_id, response, MAY_HOLD, partial(hold_case, reason=body.reason, asked=asked)
    )


@router.post("/{case_id}/release", responses=problems(404, 409, 422))
def release(  # noqa: PLR0917 - headers and a body
    visit: Releasing,
    case_id: CaseId,
    body: HoldBody,
    response: Response,
    if_match: IfMatch = "",
    request_key: RequestKey = "",
) -> CaseSummary:
    """The rules of retention hold again; whoever placed the hold does not release it. `If-Match`
    and `Idempotency-Key` as for a move.
    """  # noqa: D205 - shown whole in the description of the API
    asked = _asked(visit, if_match, request_key, "case.release", case_id, body)
    return _on_evidence(
        visit,
        case_id,
        response,
        MAY_RELEASE,
        partial(release_case, reason=body.reason, asked=asked),
    )


def _on_evidence(
    visit: Visit,
    case_id: str,
    response: Response,
    offices: Collection[Office],
    do: Callable[[Session, Clock, Actor, str], None],
) -> CaseSummary:
    """Carry out an order on all evidence of a case that this person may see."""
    with visit.desk.database.writing() as session:
        row = visible_case(session, _seen(visit), case_id)
        actor = acting(visit, offices, row.unit, row.target_unit)
        do(session, visit.desk.clock, actor, case_id)
        return _answer(response, row)


def _asked(  # noqa: PLR0917 - what is asked, and how
    visit: Visit, if_match: str, request_key: str, what: str, case_id: str, body: HoldBody
) -> Asked:
    user_id = visit.visitor.user_id
    once = Once.named(user_id, request_key, what, case_id, body.model_dump(mode="json"))
    return Asked(revision_in(if_match), once)


def _answer(response: Response, row: CaseRow) -> CaseSummary:
    tag(response, row.version)
    return CaseSummary(**_summary(row))


def _summary(row: CaseRow) -> dict[str, Any]:
    names = set(CaseSummary.model_fields) - {"revision"}
    return {"revision": row.version, **{name: getattr(row, name) for name in names}}


def _detail(session: Session, visit: Visit, row: CaseRow) -> CaseDetail:
    today = today_of(visit.desk.clock)
    deadlines = deadlines_of(clockwork_of(row), work_calendar(session))
    offers = offers_for(facts_of(session, row, today), actors_of(visit))
    return CaseDetail(
        **_summary(row),
        act_id=row.act_id,
        is_complex=row.is_complex,
        is_organisation=row.is_organisation,
        may_be_minor=row.may_be_minor,
        events=events_of_case(session, row.id),
        deadlines=[
            DeadlineShown(
                kind=each.kind,
                due=each.due,
                urgency=each.urgency(today),
                basis=each.basis,
                is_certain=each.is_certain,
            )
            for each in deadlines
        ],
        missing=missing_papers(session, row),
        holds=[
            HoldShown(
                event_id=each.event_id,
                reason=each.reason,
                placed_by=each.placed_by,
                placed_at=each.placed_at,
            )
            for each in case_holds(session, row.id)
        ],
        moves=[
            MoveOffered(
                move=offer.move,
                needs=list(offer.needed),
                may_also=[name for name in offer.fields if name not in offer.needed],
            )
            for offer in offers
            if offer.why_not is None
        ],
        history=[
            Entry(**{name: getattr(entry, name) for name in Entry.model_fields})
            for entry in case_history(session, row.id)
        ],
    )


def _seen(visit: Visit) -> Units:
    return areas(visit.visitor.grants, Permission.SEE_CASES)
