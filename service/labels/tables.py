"""Pictures worth marking, what people marked in them, permissions, what the machine passed over."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.detector.types import Label
from litterwatch.labelling.records import HardNegative, Origin
from litterwatch.service.db import (
    Base,
    JsonList,
    Key,
    Name,
    RelativePath,
    Sha256,
    Utc,
    UtcDateTime,
    choice,
)
from litterwatch.service.reviews.state import RejectReason
from litterwatch.service.users.roles import Role


class LabelState(StrEnum):
    """How far a picture has got."""

    WAITING = "waiting"
    BEGUN = "begun"
    VERIFIED = "verified"
    GONE = "gone"


class MarkingState(StrEnum):
    """How far somebody has got with a picture."""

    DRAFT = "draft"
    VERIFIED = "verified"


class CandidateRow(Base):
    """A picture of something that became no event, or of somebody who stayed, drawn by lot.

    `box` is [x, y, w, h], px of the picture. `share` is the probability with which it was drawn:
    its inverse is its weight. `path` is relative to the data folder; the file goes when it is old
    or when there are too many (`removed_at`), the row stays.
    """

    __tablename__ = "label_candidates"

    id: Mapped[Key] = mapped_column(primary_key=True)
    footage_id: Mapped[Key] = mapped_column(ForeignKey("footage.id"), index=True)
    origin: Mapped[Origin] = mapped_column(choice(Origin))
    code: Mapped[Name]
    score: Mapped[float | None]
    actor_label: Mapped[Label | None] = mapped_column(choice(Label))
    media_time: Mapped[float]
    box: Mapped[JsonList]
    share: Mapped[float]
    path: Mapped[RelativePath]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[Sha256]
    created_at: Mapped[Utc] = mapped_column(index=True)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class LabelRow(Base):
    """A picture worth marking, and what people and the machine have said about it.

    It comes from a verdict on an event, from a report of something missed, or from a candidate.
    `box` is what the machine took for a deposit, [x, y, w, h], px of the full picture as displayed;
    `track` the ids of the tracks that explain it; `media_time` that of the picture, s. A verdict
    that is taken back leaves the row with `is_standing` false. `looks` and `doubt` are what the
    queue is chosen by, `batch` and `place` where it stands in it.
    """

    __tablename__ = "labels"
    __table_args__ = (
        Index("ix_labels_standing_state", "is_standing", "state", "batch", "place"),
        Index("ix_labels_source", "source"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    origin: Mapped[Origin] = mapped_column(choice(Origin))
    event_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("events.id"), index=True)
    missed_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("missed_events.id"))
    candidate_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("label_candidates.id"))
    source: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(String(16), index=True)
    media_time: Mapped[float]
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    box: Mapped[JsonList | None]
    track: Mapped[Name]
    score: Mapped[float | None]
    model_name: Mapped[Name]
    model_sha256: Mapped[Sha256]
    reason: Mapped[RejectReason | None] = mapped_column(choice(RejectReason))
    negative: Mapped[HardNegative | None] = mapped_column(choice(HardNegative))
    verdict_at: Mapped[Utc]
    is_standing: Mapped[bool] = mapped_column(default=True)
    state: Mapped[LabelState] = mapped_column(choice(LabelState), default=LabelState.WAITING)
    looks: Mapped[JsonList | None]
    doubt: Mapped[float | None]
    batch: Mapped[int | None]
    place: Mapped[int | None]
    made_at: Mapped[Utc]
    changed_at: Mapped[Utc]


class MarkingRow(Base):
    """The boxes of one person in one picture.

    `number` counts his pictures from 1. `boxes` is a list of {box: [x, y, w, h], label, sure}, px
    of the full picture as displayed. `revision` goes up with every change: who names an old one is
    told and changes nothing. `request_key` is that of the last change: the same one again changes
    nothing. `is_repeat`: the picture was marked by somebody else before, to see how far two people
    agree; it is not trained on. `drafted` is what the machine proposed.
    """

    __tablename__ = "label_markings"
    __table_args__ = (
        UniqueConstraint("label_id", "labeller"),
        UniqueConstraint("labeller", "number"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    label_id: Mapped[Key] = mapped_column(ForeignKey("labels.id"))
    labeller: Mapped[Key] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    is_repeat: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MarkingState] = mapped_column(choice(MarkingState))
    revision: Mapped[int]
    boxes: Mapped[JsonList]
    drafted: Mapped[JsonList]
    drafted_by: Mapped[Sha256]
    width: Mapped[int]
    height: Mapped[int]
    picture_sha256: Mapped[Sha256]
    request_key: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[Utc]
    changed_at: Mapped[Utc]
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class PermitRow(Base):
    """Somebody's word that pictures may be used for training: of one event, or of one recording.

    One for a recording (`source`) does not cover what is a case. `role` is in which he gave it.
    """

    __tablename__ = "training_permits"
    __table_args__ = (Index("ix_training_permits_source", "source"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    event_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("events.id"), index=True)
    source: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(choice(Role))
    given_by: Mapped[Key] = mapped_column(ForeignKey("users.id"))
    given_at: Mapped[Utc]
    withdrawn_by: Mapped[str | None] = mapped_column(String(64), ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
