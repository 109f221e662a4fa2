"""From rows to what the templates of cases print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.service.canonical import JsonValue
from litterwatch.service.cases.deadlines import Deadline, Urgency, deadlines_of
from litterwatch.service.cases.facts import (
    clockwork_of,
    events_of_case,
    facts_of,
    missing_papers,
    work_calendar,
)
from litterwatch.service.cases.forms import FIELDS, FieldKind
from litterwatch.service.cases.history import case_history, site_history
from litterwatch.service.cases.law import Act, VehicleClass, ZoneClass, act_of, acts, offered
from litterwatch.service.cases.offers import Later, Offer, later_moves, offers_for
from litterwatch.service.cases.particulars import case_holds
from litterwatch.service.cases.reading import ActOffered, band_shown, visible_case
from litterwatch.service.cases.site_offers import PlaceOffer, place_offers
from litterwatch.service.cases.tables import (
    CaseEntryRow,
    CaseRow,
    IdentityRow,
    PaperRow,
    SiteEntryRow,
    SiteTrackRow,
)
from litterwatch.service.desk.acting import actors_of
from litterwatch.service.desk.context import Visit
from litterwatch.service.desk.languages import dong
from litterwatch.service.events.service import event_with_footage
from litterwatch.service.evidence.custody_tables import HoldRow
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.tables import ReportRow
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.reviews.view import STILLS, ClipState, clip_state
from litterwatch.service.sites.places import Register
from litterwatch.service.users.roles import Permission, areas, reaches
from litterwatch.service.users.service import names_of


@dataclass(frozen=True, slots=True)
class DeadlineShown:
    """A deadline and how it stands today.

    Attributes:
        days: until its last day; negative when it has passed.
    """

    deadline: Deadline
    urgency: Urgency
    days: int


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """The evidence of one event of a case.

    Attributes:
        review: the event as people judged it.
        stills: which pictures there are.
        files: all that is stored.
        clip: how the clip stands.
        may_open: whether this person may open the event's own page.
        may_export: whether this person may ask for its evidence to be handed over.
    """

    review: ReviewRow
    stills: tuple[Role, ...]
    files: Mapping[Role, EvidenceRow]
    clip: ClipState
    may_open: bool
    may_export: bool


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """The cleaning of a place: where it stands, what can be done, what was done."""

    row: SiteTrackRow
    offers: Sequence[PlaceOffer]
    entries: Sequence[SiteEntryRow]


@dataclass(frozen=True, slots=True)
class Told:
    """A value that somebody typed in, for people; `code` asks for a label of its own."""

    name: str
    text: str
    kind: FieldKind | None = None


@dataclass(frozen=True, slots=True)
class ActsShown:
    """Acts for the place and vehicle that an officer has named, and all others of that day."""

    zone: ZoneClass | None
    vehicle: VehicleClass
    offered: Sequence[ActOffered]
    others: Sequence[Act]


@dataclass(frozen=True, slots=True)
class CasePage:
    """All that the page of one case says."""

    row: CaseRow
    offers: Sequence[Offer]
    later: Sequence[Later]
    deadlines: Sequence[DeadlineShown]
    act: Act | None
    band: tuple[int, int] | None
    acts: ActsShown
    papers: Sequence[tuple[PaperRow, int]]
    missing: Sequence[str]
    identities: int
    entries: Sequence[CaseEntryRow]
    evidence: Sequence[EvidenceShown]
    places: Sequence[PlaceShown]
    reports: Sequence[ReportRow]
    holds: Sequence[HoldRow]
    names: Mapping[str, str]
    register: Register
    today: date


def case_page(
    session: Session,
    visit: Visit,
    case_id: str,
    zone: ZoneClass | None,
    vehicle: VehicleClass,
) -> CasePage:
    """Everything about one case.

    Raises:
        NotFound: no such case where this person may look.
    """
    row = visible_case(session, areas(visit.visitor.grants, Permission.SEE_CASES), case_id)
    today = visit.desk.clock.now().astimezone(LOCAL).date()
    entries = case_history(session, case_id)
    places = _places(session, visit, case_id, today)
    act = None if row.act_id is None else act_of(row.act_id)
    people = {entry.actor for entry in entries}
    holds = case_holds(session, case_id)
    people |= {hold.placed_by for hold in holds}
    people |= {entry.actor for place in places for entry in place.entries}
    identities = select(IdentityRow.number).where(IdentityRow.case_id == case_id)
    reports = select(ReportRow).where(ReportRow.case_id == case_id).order_by(ReportRow.received_at)
    return CasePage(
        row=row,
        offers=offers_for(facts_of(session, row, today), actors_of(visit)),
        later=later_moves(row.state),
        deadlines=_deadlines(session, row, today),
        act=act,
        band=None if act is None else band_shown(row, act),
        acts=_acts(row, zone, vehicle, today),
        papers=_papers(session, case_id),
        missing=missing_papers(session, row),
        identities=len(session.scalars(identities).all()),
        entries=entries,
        evidence=[
            _evidence(session, visit, each, row.unit) for each in events_of_case(session, case_id)
        ],
        places=places,
        reports=session.scalars(reports).all(),
        holds=holds,
        names=names_of(session, people),
        register=visit.desk.kept.register(session, visit.person),
        today=today,
    )


def told(detail: Mapping[str, JsonValue]) -> list[Told]:
    """What was typed in with a step; codes stay codes, days are written as people write them."""
    found = []
    for name, value in detail.items():
        kind = FIELDS.get(name)
        text = "" if value is None else str(value)
        if kind is FieldKind.DAY:
            text = f"{date.fromisoformat(text):%d/%m/%Y}"
        elif kind is FieldKind.AMOUNT:
            text = dong(int(text))
        found.append(Told(name, text, kind))
    return found


def _deadlines(session: Session, row: CaseRow, today: date) -> list[DeadlineShown]:
    found = deadlines_of(clockwork_of(row), work_calendar(session))
    return [DeadlineShown(each, each.urgency(today), (each.due - today).days) for each in found]


def _acts(row: CaseRow, zone: ZoneClass | None, vehicle: VehicleClass, today: date) -> ActsShown:
    day = row.occurred_on or today
    fitting = [] if zone is None else offered(zone, vehicle, day)
    others = [act for act in acts() if act.is_valid(day) and act not in fitting]
    return ActsShown(
        zone, vehicle, [ActOffered(act, band_shown(row, act)) for act in fitting], others
    )


def _papers(session: Session, case_id: str) -> list[tuple[PaperRow, int]]:
    """The index: each paper with its first sheet."""
    rows = select(PaperRow).where(PaperRow.case_id == case_id).order_by(PaperRow.number)
    found, sheet = [], 1
    for paper in session.scalars(rows):
        found.append((paper, sheet))
        sheet += paper.sheets
    return found


def _evidence(session: Session, visit: Visit, event_id: str, unit: str) -> EvidenceShown:
    """`unit` has the case, and may hand its evidence on as the unit of the event may."""
    review = session.get_one(ReviewRow, event_id)
    files = files_of(session, [event_id])[event_id]
    _, footage = event_with_footage(session, event_id)
    seen = areas(visit.visitor.grants, Permission.SEE_EVENTS)
    return EvidenceShown(
        review,
        tuple(role for role in STILLS if role in files),
        files,
        clip_state(visit, files, footage.codec),
        seen is None or review.unit in seen,
        Role.MANIFEST in files
        and any(
            reaches(visit.person.grants, Permission.EXPORT_EVIDENCE, each)
            for each in (review.unit, unit)
        ),
    )


def _places(session: Session, visit: Visit, case_id: str, today: date) -> list[PlaceShown]:
    rows = select(SiteTrackRow).where(SiteTrackRow.case_id == case_id)
    return [
        PlaceShown(row, place_offers(row, actors_of(visit), today), site_history(session, row.id))
        for row in session.scalars(rows.order_by(SiteTrackRow.reported_at, SiteTrackRow.id))
    ]
