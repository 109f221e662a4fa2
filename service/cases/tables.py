"""Cases, their history, the people involved, days off, and the cleaning of the place."""

from datetime import date, datetime
from enum import StrEnum
from typing import Never

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.detector.errors import NotAllowed
from litterwatch.service.cases.site_track import SiteState
from litterwatch.service.cases.state import CaseState, Lane
from litterwatch.service.db import Base, JsonMap, Key, Name, Sha256, Utc, UtcDateTime, choice


class CaseRow(Base):
    """One case as it stands; how it got there is in its entries.

    `fields` holds what officers typed in with each move, by move. Days are local. `version` counts
    the moves, for whoever must not overtake another. `due_on` and `warn_on` are copies: of the
    nearest deadline, so that a list can be ordered by it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_unit_state", "unit", "state"),
        Index("ix_cases_due_on", "due_on", "id"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    state: Mapped[CaseState] = mapped_column(choice(CaseState))
    previous: Mapped[CaseState | None] = mapped_column(choice(CaseState))
    version: Mapped[int]
    unit: Mapped[Key]
    target_unit: Mapped[Key | None]
    lane: Mapped[Lane] = mapped_column(choice(Lane))
    occurred_on: Mapped[date | None] = mapped_column(Date)
    taken_on: Mapped[date | None] = mapped_column(Date)
    identified_on: Mapped[date | None] = mapped_column(Date)
    record_on: Mapped[date | None] = mapped_column(Date)
    act_id: Mapped[Key | None]
    is_extended: Mapped[bool] = mapped_column(default=False)
    is_complex: Mapped[bool] = mapped_column(default=False)
    was_transferred: Mapped[bool] = mapped_column(default=False)
    is_organisation: Mapped[bool] = mapped_column(default=False)
    may_be_minor: Mapped[bool] = mapped_column(default=False)
    proposed_by: Mapped[Name | None]
    recorded_by: Mapped[Name | None]
    fields: Mapped[JsonMap]
    due_on: Mapped[date | None] = mapped_column(Date)
    warn_on: Mapped[date | None] = mapped_column(Date)
    opened_at: Mapped[Utc]
    updated_at: Mapped[Utc]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class CaseEventRow(Base):
    """An event that a case is about; an event belongs to one case at most."""

    __tablename__ = "case_events"

    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), primary_key=True)
    case_id: Mapped[Key] = mapped_column(ForeignKey("cases.id"), index=True)
    added_at: Mapped[Utc]


class CaseEntryRow(Base):
    """One line of a case's history; only appended, each holds the hash of the one before."""

    __tablename__ = "case_entries"

    case_id: Mapped[Key] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Utc]
    actor: Mapped[Name]
    office: Mapped[Name]
    unit: Mapped[Name]
    move: Mapped[Name]
    source: Mapped[Name]
    target: Mapped[Name]
    detail: Mapped[JsonMap]
    previous: Mapped[Sha256]
    hash: Mapped[Sha256]


class IdentityRow(Base):
    """Who is involved in a case, encrypted, as an officer typed it; earlier versions stay."""

    __tablename__ = "case_identities"

    case_id: Mapped[Key] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str] = mapped_column(Text)
    typed_by: Mapped[Name]
    typed_at: Mapped[Utc]


class PaperKind(StrEnum):
    """What a paper in a dossier is."""

    RESULT_RECORD = "result_record"
    NOTICE = "notice"
    RECORD = "record"
    DECISION = "decision"
    OTHER = "other"


class PaperRow(Base):
    """A paper in a case's dossier; its sheets are numbered on from those before it."""

    __tablename__ = "case_papers"

    case_id: Mapped[Key] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind))
    title: Mapped[str] = mapped_column(Text)
    sheets: Mapped[int]
    added_by: Mapped[Name]
    added_at: Mapped[Utc]


class HolidayRow(Base):
    """A day that is not what its weekday says, as the office has set it."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[Name]
    is_workday: Mapped[bool]
    set_by: Mapped[Name]
    set_at: Mapped[Utc]


class HolidayYearRow(Base):
    """A year for which somebody has said that all its days off are entered."""

    __tablename__ = "holiday_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    set_by: Mapped[Name]
    set_at: Mapped[Utc]


class SiteTrackRow(Base):
    """The cleaning of a place; it never waits for the case beside it."""

    __tablename__ = "site_tracks"

    id: Mapped[Key] = mapped_column(primary_key=True)
    case_id: Mapped[Key | None] = mapped_column(ForeignKey("cases.id"), index=True)
    unit: Mapped[Key] = mapped_column(String(64), index=True)
    place: Mapped[str] = mapped_column(Text)
    state: Mapped[SiteState] = mapped_column(choice(SiteState))
    version: Mapped[int]
    cleaned_on: Mapped[date | None] = mapped_column(Date)
    reported_at: Mapped[Utc]
    updated_at: Mapped[Utc]


class SiteEntryRow(Base):
    """One line of a place's history, with its photo; only appended, chained by hash."""

    __tablename__ = "site_entries"

    track_id: Mapped[Key] = mapped_column(ForeignKey("site_tracks.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Utc]
    actor: Mapped[Name]
    office: Mapped[Name]
    unit: Mapped[Name]
    move: Mapped[Name]
    source: Mapped[Name]
    target: Mapped[Name]
    detail: Mapped[JsonMap]
    photo: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous: Mapped[Sha256]
    hash: Mapped[Sha256]


@event.listens_for(CaseEntryRow, "before_update")
@event.listens_for(CaseEntryRow, "before_delete")
@event.listens_for(SiteEntryRow, "before_update")
@event.listens_for(SiteEntryRow, "before_delete")
@event.listens_for(IdentityRow, "before_update")
def _refuse(*_: object) -> Never:
    raise NotAllowed("History is only appended.")
