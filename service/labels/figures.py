"""How far labelling has got: what waits, what is verified, how far people agree, what is missing.

Nobody's own figures are shown: they would soon be a quota (docs/decisions/0085-who-marks.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from litterwatch.detector.types import Label
from litterwatch.labelling.agreement import Agreement, agreement
from litterwatch.labelling.needs import Need, Stock, needs
from litterwatch.labelling.passed_over import Audit, Marked, audit
from litterwatch.labelling.records import Origin
from litterwatch.labelling.selection import AUDITED
from litterwatch.service.labels.boxes import labelled
from litterwatch.service.labels.permits import case_events, permitted
from litterwatch.service.labels.queue import box_of, visible_labels
from litterwatch.service.labels.tables import (
    CandidateRow,
    LabelRow,
    LabelState,
    MarkingRow,
    MarkingState,
)
from litterwatch.service.reviews.conditions import Person
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.users.roles import Permission

REPEATS: Final = 200
"""Latest pictures that two people have marked, over which agreement is told."""

_WASTE: Final = frozenset({Label.WASTE, Label.OVERFLOW})


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """A recording or camera.

    Attributes:
        waiting, verified: pictures.
        allowed: of the verified ones those that may be used.
        cases: of the verified ones that may not, those that need a word for each event.
    """

    source: str
    waiting: int
    verified: int
    allowed: int
    cases: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The state of the labels where somebody may look.

    Attributes:
        states: how many pictures there are in each state.
        origins: the same for each origin: (waiting, verified).
        boxes: verified boxes by label; `unsure` those that nobody could tell.
        sources: by name.
        pending: the cases whose verified pictures wait for permission, the oldest first.
        audits: what came of the lots among what was passed over, by kind, as far as any were drawn.
    """

    states: dict[LabelState, int]
    origins: dict[Origin, tuple[int, int]]
    boxes: dict[Label, int]
    unsure: int
    sources: Sequence[SourceFigures]
    pending: Sequence[ReviewRow]
    agreement: Agreement
    needs: Sequence[Need]
    audits: Sequence[Audit]


def figures(session: Session, person: Person) -> Figures:
    """All of it, where this person may look."""
    states, origins = _counts(session, person)
    verified = _verified(session, person)
    allowed = permitted(session, [label for label, _ in verified])
    cases = _cases(session, [label for label, _ in verified if label.id not in allowed])
    boxes: Counter[Label] = Counter()
    unsure = 0
    for _, marking in verified:
        for each in labelled(marking.boxes):
            boxes[each.label] += 1
            unsure += not each.is_sure
    agreed = agreement(_repeats(session, person))
    usable = [(label, marking) for label, marking in verified if label.id in allowed]
    return Figures(
        states=states,
        origins=origins,
        boxes={label: boxes[label] for label in Label},
        unsure=unsure,
        sources=_sources(session, person, verified, allowed, cases),
        pending=_pending(session, {case for case in cases.values() if case}),
        agreement=agreed,
        needs=needs(_stock(usable, agreed.pictures)),
        audits=_audits(session, person, verified),
    )


def _audits(
    session: Session, person: Person, verified: Sequence[tuple[LabelRow, MarkingRow]]
) -> list[Audit]:
    """Misses among what became no event, where this person may look."""
    drawn = session.execute(
        select(CandidateRow.origin, CandidateRow.share)
        .join(LabelRow, LabelRow.candidate_id == CandidateRow.id)
        .where(LabelRow.is_standing.is_(True), *visible_labels(person, Permission.SEE_LABELS))
    ).all()
    marked = [
        Marked(label.origin, place, labelled(marking.boxes))
        for label, marking in verified
        if label.origin in AUDITED and (place := box_of(label)) is not None
    ]
    return [
        audit(origin, marked, shares)
        for origin in Origin
        if (shares := [share for kind, share in drawn if kind is origin])
    ]


def _counts(
    session: Session, person: Person
) -> tuple[dict[LabelState, int], dict[Origin, tuple[int, int]]]:
    rows = session.execute(
        select(LabelRow.state, LabelRow.origin, func.count())
        .where(LabelRow.is_standing.is_(True), *visible_labels(person, Permission.SEE_LABELS))
        .group_by(LabelRow.state, LabelRow.origin)
    ).all()
    states: Counter[LabelState] = Counter()
    waiting: Counter[Origin] = Counter()
    verified: Counter[Origin] = Counter()
    for state, origin, count in rows:
        states[state] += count
        if state is LabelState.VERIFIED:
            verified[origin] += count
        elif state is not LabelState.GONE:
            waiting[origin] += count
    shown = {
        origin: (waiting[origin], verified[origin])
        for origin in Origin
        if waiting[origin] or verified[origin]
    }
    return {state: states[state] for state in LabelState}, shown


def _verified(session: Session, person: Person) -> list[tuple[LabelRow, MarkingRow]]:
    rows = session.execute(
        _marked(person).where(
            MarkingRow.state == MarkingState.VERIFIED, MarkingRow.is_repeat.is_(False)
        )
    )
    return [(label, marking) for label, marking in rows]


def _marked(person: Person) -> Select[LabelRow, MarkingRow]:
    return (
        select(LabelRow, MarkingRow)
        .join(MarkingRow, MarkingRow.label_id == LabelRow.id)
        .where(LabelRow.is_standing.is_(True), *visible_labels(person, Permission.SEE_LABELS))
        .order_by(LabelRow.id)
    )


def _cases(session: Session, labels: Sequence[LabelRow]) -> dict[str, str | None]:
    """Of labels that may not be used those that are case footage: to the event to be allowed."""
    found: dict[str, str | None] = {}
    confirmed = case_events(session, {row.event_id for row in labels if row.event_id})
    for row in labels:
        case = confirmed.get(row.event_id or "")
        if case is not None:
            found[row.id] = case
        elif row.missed_id is not None:
            found[row.id] = row.event_id
    return found


def _pending(session: Session, event_ids: set[str]) -> Sequence[ReviewRow]:
    rows = select(ReviewRow).where(ReviewRow.event_id.in_(event_ids))
    return session.scalars(rows.order_by(ReviewRow.moment, ReviewRow.event_id)).all()


def _sources(
    session: Session,
    person: Person,
    verified: Sequence[tuple[LabelRow, MarkingRow]],
    allowed: frozenset[str],
    cases: dict[str, str | None],
) -> list[SourceFigures]:
    waiting = session.execute(
        select(LabelRow.source, func.count())
        .where(
            LabelRow.is_standing.is_(True),
            LabelRow.state.in_((LabelState.WAITING, LabelState.BEGUN)),
            *visible_labels(person, Permission.SEE_LABELS),
        )
        .group_by(LabelRow.source)
    ).all()
    left: dict[str, int] = {row[0]: row[1] for row in waiting}
    done = Counter(label.source for label, _ in verified)
    usable = Counter(label.source for label, _ in verified if label.id in allowed)
    in_cases = Counter(label.source for label, _ in verified if label.id in cases)
    return [
        SourceFigures(source, left.get(source, 0), done[source], usable[source], in_cases[source])
        for source in sorted({*left, *done})
    ]


def _repeats(session: Session, person: Person) -> list[tuple[Any, Any]]:
    """The boxes of the first and of the second person, of the latest such pictures."""
    second = aliased(MarkingRow)
    rows = session.execute(
        _marked(person)
        .join(second, second.label_id == LabelRow.id)
        .with_only_columns(MarkingRow.boxes, second.boxes)
        .where(
            MarkingRow.state == MarkingState.VERIFIED,
            MarkingRow.is_repeat.is_(False),
            second.state == MarkingState.VERIFIED,
            second.is_repeat.is_(True),
        )
        .order_by(None)
        .order_by(second.verified_at.desc(), second.id)
        .limit(REPEATS)
    )
    return [(labelled(first), labelled(other)) for first, other in rows]


def _stock(usable: Sequence[tuple[LabelRow, MarkingRow]], repeats: int) -> Stock:
    boxes: Counter[Label] = Counter()
    pictures = negatives = 0
    cameras = set()
    for label, marking in usable:
        drawn = labelled(marking.boxes)
        if not all(each.is_sure for each in drawn):
            continue
        pictures += 1
        cameras.add(label.source)
        boxes.update(each.label for each in drawn)
        has_waste = any(each.label in _WASTE for each in drawn)
        negatives += label.origin is Origin.REJECTED or not has_waste
    return Stock(pictures, dict(boxes), len(cameras), negatives, repeats)
