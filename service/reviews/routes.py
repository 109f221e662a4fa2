"""The queue, the page of an event, and orders."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from litterwatch.detector.errors import InvalidInput, LitterwatchError, NotAllowed, NotFound
from litterwatch.detector.types import EventKind
from litterwatch.service.audit.service import record
from litterwatch.service.desk.access import Call, Change, Look, log_refusal, note_looks
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.languages import VIETNAMESE
from litterwatch.service.desk.problems import status_of, text_of
from litterwatch.service.exports.book import ASKED_AGAIN
from litterwatch.service.labels.following import follow_all_missed
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import PLAYED, PREVIEWED, Order, visible
from litterwatch.service.reviews.cursor import place_from, written
from litterwatch.service.reviews.kept import newest
from litterwatch.service.reviews.missed import MissedReport, report_missed
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.reviews.view import cards, event_page, last_done
from litterwatch.service.units import units
from litterwatch.service.users.roles import Permission

router = APIRouter(include_in_schema=False)

PAGE: Final = 24
_STAYING: Final = frozenset({Action.CLAIM, Action.UNDO, Action.RESUME, Action.REOPEN})
Asked = Annotated[FilterQuery, Query()]
Text = Annotated[str, Form(max_length=3000)]
SeenQueue = Annotated[Visit, Depends(Look(Permission.SEE_EVENTS, "queue.viewed", "queue:events"))]
SeenEvent = Annotated[
    Visit, Depends(Look(Permission.SEE_EVENTS, "event.viewed", "event:{event_id}"))
]
Judging = Annotated[Visit, Depends(Change(Permission.JUDGE_EVENTS))]
Reporting = Annotated[Visit, Depends(Change(Permission.REPORT_MISSES))]
Watching = Annotated[Visit, Depends(Call(Permission.SEE_EVENTS))]


@router.get("/events")
def queue_page(visit: SeenQueue, asked: Asked, behind: str = "", done: str = "") -> HTMLResponse:
    """What is to be looked at."""
    desk, person = visit.desk, visit.person
    desk.intake.run()
    with desk.database.reading() as session:
        seq = newest(session)
        wanted = desk.kept.wanted(session, person, asked)
        page = queue.page_of(session, person, wanted, place_from(behind, wanted.order), PAGE)
        register = desk.kept.register(session, person)
        shown = cards(session, page.reviews, desk.clock.now(), register)
        values: dict[str, Any] = {
            "cards": shown,
            "counts": desk.kept.counts(session, person, wanted, seq),
            "sources": desk.kept.sources(session, person, seq, asked.source),
            "sites": desk.kept.sites(
                session, person, asked.site, is_english=visit.language != VIETNAMESE
            ),
            "following": written(page.following),
            "done": last_done(session, person, done),
            "latest": seq,
        }
    # Browsers ask for each picture by itself; that they were shown is one transaction.
    note_looks(visit, PREVIEWED, [f"event:{c.review.event_id}" for c in shown if c.stills])
    return desk.pages.page(
        visit.visitor,
        visit.path,
        "queue.html",
        asked=asked,
        is_first=not behind,
        kinds=list(EventKind),
        states=list(ReviewState),
        **values,
    )


@router.get("/events/{event_id}")
def event(visit: SeenEvent, event_id: str, asked: Asked, done: str = "") -> HTMLResponse:
    """One event, to look at and to judge."""
    return _event(visit, event_id, asked, done=done)


@router.post("/events/{event_id}/orders")
def give_order(  # noqa: PLR0917 - the fields of a form
    request: Request,
    visit: Judging,
    event_id: str,
    asked: Asked,
    action: Annotated[Action, Form()],
    revision: Annotated[int, Form()],
    reason: Annotated[RejectReason | None, Form()] = None,
    note: Text = "",
    act: Annotated[EventKind | None, Form()] = None,
    parent: Annotated[str | None, Form(max_length=64)] = None,
) -> Response:
    """One verdict; then the next event of the queue."""
    desk = visit.desk
    order = Order(action, revision, reason, note, act, parent)
    try:
        review = desk.reviews.carry_out(visit.person, event_id, order)
    except NotFound:
        raise
    except LitterwatchError as error:
        if isinstance(error, NotAllowed):
            log_refusal(request, error)
        return _event(visit, event_id, asked, error=error)
    return RedirectResponse(_onward(visit, asked, action, review), 303)


@router.post("/events/{event_id}/played", status_code=204)
def note_played(visit: Watching, event_id: str) -> None:
    """Somebody has watched the clip up to the act; whoever confirms must have."""
    desk = visit.desk
    with desk.database.writing() as session:
        visible(session, visit.person, event_id)
        record(
            session,
            desk.clock,
            actor=visit.visitor.user_id,
            action=PLAYED,
            subject=f"event:{event_id}",
        )


@router.post("/events/{event_id}/missed")
def report(
    visit: Reporting,
    event_id: str,
    asked: Asked,
    media_time: Annotated[float, Form(allow_inf_nan=False)],
    note: Text = "",
) -> Response:
    """The machine saw one thing and missed another."""
    desk = visit.desk
    try:
        with desk.database.writing() as session:
            report_missed(
                session, desk.clock, visit.person, MissedReport(event_id, media_time, note)
            )
            follow_all_missed(session, desk.clock)
    except InvalidInput as error:
        return _event(visit, event_id, asked, error=error)
    return RedirectResponse(f"/events/{event_id}?{asked.query()}#missed", 303)


def _event(
    visit: Visit,
    event_id: str,
    asked: FilterQuery,
    *,
    done: str = "",
    error: LitterwatchError | None = None,
) -> HTMLResponse:
    desk = visit.desk
    with desk.database.reading() as session:
        page = event_page(session, visit, event_id, asked)
        last = last_done(session, visit.person, done)
    return desk.pages.page(
        visit.visitor,
        f"/events/{event_id}?{asked.query()}",
        "event.html",
        200 if error is None else status_of(error)[0],
        page=page,
        asked=asked,
        done=last,
        problem=None if error is None else text_of(error, visit.language),
        kinds=list(EventKind),
        reasons=list(RejectReason),
        units=units(),
        again=ASKED_AGAIN,
    )


def _onward(visit: Visit, asked: FilterQuery, action: Action, review: ReviewRow) -> str:
    query = asked.query()
    if action in _STAYING:
        return f"/events/{review.event_id}?{query}"
    with visit.desk.database.reading() as session:
        wanted = visit.desk.kept.wanted(session, visit.person, asked)
        following = queue.next_after(session, visit.person, wanted, review)
    place = "/events" if following is None else f"/events/{following}"
    return f"{place}?{query}&done={review.event_id}"
