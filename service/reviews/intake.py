"""What the machine has found becomes `new`; this is all the machine can do to a review."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import EventState
from litterwatch.service.chain import SYSTEM
from litterwatch.service.db import Database
from litterwatch.service.events.service import latest_change, replaced_footage
from litterwatch.service.events.tables import EventRow, FootageRow
from litterwatch.service.reviews.changes import announce
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.reviews.tables import Happening, ReviewRow, StepRow
from litterwatch.service.sites.service import SourceUnits

_OVERLAP: Final = timedelta(hours=1)  # a transaction may commit later than the times it wrote
_BATCH: Final = 500


class Intake:
    """Follows the events of a data folder.

    Args:
        database: with the events of `litterwatch scan`.
        clock: when.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: datetime | None = None
        self._last: datetime | None = None

    def run(self) -> int:
        """Take in what is new or changed since last time; how many events that were.

        Raises:
            StoreError: the database refused.
        """
        with self._lock:
            return self._run()

    def _run(self) -> int:
        with self._database.reading() as session:
            newest = latest_change(session)
        if newest is None or newest == self._last:
            return 0
        since = None if self._seen is None else self._seen - _OVERLAP
        with self._database.writing() as session:
            units = SourceUnits(session)
            taken = sum(self._take(session, part, units) for part in _parts(session, since))
            _withdraw_replaced(session, self._clock)
        self._seen = self._last = newest
        return taken

    def _take(
        self, session: Session, found: Sequence[tuple[EventRow, FootageRow]], units: SourceUnits
    ) -> int:
        ids = [event.id for event, _ in found]
        rows = session.scalars(select(ReviewRow).where(ReviewRow.event_id.in_(ids)))
        known = {row.event_id: row for row in rows}
        news: list[tuple[ReviewRow, Happening]] = []
        for event, footage in found:
            row = known.get(event.id)
            if row is None and event.state is not EventState.CANCELLED:
                unit = units.unit_of(footage.source)
                review, step = _created(event, footage, unit, self._clock.now())
                session.add_all([review, step])
                news.append((review, Happening.NEW))
            elif row is not None and row.event_version != event.version:
                was_withdrawn = row.is_withdrawn
                _follow(row, event, footage)
                is_gone = row.is_withdrawn and not was_withdrawn
                news.append((row, Happening.WITHDRAWN if is_gone else Happening.CHANGED))
        announce(session, self._clock, news)
        session.flush()
        session.expunge_all()
        return len(news)


def moment_of(event: EventRow, footage: FootageRow) -> tuple[datetime, bool]:
    """When it happened, and whether that is known; else when it was found."""
    if footage.captured_from is None:
        return event.created_at, False
    return footage.captured_from + timedelta(seconds=event.t_release), True


def assign_units(session: Session) -> None:
    """Events go to the communes and wards that the register of cameras says now."""
    units = SourceUnits(session)
    for source in session.scalars(select(ReviewRow.source).distinct()).all():
        unit = units.unit_of(source)
        session.execute(
            update(ReviewRow)
            .where(ReviewRow.source == source, ReviewRow.unit.is_distinct_from(unit))
            .values(unit=unit)
        )


def _created(
    event: EventRow, footage: FootageRow, unit: str | None, now: datetime
) -> tuple[ReviewRow, StepRow]:
    moment, is_dated = moment_of(event, footage)
    review = ReviewRow(
        event_id=event.id,
        state=ReviewState.NEW,
        revision=1,
        kind=event.kind,
        score=event.score,
        source=footage.source,
        moment=moment,
        is_dated=is_dated,
        unit=unit,
        event_version=event.version,
        changed_at=now,
    )
    step = StepRow(
        event_id=event.id,
        number=1,
        action=Action.CREATE,
        from_state=None,
        to_state=ReviewState.NEW,
        actor=SYSTEM,
        at=now,
        detail={"version": event.version},
    )
    return review, step


def _follow(row: ReviewRow, event: EventRow, footage: FootageRow) -> None:
    """Copies follow the event; where people have judged it, their verdict stands."""
    row.kind, row.score, row.event_version = event.kind, event.score, event.version
    row.moment, row.is_dated = moment_of(event, footage)
    if row.state is ReviewState.NEW:
        row.is_withdrawn = event.state is EventState.CANCELLED


def _parts(
    session: Session, since: datetime | None
) -> Iterator[Sequence[tuple[EventRow, FootageRow]]]:
    """Events without a review, or changed since theirs was written, in the order of their ids."""
    rows = (
        select(EventRow, FootageRow)
        .join(FootageRow, EventRow.footage_id == FootageRow.id)
        .outerjoin(ReviewRow, ReviewRow.event_id == EventRow.id)
        .where(or_(ReviewRow.event_id.is_(None), ReviewRow.event_version != EventRow.version))
        .order_by(EventRow.id)
    )
    if since is not None:
        rows = rows.where(EventRow.updated_at >= since)
    after = ""
    while part := session.execute(rows.where(EventRow.id > after).limit(_BATCH)).all():
        after = part[-1][0].id
        yield [(row[0], row[1]) for row in part]


def _withdraw_replaced(session: Session, clock: Clock) -> None:
    """Events of an earlier scan of the same footage leave the queue, unless somebody began."""
    for event_ids in replaced_footage(session):
        rows = session.scalars(
            select(ReviewRow).where(
                ReviewRow.event_id.in_(event_ids),
                ReviewRow.state == ReviewState.NEW,
                ReviewRow.is_withdrawn.is_(False),
            )
        ).all()
        for row in rows:
            row.is_withdrawn = True
        announce(session, clock, [(row, Happening.WITHDRAWN) for row in rows])
