"""From verdicts, reports and candidates to labels: made when final, taken back when undone.

What the log says of a label is the row of the verdict or the report it follows, written in the same
transaction. `follow` brings everything up to date, whatever was judged before there were labels; it
may run at any time and any number of times.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Label
from litterwatch.labelling.records import Origin
from litterwatch.labelling.verdicts import Sight, hard_negative
from litterwatch.service.canonical import sha256_of
from litterwatch.service.events.service import event_with_footage
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.evidence.service import files_of
from litterwatch.service.labels.pictures import SHOWN
from litterwatch.service.labels.tables import CandidateRow, LabelRow, LabelState
from litterwatch.service.reviews.state import ReviewState
from litterwatch.service.reviews.tables import MissedRow, ReviewRow
from litterwatch.service.sites.service import SourceUnits

FINAL: Final[Mapping[ReviewState, Origin]] = {
    ReviewState.CONFIRMED: Origin.CONFIRMED,
    ReviewState.REJECTED: Origin.REJECTED,
    ReviewState.DUPLICATE: Origin.DUPLICATE,
}
"""States in which people have said what an event is."""

_BATCH: Final = 200


class Followers:
    """Tells labels of what people decide.

    Args:
        clock: when.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def review(self, session: Session, review: ReviewRow) -> None:
        """A `Follower` of reviews."""
        settle(session, self._clock, review)


def settle(session: Session, clock: Clock, review: ReviewRow) -> None:
    """Let the label of an event say what its review says now."""
    row = session.get(LabelRow, label_id("event", review.event_id))
    origin = FINAL.get(review.state)
    if origin is None:
        if row is not None and row.is_standing:
            row.is_standing, row.changed_at = False, clock.now()
        return
    event, footage = event_with_footage(session, review.event_id)
    verdict = {
        "origin": origin,
        "reason": review.reason if origin is Origin.REJECTED else None,
        "negative": _negative(event, review) if origin is Origin.REJECTED else None,
        "verdict_at": review.changed_at,
        "unit": review.unit,
        "is_standing": True,
        "changed_at": clock.now(),
    }
    if row is None:
        shown = _shown_at(session, event)
        facts = _facts(footage, shown)
        session.add(
            LabelRow(
                id=label_id("event", event.id),
                event_id=event.id,
                box=list(event.box),
                track=_track(event.reasons),
                score=event.score,
                state=LabelState.WAITING,
                made_at=clock.now(),
                **facts,
                **verdict,
            )
        )
    else:
        for name, value in verdict.items():
            setattr(row, name, value)
    session.flush()


def follow_all_missed(session: Session, clock: Clock) -> int:
    """Labels for every report of something missed that has none; how many were made."""
    missed = select(MissedRow).outerjoin(LabelRow, LabelRow.missed_id == MissedRow.id)
    rows = session.scalars(missed.where(LabelRow.id.is_(None))).all()
    for row in rows:
        _follow_missed(session, clock, row)
    return len(rows)


def _follow_missed(session: Session, clock: Clock, missed: MissedRow) -> None:
    """A label for something that a person saw and the machine did not."""
    footage = session.get_one(FootageRow, missed.footage_id)
    review = session.get(ReviewRow, missed.event_id)
    session.add(
        LabelRow(
            id=label_id("missed", missed.id),
            origin=Origin.MISSED,
            event_id=missed.event_id,
            missed_id=missed.id,
            unit=review.unit if review else None,
            box=missed.box,
            track="",
            state=LabelState.WAITING,
            verdict_at=missed.reported_at,
            made_at=clock.now(),
            changed_at=clock.now(),
            **_facts(footage, missed.media_time),
        )
    )
    session.flush()


def _follow_candidate(
    session: Session, clock: Clock, candidate: CandidateRow, units: SourceUnits
) -> None:
    """A label for what the machine passed over."""
    footage = session.get_one(FootageRow, candidate.footage_id)
    session.add(
        LabelRow(
            id=label_id("candidate", candidate.id),
            origin=candidate.origin,
            candidate_id=candidate.id,
            unit=units.unit_of(footage.source),
            box=list(candidate.box),
            track="",
            score=candidate.score,
            state=LabelState.WAITING,
            verdict_at=candidate.created_at,
            made_at=clock.now(),
            changed_at=clock.now(),
            **_facts(footage, candidate.media_time),
        )
    )


def follow(session: Session, clock: Clock) -> int:
    """Bring every label up to date; how many were made or changed."""
    changed = 0
    for review in _unsettled(session):
        settle(session, clock, review)
        changed += 1
    changed += follow_all_missed(session, clock) + follow_candidates(session, clock)
    _assign_units(session)
    session.flush()
    return changed


def follow_candidates(session: Session, clock: Clock) -> int:
    """Labels for every candidate that has none; how many were made."""
    units = SourceUnits(session)
    fresh = select(CandidateRow).outerjoin(LabelRow, LabelRow.candidate_id == CandidateRow.id)
    fresh = fresh.where(LabelRow.id.is_(None), CandidateRow.removed_at.is_(None))
    candidates = session.scalars(fresh).all()
    for candidate in candidates:
        _follow_candidate(session, clock, candidate, units)
    session.flush()
    return len(candidates)


def label_id(kind: str, key: str) -> str:
    """32 hex digits: the same thing has the same label whoever makes it."""
    return sha256_of(["label", kind, key])[:32]


def _unsettled(session: Session) -> Iterator[ReviewRow]:
    """Reviews whose label is missing or says something else."""
    same = and_(LabelRow.event_id == ReviewRow.event_id, LabelRow.missed_id.is_(None))
    unlike = []
    for state, origin in FINAL.items():
        other = [
            LabelRow.id.is_(None),
            LabelRow.is_standing.is_(False),
            LabelRow.origin != origin,
        ]
        if origin is Origin.REJECTED:
            other.append(LabelRow.reason.is_distinct_from(ReviewRow.reason))
        unlike.append(and_(ReviewRow.state == state, or_(*other)))
    undone = and_(ReviewRow.state.not_in(FINAL), LabelRow.is_standing.is_(True))
    rows = select(ReviewRow).outerjoin(LabelRow, same).where(or_(*unlike, undone))
    rows = rows.order_by(ReviewRow.event_id)
    after = ""
    while part := session.scalars(rows.where(ReviewRow.event_id > after).limit(_BATCH)).all():
        after = part[-1].event_id
        yield from part


def _facts(footage: FootageRow, media_time: float) -> dict[str, Any]:
    since = footage.captured_from
    return {
        "source": footage.source,
        "media_time": media_time,
        "taken_at": None if since is None else since + timedelta(seconds=media_time),
        "model_name": footage.model_name,
        "model_sha256": footage.model_sha256,
    }


def _shown_at(session: Session, event: EventRow) -> float:
    """Media time of the still that shows the thing."""
    files = files_of(session, [event.id])[event.id]
    moments = (files[role].t_start for role in SHOWN if role in files)
    return next((moment for moment in moments if moment is not None), event.t_release)


def _negative(event: EventRow, review: ReviewRow) -> Any:
    def share(name: str) -> float:
        value = event.features.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    seen: dict[Label, float] = {}
    if event.actor_label is not None:
        seen[event.actor_label] = share("overlap")
    sight = Sight(light=share("light"), seen=seen)
    return hard_negative(str(review.reason), sight)


def _track(reasons: Sequence[Any]) -> str:
    """Ids of the tracks that the machine held responsible, as its reasons name them."""
    for reason in reasons:
        if isinstance(reason, Mapping) and str(reason.get("code")).startswith("owner"):
            return str(reason.get("detail", {}).get("tracks", ""))[:255]
    return ""


def _assign_units(session: Session) -> None:
    """Labels go to the communes and wards that the register of cameras says now."""
    units = SourceUnits(session)
    for source, unit in session.execute(select(LabelRow.source, LabelRow.unit).distinct()).all():
        now = units.unit_of(source)
        if now != unit:
            session.execute(update(LabelRow).where(LabelRow.source == source).values(unit=now))
