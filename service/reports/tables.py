"""Citizens' reports and what they sent with them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, Key, Name, RelativePath, Sha256, Utc, UtcDateTime, choice


class Channel(StrEnum):
    """How a report came in."""

    IN_PERSON = "in_person"
    EMAIL = "email"
    PORTAL = "portal"
    APP = "app"
    HOTLINE = "hotline"
    POST = "post"
    API = "api"


class ReportState(StrEnum):
    """How far a report has got."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    FORWARDED = "forwarded"
    DISMISSED = "dismissed"
    ANSWERED = "answered"


class ReportRow(Base):
    """One report. Who sent it is encrypted, and in no other column.

    `receipt` is the SHA-256 of the code that the sender got; the code itself is not kept.
    """

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_state_received_at", "state", "received_at", "id"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    receipt: Mapped[Sha256] = mapped_column(unique=True)
    state: Mapped[ReportState] = mapped_column(choice(ReportState))
    version: Mapped[int]
    channel: Mapped[Channel] = mapped_column(choice(Channel))
    unit: Mapped[Key] = mapped_column(index=True)
    place: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    occurred_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    text: Mapped[str] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(Text)
    wants_reply: Mapped[bool]
    case_id: Mapped[Key | None] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    reply: Mapped[str | None] = mapped_column(Text)
    received_by: Mapped[Name]
    received_at: Mapped[Utc]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ReportEventRow(Base):
    """An event that a report speaks of, as somebody has found who saw both."""

    __tablename__ = "report_events"

    report_id: Mapped[Key] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), primary_key=True, index=True)
    linked_by: Mapped[Name]
    linked_at: Mapped[Utc]


class UploadState(StrEnum):
    """Whether an upload's files are whole."""

    RECEIVING = "receiving"
    STORED = "stored"


class UploadRow(Base):
    """A file that came with a report, as it came, and the clean copy that people look at.

    The row is there before the files are; one that stays `receiving` was cut off. `metadata_sealed`
    is what the file said about itself, encrypted: places and telephones are personal data.
    """

    __tablename__ = "uploads"

    id: Mapped[Key] = mapped_column(primary_key=True)
    report_id: Mapped[Key] = mapped_column(ForeignKey("reports.id"), index=True)
    state: Mapped[UploadState] = mapped_column(choice(UploadState))
    original_path: Mapped[RelativePath]
    original_sha256: Mapped[Sha256 | None]
    original_size: Mapped[int | None] = mapped_column(BigInteger)
    copy_path: Mapped[RelativePath | None]
    copy_sha256: Mapped[Sha256 | None]
    copy_size: Mapped[int | None] = mapped_column(BigInteger)
    media_type: Mapped[Name | None]
    metadata_sealed: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[Utc]
