"""The same services for programs: JSON, cursors, entity tags, orders that are safe to repeat.

A program signs in as a person does and holds the session's cookie; orders need the session's token
(`GET /api/v1/me`) in `X-CSRF-Token`.
"""

from collections.abc import Mapping
from pathlib import Path as FolderPath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

import litterwatch
from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.service.desk.access import Call, Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.described import PREFIX, problems
from litterwatch.service.desk.tags import revision_in, tag
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.masking import is_masked
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import Order, seen_event
from litterwatch.service.reviews.cursor import place_from, written
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.reviews.schemas_api import (
    EventDetail,
    EventPage,
    EventSummary,
    EvidenceFile,
    Me,
    OrderBody,
    Step,
)
from litterwatch.service.reviews.service import history
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.users.roles import Permission

router = APIRouter(prefix=PREFIX, tags=["events"])

EventId = Annotated[str, Path(max_length=64)]
SeenMe = Annotated[Visit, Depends(Look(Permission.OWN_ACCOUNT, "account.viewed", "page:account"))]
SeenQueue = Annotated[Visit, Depends(Look(Permission.SEE_EVENTS, "queue.viewed", "queue:events"))]
SeenEvent = Annotated[
    Visit, Depends(Look(Permission.SEE_EVENTS, "event.viewed", "event:{event_id}"))
]
Judging = Annotated[Visit, Depends(Call(Permission.JUDGE_EVENTS))]


@router.get("/me", responses=problems())
def me(visit: SeenMe) -> Me:
    """Who is signed in."""
    visitor = visit.visitor
    return Me(
        id=visitor.user_id,
        name=visitor.name,
        language=visitor.language,
        roles=[f"{grant.role}@{grant.unit}" for grant in visitor.grants],
        csrf=visitor.csrf,
    )


@router.get("/events", responses=problems(404, 422))
def list_events(
    visit: SeenQueue,
    asked: Annotated[FilterQuery, Query()],
    behind: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EventPage:
    """The queue, a page at a time; filters as in the address of the page."""
    visit.desk.intake.run()
    with visit.desk.database.reading() as session:
        wanted = visit.desk.kept.wanted(session, visit.person, asked)
        place = place_from(behind, wanted.order)
        page = queue.page_of(session, visit.person, wanted, place, limit)
        items = [EventSummary(**_summary(review)) for review in page.reviews]
    return EventPage(items=items, following=written(page.following))


@router.get("/events/{event_id}", responses={304: {"description": "Unchanged"}, **problems(404)})
def read_event(
    visit: SeenEvent,
    event_id: EventId,
    response: Response,
    if_none_match: Annotated[str, Header()] = "",
) -> EventDetail:
    """Everything about one event; the entity tag is its revision."""
    with visit.desk.database.reading() as session:
        review, event, footage = seen_event(session, visit.person, event_id)
        detail = _detail(session, visit.desk.root, review, event, footage)
    tag(response, review.revision, if_none_match)
    return detail


@router.post("/events/{event_id}/steps", responses=problems(404, 409, 422))
def give_order(  # noqa: PLR0917 - headers and a body
    visit: Judging,
    event_id: EventId,
    body: OrderBody,
    response: Response,
    if_match: Annotated[str, Header()] = "",
    idempotency_key: Annotated[str, Header(max_length=64)] = "",
) -> EventSummary:
    """One step. `If-Match` with the entity tag refuses an order on what has changed meanwhile;
    the same `Idempotency-Key` twice is carried out once.
    """  # noqa: D205 - shown whole in the description of the API
    order = Order(
        body.action,
        revision_in(if_match),
        body.reason,
        body.note,
        body.act,
        body.parent_id,
        idempotency_key or None,
    )
    review = visit.desk.reviews.carry_out(visit.person, event_id, order)
    tag(response, review.revision)
    return EventSummary(**_summary(review))


@router.get("/openapi.json", include_in_schema=False)
def openapi(_: SeenMe, request: Request) -> Response:
    """This API, described (OpenAPI 3.1)."""
    return JSONResponse(
        get_openapi(
            title="litterwatch",
            version=litterwatch.__version__,
            description=__doc__,
            routes=request.app.routes,
            servers=[{"url": str(request.base_url).rstrip("/")}],
        )
    )


def _summary(review: ReviewRow) -> dict[str, Any]:
    return {
        "id": review.event_id,
        "state": review.state,
        "revision": review.revision,
        "kind": review.kind,
        "score": review.score,
        "source": review.source,
        "moment": review.moment,
        "is_dated": review.is_dated,
        "unit": review.unit,
    }


def _detail(
    session: Session, root: FolderPath, review: ReviewRow, event: EventRow, footage: FootageRow
) -> EventDetail:
    files = files_of(session, [review.event_id])[review.event_id]
    return EventDetail(
        **_summary(review),
        act=review.act,
        reason=review.reason,
        parent_id=review.parent_id,
        release_seconds=event.t_release,
        box=list(event.box),
        zone=event.zone,
        zones_version=footage.zones_version,
        clock_error=event.clock_error,
        clock_uncertainty=event.clock_uncertainty,
        clock_measured_at=event.clock_measured_at,
        features=dict(event.features),
        reasons=list(event.reasons),
        files=[
            EvidenceFile(
                role=role,
                href=f"/events/{review.event_id}/files/{role}",
                media_type=row.media_type,
                size=row.size,
                sha256=row.sha256,
            )
            for role, row in files.items()
        ],
        is_masked=_masked(root, files),
        steps=[
            Step(**{name: getattr(step, name) for name in Step.model_fields})
            for step in history(session, review.event_id)
        ],
    )


def _masked(root: FolderPath, files: Mapping[Role, EvidenceRow]) -> bool | None:
    try:
        return is_masked(root, files)
    except EvidenceIntegrityError:
        return None  # whoever would confirm it is refused; the rest of the event is told anyhow
