"""Keys, signatures, exports, holds, rules of retention and deletions."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Date,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, JsonList, Key, Name, Sha256, Utc, UtcDateTime, choice
from litterwatch.service.evidence.envelope import Signed


class SigningKeyRow(Base):
    """The public half of a key that has signed something; kept for ever."""

    __tablename__ = "signing_keys"

    id: Mapped[Key] = mapped_column(primary_key=True)
    public_key: Mapped[str] = mapped_column(String(64))
    first_used_at: Mapped[Utc]


class SignatureRow(Base):
    """A signature, as a detached envelope, and its time stamp when an authority gave one."""

    __tablename__ = "signatures"
    __table_args__ = (UniqueConstraint("kind", "subject", "sha256"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    kind: Mapped[Signed] = mapped_column(choice(Signed))
    subject: Mapped[Name]
    sha256: Mapped[Sha256]
    key_id: Mapped[Key] = mapped_column(ForeignKey("signing_keys.id"))
    envelope: Mapped[str] = mapped_column(Text)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Utc]
    stamped_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ExportState(StrEnum):
    """How far an export has got."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


class ExportRow(Base):
    """One line of the book of exports: what left the building, for whom, why, who agreed."""

    __tablename__ = "exports"

    id: Mapped[Key] = mapped_column(primary_key=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), index=True)
    state: Mapped[ExportState] = mapped_column(choice(ExportState))
    is_unblurred: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[Name]
    requested_office: Mapped[Name]
    requested_unit: Mapped[Name]
    requested_at: Mapped[Utc]
    decided_by: Mapped[Name | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    package_sha256: Mapped[Sha256 | None]
    package_size: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class WhyNot(StrEnum):
    """Why no package could be made."""

    DISK_FULL = "disk_full"
    NO_MODEL = "no_model"
    NOT_AS_STORED = "not_as_stored"
    GONE = "gone"
    INTERRUPTED = "interrupted"
    OTHER = "other"


class PackageRow(Base):
    """An export that the desk makes behind the scenes and keeps, for a while, to be fetched.

    An export of the command line has none. `revision` counts changes, `attempts` how often making
    it began.
    """

    __tablename__ = "packages"

    export_id: Mapped[Key] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    revision: Mapped[int]
    attempts: Mapped[int]
    why: Mapped[WhyNot | None] = mapped_column(choice(WhyNot))
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    lost_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class HeldKind(StrEnum):
    """What can be put under hold."""

    EVENT = "event"
    CASE = "case"


class HoldRow(Base):
    """The event's evidence is not deleted until somebody releases this.

    `subject` is what it is held for: the event itself, or a case that it belongs to.
    """

    __tablename__ = "holds"

    id: Mapped[Key] = mapped_column(primary_key=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), index=True)
    kind: Mapped[HeldKind] = mapped_column(choice(HeldKind))
    subject: Mapped[Key]
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[Name]
    placed_at: Mapped[Utc]
    released_by: Mapped[Name | None]
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    release_reason: Mapped[str | None] = mapped_column(Text)


class RetentionClass(StrEnum):
    """How long evidence is kept depends on what has become of it."""

    UNREVIEWED = "unreviewed"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    CASE_CLOSED = "case_closed"
    CASE_OPEN = "case_open"
    SENDER = "sender"


class RetentionRow(Base):
    """From a day on, evidence of a class is kept for so many days; the latest rule counts.

    `days` is None where nothing of the class is ever deleted.
    """

    __tablename__ = "retention_rules"

    kind: Mapped[RetentionClass] = mapped_column(choice(RetentionClass), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    days: Mapped[int | None]
    basis: Mapped[str] = mapped_column(Text)
    set_by: Mapped[Name]
    set_at: Mapped[Utc]


class DeletionRow(Base):
    """What was deleted, under which rule; the files' hashes stay, their content does not."""

    __tablename__ = "deletions"

    id: Mapped[Key] = mapped_column(primary_key=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), index=True)
    kind: Mapped[RetentionClass] = mapped_column(choice(RetentionClass))
    valid_from: Mapped[date] = mapped_column(Date)
    days: Mapped[int]
    counted_from: Mapped[Utc]
    files: Mapped[JsonList]
    deleted_by: Mapped[Name]
    deleted_at: Mapped[Utc]
