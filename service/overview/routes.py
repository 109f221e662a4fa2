"""The start page, figures, the map, and what ends soon."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.routing import Match

from litterwatch.service.desk.access import Look
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.labels import SITE_KINDS
from litterwatch.service.desk.languages import translated
from litterwatch.service.overview import charts
from litterwatch.service.overview.atlas import atlas
from litterwatch.service.overview.csv_files import csv_answer
from litterwatch.service.overview.endings import SOON, endings
from litterwatch.service.overview.live import live_status
from litterwatch.service.overview.statistics import Statistics, spots_of, statistics_of
from litterwatch.service.overview.today import ADDRESSES, WORDS, Asking, Tile, today
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.figures import CONFIRMED, FOUND, Span, by_source
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.view import Card, cards
from litterwatch.service.sites.places import Register
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit
from litterwatch.service.users.roles import Permission, Role, areas, is_allowed

router = APIRouter(include_in_schema=False)

_NEXT: Final = 4
_SPOTS: Final = 15
Started = Annotated[Visit, Depends(Look(Permission.OWN_ACCOUNT, "start.viewed", "page:start"))]
SeenFigures = Annotated[
    Visit, Depends(Look(Permission.SEE_SITES, "statistics.viewed", "page:statistics"))
]
SeenMap = Annotated[Visit, Depends(Look(Permission.SEE_SITES, "map.viewed", "page:map"))]
SeenEnding = Annotated[Visit, Depends(Look(Permission.SEE_EVENTS, "ending.viewed", "page:ending"))]


class Counted(StrEnum):
    """Which events figures are about."""

    CONFIRMED = "confirmed"
    FOUND = "found"


class Chart(StrEnum):
    """What can be downloaded."""

    HOURS = "hours"
    RATES = "rates"
    SPOTS = "spots"


Days = Annotated[int, Query(ge=1, le=3660)]


@router.get("/")
def start(request: Request, visit: Started) -> HTMLResponse:
    """What needs this person today, and where it is."""
    desk, person = visit.desk, visit.person
    desk.intake.run()
    now = desk.clock.now()
    asking = Asking(
        person,
        desk.clock,
        live_status(desk.root, now),
        desk.root,
        desk.settings.evidence.reserve_bytes,
        desk.kept,
    )
    with desk.database.reading() as session:
        tiles = today(session, asking)
        state, following = _following(session, visit, now)
    return desk.pages.page(
        visit.visitor,
        "/",
        "today.html",
        now=now,
        tiles=tiles,
        words=WORDS,
        address_of=lambda tile: _address(request, tile),
        next_state=state,
        following=following,
    )


@router.get("/statistics")
def statistics_page(
    visit: SeenFigures, days: Days = 30, counted: Counted = Counted.CONFIRMED
) -> HTMLResponse:
    """Figures of the last days."""
    found = _statistics(visit, days, counted)
    rates = [rate for rate in found.rates if rate.rate is not None]
    return visit.desk.pages.page(
        visit.visitor,
        visit.path,
        "statistics.html",
        days=days,
        counted=counted,
        choices=(7, 30, 90, 365),
        statistics=found,
        hours=charts.columns(found.hours, [str(hour) for hour in range(24)]),
        rates=charts.rods(
            [(_unit_name(visit, r.unit), r.low, r.rate, r.high) for r in rates],
            _highest([(r.rate or 0.0, r.high or 0.0) for r in rates]),
        ),
        spots=charts.lying([(spot.site.name, spot.count) for spot in found.spots[:_SPOTS]]),
        most=_SPOTS,
    )


@router.get("/statistics/{chart}.csv")
def statistics_file(
    visit: SeenFigures, chart: Chart, days: Days = 30, counted: Counted = Counted.CONFIRMED
) -> Response:
    """The same figures for a spreadsheet."""
    found = _statistics(visit, days, counted)

    def said(*texts: str) -> list[str]:
        return [translated(visit.language, text) for text in texts]

    match chart:
        case Chart.HOURS:
            heading = said(N_("Hour of the day"), N_("Events"))
            return csv_answer(chart, heading, list(enumerate(found.hours)))
        case Chart.RATES:
            heading = said(
                N_("Code"),
                N_("Commune or ward"),
                N_("Events"),
                N_("Camera-hours"),
                N_("Events in 1 000 camera-hours"),
                N_("at least (95 %)"),
                N_("at most (95 %)"),
            )
            rows = [
                (r.unit, _unit_name(visit, r.unit), r.count, r.hours, r.rate, r.low, r.high)
                for r in found.rates
            ]
            return csv_answer(chart, heading, rows)
        case Chart.SPOTS:
            heading = said(
                N_("Site"),
                N_("Kind"),
                N_("Commune or ward"),
                N_("Events"),
                N_("Latitude"),
                N_("Longitude"),
            )
            spots = [
                (
                    spot.site.name,
                    translated(visit.language, SITE_KINDS[spot.site.kind]),
                    _unit_name(visit, spot.site.unit),
                    spot.count,
                    spot.site.latitude,
                    spot.site.longitude,
                )
                for spot in found.spots
            ]
            return csv_answer(chart, heading, spots)


@router.get("/map")
def map_page(visit: SeenMap, days: Days = 90, counted: Counted = Counted.CONFIRMED) -> HTMLResponse:
    """The province with its sites and black spots."""
    span = _span(visit, days, counted)
    with visit.desk.database.reading() as session:
        register = Register(session, span.units)
        spots = spots_of(register, by_source(session, span))
        sheet = atlas(register.sites, spots)
    return visit.desk.pages.page(
        visit.visitor,
        visit.path,
        "map.html",
        days=days,
        counted=counted,
        choices=(7, 30, 90, 365),
        sheet=sheet,
        seen_units=span.units,
        counts={spot.site.id: spot.count for spot in spots},
        sites=register.sites,
    )


@router.get("/ending")
def ending_page(visit: SeenEnding) -> HTMLResponse:
    """Evidence whose time is soon over."""
    now = visit.desk.clock.now()
    with visit.desk.database.reading() as session:
        found = endings(session, areas(visit.person.grants, Permission.SEE_EVENTS), now)
        register = visit.desk.kept.register(session, visit.person)
    return visit.desk.pages.page(
        visit.visitor,
        visit.path,
        "ending.html",
        endings=found,
        register=register,
        days=SOON.days,
        now=now,
    )


def _following(
    session: Session, visit: Visit, now: datetime
) -> tuple[ReviewState | None, list[Card]]:
    """The events that this person's work goes on with."""
    grants = visit.person.grants
    if not is_allowed(grants, Permission.SEE_EVENTS):
        return None, []
    roles = {grant.role for grant in grants}
    states = [
        state
        for role, state in (
            (Role.SCREENER, ReviewState.NEW),
            (Role.REVIEWER, ReviewState.PROPOSED),
        )
        if role in roles
    ]
    for state in states:
        page = queue.page_of(session, visit.person, queue.Filter(state=state), None, _NEXT)
        if page.reviews:
            register = visit.desk.kept.register(session, visit.person)
            return state, cards(session, page.reviews, now, register)
    return None, []


def _statistics(visit: Visit, days: int, counted: Counted) -> Statistics:
    with visit.desk.database.reading() as session:
        return statistics_of(session, _span(visit, days, counted))


def _span(visit: Visit, days: int, counted: Counted) -> Span:
    now = visit.desk.clock.now()
    return Span(
        now - timedelta(days=days),
        now,
        CONFIRMED if counted is Counted.CONFIRMED else FOUND,
        areas(visit.person.grants, Permission.SEE_SITES),
    )


def _highest(rates: list[tuple[float, float]]) -> float:
    """The end of the scale: all intervals, unless a wide one would press the rest together."""
    most = max((rate for rate, _ in rates), default=0.0)
    widest = max((high for _, high in rates), default=0.0)
    return min(widest, 3 * most) if most > 0 else widest


def _unit_name(visit: Visit, code: str) -> str:
    unit = known_unit(code)
    if unit is None:
        return code
    return unit.full_name if visit.language == "vi" else unit.full_name_en


def _address(request: Request, tile: Tile) -> str | None:
    """Where a number leads; None where this desk has no such page."""
    address = ADDRESSES[tile.need]
    scope = {"type": "http", "method": "GET", "path": address.split("?")[0].split("#")[0]}
    matches = (route.matches({**request.scope, **scope})[0] for route in request.app.routes)
    return address if Match.FULL in matches else None
