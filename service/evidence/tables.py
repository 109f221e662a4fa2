"""What is known about each evidence file, what is to be removed, and who did what."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.chain import Link
from litterwatch.service.db import Base, Key, Name, RelativePath, Sha256, Utc, choice


class Role(StrEnum):
    """What a file shows."""

    CLIP = "clip"
    STILL_BEFORE = "still_before"
    STILL_ACT = "still_act"
    STILL_AFTER = "still_after"
    ACTOR = "actor"
    MANIFEST = "manifest"


class EvidenceRow(Base):
    """One file of an event: there, whole and unchanged as long as this row stands.

    `path` is relative to the data folder, with forward slashes. `t_start` and `t_end` say which
    media time the file shows, s: equal for a still, None for the manifest.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("event_id", "role"),)

    path: Mapped[RelativePath] = mapped_column(primary_key=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"))
    role: Mapped[Role] = mapped_column(choice(Role))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[Sha256]
    media_type: Mapped[str] = mapped_column(String(64))
    t_start: Mapped[float | None]
    t_end: Mapped[float | None]
    created_at: Mapped[Utc]


class GarbageRow(Base):
    """A file that may lie about without a row: about to be written, or to be removed.

    The row for `clip.mp4` also covers `clip.part.mp4`, under which the file is being written.
    """

    __tablename__ = "garbage"

    path: Mapped[RelativePath] = mapped_column(primary_key=True)
    reason: Mapped[Name]
    created_at: Mapped[Utc]


class CustodyRow(Link):
    """One link of the chain of custody; only appended, each holds the hash of the one before."""

    __tablename__ = "custody"
