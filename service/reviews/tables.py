"""Where each event stands, every step that led there, and events the machine has missed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.detector.types import EventKind
from litterwatch.service.db import (
    Base,
    JsonList,
    JsonMap,
    Key,
    Name,
    Sha256,
    Utc,
    UtcDateTime,
    choice,
)
from litterwatch.service.reviews.state import Action, RejectReason, ReviewState
from litterwatch.service.users.roles import Role


class ReviewRow(Base):
    """Where an event stands.

    `kind` to `unit` are copies, so that the queue is read from one index; `moment` is when it
    happened, or when it was found where nobody knows the hour. `revision` goes up with every step:
    an order that names an old one is refused. `is_withdrawn`: the machine has taken the event back,
    or a later scan of the same footage has replaced it, before anybody looked.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        # A page of the queue is read from one index, in its order, with and without a state, by
        # whoever sees all and by whoever sees one commune; the kind is looked at within the index.
        *(
            Index(f"ix_reviews_{name}_{order}", "is_withdrawn", *columns, order, "event_id", "kind")
            for name, columns in (
                ("state", ("state",)),
                ("unit_state", ("unit", "state")),
                ("any", ()),
                ("unit", ("unit",)),
            )
            for order in ("score", "moment")
        ),
        Index("ix_reviews_state_changed", "is_withdrawn", "state", "changed_at", "event_id"),
        Index("ix_reviews_withdrawn_source", "is_withdrawn", "source", "state"),
        Index("ix_reviews_source_moment", "source", "moment", "is_withdrawn"),
        # Counts of any filter, and figures of any period, are read from one index each.
        Index("ix_reviews_counts", "is_withdrawn", "unit", "state", "kind", "score"),
        Index("ix_reviews_kinds", "is_withdrawn", "kind", "state", "score"),
        Index("ix_reviews_unit_source", "is_withdrawn", "unit", "source"),
        Index("ix_reviews_claimed", "claimed_by", "is_withdrawn", "state"),
        Index(
            "ix_reviews_figures", "is_withdrawn", "moment", "state", "unit", "is_dated", "source"
        ),
    )

    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"), primary_key=True)
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState))
    revision: Mapped[int] = mapped_column(default=1)
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    score: Mapped[float]
    source: Mapped[str] = mapped_column(Text)
    moment: Mapped[Utc]
    is_dated: Mapped[bool]
    unit: Mapped[str | None] = mapped_column(String(16), index=True)
    claimed_by: Mapped[str | None] = mapped_column(String(64), ForeignKey("users.id"))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    act: Mapped[EventKind | None] = mapped_column(choice(EventKind))
    reason: Mapped[RejectReason | None] = mapped_column(choice(RejectReason))
    parent_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("events.id"))
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    event_version: Mapped[Sha256]
    changed_at: Mapped[Utc] = mapped_column(index=True)


class StepRow(Base):
    """One step of an event's life, by whom, in which role, why; never changed.

    `audit_hash` is the hash of the log's row about the same step. `before` holds what the step
    replaced, so that it can be undone; `undoes` is the number of the step that this one took back.
    `request_key` is the caller's own name for an order: the same one twice is carried out once.
    """

    __tablename__ = "review_steps"
    __table_args__ = (UniqueConstraint("actor", "request_key"),)

    event_id: Mapped[Key] = mapped_column(ForeignKey("reviews.event_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[Action] = mapped_column(choice(Action))
    from_state: Mapped[ReviewState | None] = mapped_column(choice(ReviewState))
    to_state: Mapped[ReviewState] = mapped_column(choice(ReviewState))
    actor: Mapped[Name] = mapped_column(index=True)
    role: Mapped[Role | None] = mapped_column(choice(Role))
    unit: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[Utc]
    reason: Mapped[RejectReason | None] = mapped_column(choice(RejectReason))
    note: Mapped[str] = mapped_column(Text, default="")
    detail: Mapped[JsonMap] = mapped_column(default=dict)
    before: Mapped[JsonMap] = mapped_column(default=dict)
    undoes: Mapped[int | None]
    request_key: Mapped[str | None] = mapped_column(String(64))
    audit_hash: Mapped[Sha256 | None]


class Happening(StrEnum):
    """What has become of an event."""

    NEW = "new"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


class ChangeRow(Base):
    """One line of news, for whoever follows the queue; numbers have the order of the commits.

    Kept for 30 days (service/pruning.py); the newest always, so that numbers never go back.

    The other columns are as the review was then.
    """

    __tablename__ = "event_changes"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[Key] = mapped_column(ForeignKey("reviews.event_id"))
    what: Mapped[Happening] = mapped_column(choice(Happening))
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState))
    revision: Mapped[int]
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    unit: Mapped[str | None] = mapped_column(String(16))
    moment: Mapped[Utc]
    at: Mapped[Utc]


class MissedRow(Base):
    """Something a person saw in footage and the machine did not."""

    __tablename__ = "missed_events"

    id: Mapped[Key] = mapped_column(primary_key=True)
    footage_id: Mapped[Key] = mapped_column(ForeignKey("footage.id"), index=True)
    event_id: Mapped[Key] = mapped_column(ForeignKey("events.id"))
    media_time: Mapped[float]
    box: Mapped[JsonList | None]
    note: Mapped[str] = mapped_column(Text)
    reported_by: Mapped[Key] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[Utc]
