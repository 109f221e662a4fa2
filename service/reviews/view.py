"""From rows to what the templates of the queue and of an event print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError, NotFound
from litterwatch.service.audit.service import has_done
from litterwatch.service.cases.opening import Opening, case_of_event, opening_for
from litterwatch.service.cases.tables import CaseRow
from litterwatch.service.desk.context import Visit
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.derived import CopyState
from litterwatch.service.evidence.masking import is_masked
from litterwatch.service.evidence.service import files_of
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.exports.book import BookFilter, Entry, page_of_exports
from litterwatch.service.outputs import Found
from litterwatch.service.report.contents import event_shown
from litterwatch.service.report.view import EventView, event_view
from litterwatch.service.reports.matching import reports_of_event
from litterwatch.service.reports.tables import ReportRow
from litterwatch.service.reviews import queue
from litterwatch.service.reviews.conditions import PLAYED, Person, is_screening, seen_event, visible
from litterwatch.service.reviews.missed import missed_in
from litterwatch.service.reviews.schemas import FilterQuery
from litterwatch.service.reviews.service import UNDO, history
from litterwatch.service.reviews.state import Action, ReviewState, open_actions
from litterwatch.service.reviews.tables import MissedRow, ReviewRow, StepRow
from litterwatch.service.sites.places import Place, Register
from litterwatch.service.users.roles import Permission, areas, holds, is_allowed, reaches
from litterwatch.service.users.roles import Role as Office
from litterwatch.service.users.service import names_of

OPENERS = (Office.REVIEWER, Office.CASE_OFFICER)
_EXPORTS = 10  # of one event on its page; the book has all
STILLS = (Role.STILL_BEFORE, Role.STILL_ACT, Role.STILL_AFTER)


@dataclass(frozen=True, slots=True)
class Card:
    """An event in the queue.

    Attributes:
        stills: which pictures there are, in order of time.
        claimed_by: the name of who is looking at it; None for nobody.
        place: what the register says of where it was seen; None where no camera fits.
    """

    review: ReviewRow
    stills: tuple[Role, ...]
    claimed_by: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class ClipState:
    """How the clip of an event stands.

    Attributes:
        copy: what can be played.
        is_whole: false where clip or manifest are not what was stored, as far as size tells.
        is_masked: whether privacy masks were laid on its pictures before they were kept.
    """

    copy: CopyState
    is_whole: bool
    is_masked: bool


@dataclass(frozen=True, slots=True)
class EventPage:
    """All that the page of one event says.

    Attributes:
        row, footage: the event and what it was seen in.
        place: what the register says of where that was; None where no camera fits.
        clip: how the clip stands.
        actions: what this person may order now.
        undo: the step this person may take back.
        has_played: whether this person has watched the act.
        others: events that this one may repeat, where this person may say so now.
        zoom: x, y, width, height of the piece of the picture round the thing, px.
        following, previous: ids of the neighbours in the queue.
        case: that the event belongs to, where this person may see it; None for none.
        has_case: whether there is one at all.
        opening: what a case would be, where this person may open one; None where not.
        reports: of citizens, that somebody has linked with the event.
        exports: of its evidence, the newest first, where this person may see the book.
        may_export: whether this person may ask for another one.
    """

    review: ReviewRow
    shown: EventView
    row: EventRow
    footage: FootageRow
    place: Place | None
    files: Mapping[Role, EvidenceRow]
    zoom: tuple[float, float, float, float] | None
    clip: ClipState
    steps: Sequence[StepRow]
    names: Mapping[str, str]
    actions: frozenset[Action]
    undo: StepRow | None
    has_played: bool
    is_own_claim: bool
    claimed_by: str | None
    others: Sequence[Card]
    missed: Sequence[MissedRow]
    following: str | None
    previous: str | None
    case: CaseRow | None
    has_case: bool
    opening: Opening | None
    reports: Sequence[ReportRow]
    exports: Sequence[Entry]
    may_export: bool


def cards(
    session: Session, reviews: Sequence[ReviewRow], now: datetime, register: Register
) -> list[Card]:
    """Cards with their pictures and the names of who looks at them; two queries for all."""
    files = files_of(session, [review.event_id for review in reviews])
    names = names_of(session, {holder for each in reviews if (holder := _claim(each, now))})
    return [_card(review, files[review.event_id], names, now, register) for review in reviews]


def _card(
    review: ReviewRow,
    files: Mapping[Role, EvidenceRow],
    names: Mapping[str, str],
    now: datetime,
    register: Register,
) -> Card:
    stills = tuple(role for role in STILLS if role in files)
    holder = names.get(_claim(review, now) or "")
    return Card(review, stills, holder, register.place_of(review.source))


def event_page(session: Session, visit: Visit, event_id: str, asked: FilterQuery) -> EventPage:
    """Everything about one event.

    Raises:
        NotFound: no such event where this person may look.
    """
    person, now = visit.person, visit.desk.clock.now()
    review, event, footage = seen_event(session, person, event_id)
    steps = history(session, event_id)
    holder = _claim(review, now)
    actions = _actions(visit, review, holder, steps)
    near = queue.near(session, person, review) if Action.DUPLICATE in actions else ()
    of_all = files_of(session, [event_id, *(other.event_id for other in near)])
    files = of_all[event_id]
    holders = {name for each in (review, *near) if (name := _claim(each, now))}
    exports = _exports(session, person, event_id)
    handing = {
        who for each in exports for who in (each.row.requested_by, each.row.decided_by) if who
    }
    names = names_of(session, {step.actor for step in steps} | holders | handing)
    shown = event_view(1, event_shown(Found(event, footage, files)))
    kept = visit.desk.kept
    register = kept.register(session, person)
    wanted = kept.wanted(session, person, asked)
    previous, following = queue.neighbours(session, person, wanted, review)
    return EventPage(
        review=review,
        shown=shown,
        row=event,
        footage=footage,
        place=register.place_of(footage.source),
        zoom=_zoom(shown),
        files=files,
        clip=clip_state(visit, files, footage.codec),
        steps=steps,
        names=names,
        actions=actions,
        undo=_undoable(steps, person.user_id, now),
        has_played=has_done(session, person.user_id, PLAYED, f"event:{event_id}"),
        is_own_claim=holder == person.user_id,
        claimed_by=None if holder in (None, person.user_id) else names.get(holder or ""),
        others=[_card(other, of_all[other.event_id], names, now, register) for other in near],
        missed=missed_in(session, footage.id),
        following=following,
        previous=previous,
        reports=reports_of_event(session, event_id),
        exports=exports,
        may_export=Role.MANIFEST in files
        and reaches(person.grants, Permission.EXPORT_EVIDENCE, review.unit),
        **_case_of(session, person, review),
    )


def _case_of(session: Session, person: Person, review: ReviewRow) -> dict[str, Any]:
    """The case of an event, or what it would be, as far as this person may know and do."""
    row = case_of_event(session, review.event_id)
    seen = areas(person.grants, Permission.SEE_CASES)
    is_seen = row is not None and is_allowed(person.grants, Permission.SEE_CASES)
    if row is not None:
        is_seen = is_seen and (seen is None or bool(seen & {row.unit, row.target_unit}))
    may_open = row is None and review.state is ReviewState.CONFIRMED
    may_open = may_open and any(holds(person.grants, role, review.unit) for role in OPENERS)
    return {
        "case": row if is_seen else None,
        "has_case": row is not None,
        "opening": opening_for(session, review) if may_open else None,
    }


def _exports(session: Session, person: Person, event_id: str) -> Sequence[Entry]:
    if not is_allowed(person.grants, Permission.SEE_EXPORTS):
        return ()
    units = areas(person.grants, Permission.SEE_EXPORTS)
    return page_of_exports(session, units, BookFilter(event_id=event_id), limit=_EXPORTS).entries


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody has just done, to be told and taken back."""

    review: ReviewRow
    step: StepRow


def last_done(session: Session, person: Person, event_id: str) -> Done | None:
    """The last step of an event, where this person took it."""
    if not event_id:
        return None
    try:
        review = visible(session, person, event_id)
    except NotFound:
        return None
    step = history(session, event_id)[-1]
    return Done(review, step) if step.actor == person.user_id else None


def clip_state(visit: Visit, files: Mapping[Role, EvidenceRow], codec: str | None) -> ClipState:
    """What can be played, and what it is."""
    clip, desk = files.get(Role.CLIP), visit.desk
    if clip is None:
        return ClipState(CopyState.FAILED, is_whole=True, is_masked=False)
    try:
        masked = is_masked(desk.root, files)
        return ClipState(desk.derived.playable(clip, codec)[0], is_whole=True, is_masked=masked)
    except EvidenceIntegrityError:
        return ClipState(CopyState.FAILED, is_whole=False, is_masked=False)


def _zoom(shown: EventView) -> tuple[float, float, float, float] | None:
    """The piece that the scan's page enlarges, in pixels instead of per cent."""
    if shown.zoom is None:
        return None
    width = 100 * shown.event.picture[0] / shown.zoom.width
    height = width * 0.75
    return -shown.zoom.left * width / 100, -shown.zoom.top * height / 100, width, height


def _claim(review: ReviewRow, now: datetime) -> str | None:
    is_held = review.claimed_until is not None and review.claimed_until > now
    return review.claimed_by if is_held else None


def _actions(
    visit: Visit, review: ReviewRow, holder: str | None, steps: Sequence[StepRow]
) -> frozenset[Action]:
    grants, me = visit.person.grants, visit.person.user_id
    held = [office for office in Office if holds(grants, office, review.unit)]
    actions = open_actions(review.state, held, has_screened=any(is_screening(s, me) for s in steps))
    if holder is None:
        return actions - {Action.RELEASE}
    return actions - {Action.CLAIM} if holder == me else frozenset()


def _undoable(steps: Sequence[StepRow], user_id: str, now: datetime) -> StepRow | None:
    last = steps[-1]
    is_own = last.actor == user_id and last.action not in (Action.CREATE, Action.UNDO)
    return last if is_own and now - last.at <= UNDO else None
