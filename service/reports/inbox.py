"""The inbox: reports of one's units, the newest first; senders stay sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotFound
from litterwatch.service.newest import NewestPlace, is_behind, place_in
from litterwatch.service.reports.tables import ReportRow, ReportState, UploadRow, UploadState
from litterwatch.service.texts import N_

Units = frozenset[str] | None
"""The units whose reports somebody sees; None for all."""


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports somebody wants to see; None is all of them."""

    state: ReportState | None = ReportState.RECEIVED
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class PageOfReports:
    """Some reports, how many files each has, and where the next page begins."""

    reports: Sequence[ReportRow]
    files: dict[str, int]
    following: NewestPlace | None


def page_of_reports(
    session: Session,
    units: Units,
    wanted: ReportFilter,
    behind: NewestPlace | None = None,
    limit: int = 50,
) -> PageOfReports:
    """A page of the inbox; two queries, however long it is."""
    rows = select(ReportRow).where(*_conditions(units, wanted))
    if behind is not None:
        rows = rows.where(is_behind(behind, ReportRow.received_at, ReportRow.id))
    ordered = rows.order_by(ReportRow.received_at.desc(), ReportRow.id.desc())
    found = session.scalars(ordered.limit(limit + 1)).all()
    page = found[:limit]
    files = session.execute(
        select(UploadRow.report_id, func.count())
        .where(
            UploadRow.report_id.in_([row.id for row in page]),
            UploadRow.state == UploadState.STORED,
        )
        .group_by(UploadRow.report_id)
    )
    last = page[-1] if len(found) > limit else None
    return PageOfReports(
        page,
        {row[0]: row[1] for row in files},
        None if last is None else NewestPlace(last.received_at, last.id),
    )


def count_reports(session: Session, units: Units, wanted: ReportFilter) -> dict[ReportState, int]:
    """How many reports there are in each state under the other filters."""
    matching = _conditions(units, replace(wanted, state=None))
    rows = session.execute(
        select(ReportRow.state, func.count()).where(*matching).group_by(ReportRow.state)
    )
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in ReportState}


def visible_report(session: Session, units: Units, report_id: str) -> ReportRow:
    """A report where somebody may look.

    Raises:
        NotFound: there is none, or it is another unit's: the answer does not tell which.
    """
    row = session.get(ReportRow, report_id)
    if row is None or (units is not None and row.unit not in units):
        raise NotFound(N_("There is no such report."))
    return row


def files_of_report(session: Session, report_id: str) -> Sequence[UploadRow]:
    """The files that came with a report and are whole."""
    rows = select(UploadRow).where(
        UploadRow.report_id == report_id, UploadRow.state == UploadState.STORED
    )
    return session.scalars(rows.order_by(UploadRow.received_at, UploadRow.id)).all()


def place_from(text: str) -> NewestPlace | None:
    """Where a page begins, as it stands in an address; None for the beginning.

    Raises:
        NotFound: this is no cursor of ours.
    """
    if not text:
        return None
    try:
        return place_in(text)
    except (ValueError, OverflowError) as error:
        raise NotFound(N_("There is no such page of the list.")) from error


def _conditions(units: Units, wanted: ReportFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if units is not None:
        found.append(ReportRow.unit.in_(units))
    if wanted.state is not None:
        found.append(ReportRow.state == wanted.state)
    if wanted.unit is not None:
        found.append(ReportRow.unit == wanted.unit)
    return found
