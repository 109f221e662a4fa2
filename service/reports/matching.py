"""Reports and events that may be about the same: offered by place and time, linked by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.cases.noting import note_twice
from litterwatch.service.reports.tables import ReportEventRow, ReportRow
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.sites.tables import CameraEntryRow, SiteRow
from litterwatch.service.texts import N_

MAY_MATCH: Final = frozenset({Office.REVIEWER, Office.CASE_OFFICER, Office.INSPECTOR})
"""Whoever sees both: the report and the footage."""

AROUND: Final = timedelta(hours=12)
"""How far from the time that a report names events are offered."""

BEFORE: Final = timedelta(days=7)
"""How long before it came in, where a report names no time."""

_MOST: Final = 12
_EARTH_M: Final = 6_371_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An event that may be what a report speaks of.

    Attributes:
        review: the event.
        apart: between its time and the time of the report; None where one of them is not known.
        metres: between the camera's site and the place of the report; None likewise.
        is_linked: whether somebody has linked them.
    """

    review: ReviewRow
    apart: timedelta | None
    metres: float | None
    is_linked: bool


def candidates(
    session: Session, report: ReportRow, units: frozenset[str] | None
) -> list[Candidate]:
    """Events to compare with, linked ones first, then the nearest in time and place.

    Args:
        session: a reading one.
        report: what was reported.
        units: whose events may be seen; None for all.
    """
    linked = set(linked_events(session, report.id))
    moment = report.occurred_at or report.received_at
    since = moment - (AROUND if report.occurred_at else BEFORE)
    is_near = ReviewRow.is_dated & ReviewRow.moment.between(since, moment + AROUND)
    rows = select(ReviewRow).where(
        ReviewRow.is_withdrawn.is_(False),
        or_(
            ReviewRow.event_id.in_(linked),
            (or_(ReviewRow.unit == report.unit, ReviewRow.unit.is_(None)))
            & (is_near | ReviewRow.is_dated.is_(False)),
        ),
    )
    if units is not None:
        rows = rows.where(ReviewRow.unit.in_(units))
    rows = rows.order_by(ReviewRow.is_dated.desc(), ReviewRow.moment.desc()).limit(200)
    places = _places(session)
    found = [_candidate(review, report, places, linked) for review in session.scalars(rows)]
    found.sort(key=_nearness)
    return found[: max(_MOST, len(linked))]


def linked_events(session: Session, report_id: str) -> list[str]:
    """The events that a report was linked with."""
    rows = select(ReportEventRow.event_id).where(ReportEventRow.report_id == report_id)
    return list(session.scalars(rows.order_by(ReportEventRow.linked_at, ReportEventRow.event_id)))


_OF_EVENT: Final = (
    select(ReportRow)
    .join(ReportEventRow)
    .where(ReportEventRow.event_id == bindparam("event"))
    .order_by(ReportRow.received_at, ReportRow.id)
)


def reports_of_event(session: Session, event_id: str) -> Sequence[ReportRow]:
    """The reports that speak of an event."""
    return session.scalars(_OF_EVENT, {"event": event_id}).all()


def link(session: Session, clock: Clock, actor: Actor, report_id: str, event_id: str) -> None:
    """Say that a report speaks of an event.

    Raises:
        NotFound: there is no such report or event.
        NotAllowed: the office or the unit.
        Conflict: they are linked already.
    """
    row = _matched(session, actor, report_id)
    if session.get(ReviewRow, event_id) is None:
        raise NotFound(N_("There is no such event."))
    if session.get(ReportEventRow, (report_id, event_id)) is not None:
        raise Conflict(N_("They are linked already."))
    session.add(
        ReportEventRow(
            report_id=report_id, event_id=event_id, linked_by=actor.id, linked_at=clock.now()
        )
    )
    _note(session, clock, actor, row, event_id=event_id, action="report.linked")


def unlink(session: Session, clock: Clock, actor: Actor, report_id: str, event_id: str) -> None:
    """Take that back; the log keeps both.

    Raises:
        NotFound: there is no such report, or they are not linked.
        NotAllowed: the office or the unit.
    """
    row = _matched(session, actor, report_id)
    found = session.get(ReportEventRow, (report_id, event_id))
    if found is None:
        raise NotFound(N_("They are not linked."))
    session.delete(found)
    _note(session, clock, actor, row, event_id=event_id, action="report.unlinked")


def _matched(session: Session, actor: Actor, report_id: str) -> ReportRow:
    row = session.get(ReportRow, report_id, with_for_update=True)
    if row is None:
        raise NotFound(N_("There is no such report."))
    if actor.office not in MAY_MATCH or actor.unit not in (PROVINCE, row.unit):
        raise NotAllowed(N_("This office does not match reports with events."))
    return row


def _note(
    session: Session, clock: Clock, actor: Actor, row: ReportRow, *, event_id: str, action: str
) -> None:
    row.version += 1
    note_twice(
        session,
        clock,
        actor,
        action=action,
        kind="report",
        subject=row.id,
        detail={"event": event_id},
    )


def _places(session: Session) -> list[tuple[str, float, float]]:
    """How recordings are called and where their camera stands, the longest beginning first."""
    rows = session.execute(
        select(CameraEntryRow.source, SiteRow.latitude, SiteRow.longitude)
        .join(SiteRow, CameraEntryRow.site_id == SiteRow.id)
        .where(SiteRow.latitude.is_not(None), SiteRow.longitude.is_not(None))
    )
    found = [
        (source, latitude, longitude)
        for source, latitude, longitude in rows
        if latitude is not None and longitude is not None
    ]
    return sorted(found, key=lambda each: -len(each[0]))


def _candidate(
    review: ReviewRow,
    report: ReportRow,
    places: Sequence[tuple[str, float, float]],
    linked: set[str],
) -> Candidate:
    moment = report.occurred_at
    apart = abs(review.moment - moment) if review.is_dated and moment is not None else None
    place = next((each for each in places if review.source.startswith(each[0])), None)
    metres = None
    if place is not None and report.latitude is not None and report.longitude is not None:
        metres = distance_m((place[1], place[2]), (report.latitude, report.longitude))
    return Candidate(review, apart, metres, review.event_id in linked)


def _nearness(each: Candidate) -> tuple[bool, float, str]:
    """Linked first; an hour apart weighs as much as a kilometre."""
    hours = 24.0 if each.apart is None else each.apart.total_seconds() / 3600
    km = 5.0 if each.metres is None else each.metres / 1000
    return not each.is_linked, hours + km, each.review.event_id


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two positions (latitude, longitude), degrees, on a sphere; m."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, each)) for each in (one, other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(half)))
