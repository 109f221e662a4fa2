"""The book of exports as somebody sees it: those of his units, and how each stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotFound
from litterwatch.service.cases.tables import CaseEventRow, CaseRow
from litterwatch.service.evidence.custody_tables import ExportRow, ExportState, PackageRow
from litterwatch.service.evidence.packages import IS_THERE, IS_TO_BE_MADE
from litterwatch.service.newest import NewestPlace, is_behind, place_in
from litterwatch.service.reviews.tables import ReviewRow
from litterwatch.service.texts import N_

Units = frozenset[str] | None
"""The units whose exports somebody sees; None for all."""

_ID: Final = re.compile("[0-9a-f]{1,64}")


class Stage(StrEnum):
    """How far an export has got, for people."""

    WAITING = "waiting"
    TO_MAKE = "to_make"
    MAKING = "making"
    READY = "ready"
    FETCHED = "fetched"
    FAILED = "failed"
    DECLINED = "declined"
    LOST = "lost"
    REMOVED = "removed"
    ELSEWHERE = "elsewhere"


ASKED_AGAIN: Final = frozenset({Stage.FAILED, Stage.DECLINED, Stage.LOST, Stage.REMOVED})
"""What can be asked for once more, with the same words."""

ON_THE_WAY: Final = frozenset({Stage.WAITING, Stage.TO_MAKE, Stage.MAKING})
"""What will stand otherwise by itself, or by somebody else's word."""

_IS_DONE: Final = ExportRow.state == ExportState.DONE
_IS_OURS: Final = PackageRow.export_id.is_not(None)
_IS_KEPT: Final = and_(_IS_OURS, IS_THERE)
_IS_WAITING: Final = and_(ExportRow.state == ExportState.REQUESTED, ExportRow.is_unblurred)
_STAGES: Final[Mapping[Stage, ColumnElement[bool]]] = {
    Stage.WAITING: and_(_IS_WAITING, _IS_OURS),
    Stage.TO_MAKE: and_(_IS_OURS, IS_TO_BE_MADE),
    Stage.MAKING: and_(ExportRow.state == ExportState.BEGUN, _IS_OURS),
    Stage.READY: and_(_IS_KEPT, PackageRow.fetched_at.is_(None)),
    Stage.FETCHED: and_(_IS_KEPT, PackageRow.fetched_at.is_not(None)),
    Stage.FAILED: and_(ExportRow.state == ExportState.FAILED, _IS_OURS),
    Stage.DECLINED: and_(ExportRow.state == ExportState.REFUSED, _IS_OURS),
    Stage.LOST: and_(_IS_DONE, PackageRow.lost_at.is_not(None), PackageRow.removed_at.is_(None)),
    Stage.REMOVED: and_(_IS_DONE, PackageRow.removed_at.is_not(None)),
    Stage.ELSEWHERE: PackageRow.export_id.is_(None),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the book.

    Attributes:
        row: what was asked for.
        package: what the desk makes of it; None where the command line did.
        unit: whose the event is, None where nobody has said.
        case_id, case_unit: of the case the event belongs to, and who has it now; None for none.
    """

    row: ExportRow
    package: PackageRow | None
    unit: str | None
    case_id: str | None
    case_unit: str | None

    @property
    def units(self) -> tuple[str | None, ...]:
        """Whose it is: the commune's where it happened, and that of who has its case."""
        return (self.unit,) if self.case_unit is None else (self.unit, self.case_unit)

    @property
    def stage(self) -> Stage:
        """How far it has got."""
        return _stage(self.row, self.package)

    @property
    def revision(self) -> int:
        """Counts its changes; 0 where nobody counts."""
        return 0 if self.package is None else self.package.revision

    def is_for(self, user_id: str) -> bool:
        """Whether somebody can fetch its package now."""
        is_there = self.stage in (Stage.READY, Stage.FETCHED)
        return is_there and self.row.requested_by == user_id


@dataclass(frozen=True, slots=True)
class BookFilter:
    """Which exports somebody wants to see; None is all of them.

    Attributes:
        stage: how far they have got.
        event_id: of which event.
        asked_by: by whom.
    """

    stage: Stage | None = None
    event_id: str | None = None
    asked_by: str | None = None


@dataclass(frozen=True, slots=True)
class BookPage:
    """Some exports, and where the next page begins (None at the end)."""

    entries: Sequence[Entry]
    following: NewestPlace | None


def page_of_exports(
    session: Session,
    units: Units,
    wanted: BookFilter,
    *,
    behind: NewestPlace | None = None,
    limit: int = 50,
) -> BookPage:
    """A page of the book, the newest first.

    Args:
        session: a reading one.
        units: whose exports may be seen.
        wanted: which.
        behind: the last export of the page before.
        limit: how many at most.
    """
    rows = _rows(units, wanted)
    if behind is not None:
        rows = rows.where(is_behind(behind, ExportRow.requested_at, ExportRow.id))
    order = rows.order_by(ExportRow.requested_at.desc(), ExportRow.id.desc())
    found = [Entry(*row) for row in session.execute(order.limit(limit + 1))]
    last = found[limit - 1].row if len(found) > limit else None
    following = None if last is None else NewestPlace(last.requested_at, last.id)
    return BookPage(found[:limit], following)


def count_exports(session: Session, units: Units, wanted: BookFilter) -> int:
    """How many there are."""
    rows = _rows(units, wanted).with_only_columns(func.count())
    return session.scalar(rows) or 0


def count_for_agreement(session: Session, units: Units, user_id: str) -> int:
    """How many wait for somebody's word: not those that he asked for himself."""
    rows = _rows(units, BookFilter(Stage.WAITING)).where(ExportRow.requested_by != user_id)
    return session.scalar(rows.with_only_columns(func.count())) or 0


def seen_export(session: Session, units: Units, export_id: str) -> Entry:
    """An export where somebody may look.

    Raises:
        NotFound: there is none, or it is another unit's: the answer does not tell which.
    """
    rows = _rows(units, BookFilter()).where(ExportRow.id == export_id)
    found = session.execute(rows).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such export."))
    return Entry(*found)


def place_from(text: str) -> NewestPlace | None:
    """Where a page begins, as it stands in an address; None for the beginning.

    Raises:
        NotFound: this is no cursor of ours.
    """
    if not text:
        return None
    try:
        place = place_in(text)
    except (ValueError, OverflowError) as error:
        raise NotFound(N_("There is no such page of the book.")) from error
    if _ID.fullmatch(place.id) is None:
        raise NotFound(N_("There is no such page of the book."))
    return place


def _stage(row: ExportRow, package: PackageRow | None) -> Stage:
    if package is None:
        return Stage.ELSEWHERE
    if row.state is ExportState.DONE:
        if package.removed_at is not None:
            return Stage.REMOVED
        if package.lost_at is not None:
            return Stage.LOST
        return Stage.READY if package.fetched_at is None else Stage.FETCHED
    if row.state is ExportState.REQUESTED:
        return Stage.WAITING if row.is_unblurred else Stage.TO_MAKE
    return _OTHERS[row.state]


_OTHERS: Final[Mapping[ExportState, Stage]] = {
    ExportState.APPROVED: Stage.TO_MAKE,
    ExportState.BEGUN: Stage.MAKING,
    ExportState.FAILED: Stage.FAILED,
    ExportState.REFUSED: Stage.DECLINED,
}


def _rows(units: Units, wanted: BookFilter) -> Select[ExportRow, PackageRow, str | None, str, str]:
    rows = (
        select(ExportRow, PackageRow, ReviewRow.unit, CaseRow.id, CaseRow.unit)
        .select_from(ExportRow)
        .outerjoin(PackageRow, PackageRow.export_id == ExportRow.id)
        .outerjoin(ReviewRow, ReviewRow.event_id == ExportRow.event_id)
        .outerjoin(CaseEventRow, CaseEventRow.event_id == ExportRow.event_id)
        .outerjoin(CaseRow, CaseRow.id == CaseEventRow.case_id)
    )
    if units is not None:
        rows = rows.where(or_(ReviewRow.unit.in_(units), CaseRow.unit.in_(units)))
    if wanted.stage is not None:
        rows = rows.where(_STAGES[wanted.stage])
    if wanted.event_id is not None:
        rows = rows.where(ExportRow.event_id == wanted.event_id)
    if wanted.asked_by is not None:
        rows = rows.where(ExportRow.requested_by == wanted.asked_by)
    return rows
