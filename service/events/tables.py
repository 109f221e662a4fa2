"""Footage that was scanned, and the suspected events found in it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.detector.types import EventKind, EventState, Label
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


class FootageState(StrEnum):
    """How far a scan has got with one file."""

    SCANNING = "scanning"
    DONE = "done"
    FAILED = "failed"


class FootageRow(Base):
    """One source, judged by one model under one configuration.

    A file; or a stretch of watching a live camera, and then `live_since` is set, `source` is the
    camera, and `zones_version` says which of its zones in the register were in force.
    """

    __tablename__ = "footage"

    id: Mapped[Key] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    sha256: Mapped[Sha256 | None] = mapped_column(String(64), index=True)
    size: Mapped[int | None] = mapped_column(BigInteger)
    duration: Mapped[float | None]
    codec: Mapped[str | None] = mapped_column(String(64))
    width: Mapped[int | None]
    height: Mapped[int | None]
    fps: Mapped[float | None]
    rotation: Mapped[int | None]
    captured_from: Mapped[datetime | None] = mapped_column(UtcDateTime())
    live_since: Mapped[datetime | None] = mapped_column(UtcDateTime())
    zones_version: Mapped[int | None]
    state: Mapped[FootageState] = mapped_column(choice(FootageState))
    error: Mapped[str | None] = mapped_column(Text)
    config_sha256: Mapped[Sha256]
    model_name: Mapped[Name]
    model_sha256: Mapped[Sha256]
    software: Mapped[str] = mapped_column(String(64))
    frames_decoded: Mapped[int] = mapped_column(BigInteger, default=0)
    frames_analysed: Mapped[int] = mapped_column(BigInteger, default=0)
    frames_inferred: Mapped[int] = mapped_column(BigInteger, default=0)
    wall_seconds: Mapped[float] = mapped_column(default=0.0)
    gaps: Mapped[JsonList] = mapped_column(default=list)
    tally: Mapped[JsonMap] = mapped_column(default=dict)
    started_at: Mapped[Utc]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)


class EventRow(Base):
    """A suspicion with reasons, never a verdict.

    Times are seconds of media time; boxes are [x, y, w, h] in pixels of the full picture as
    displayed. `version` is the SHA-256 of what the machine said. `features` and `scoring` are
    enough to compute `score` again; events recorded before that was so have no `scoring`. The clock
    is that of a live camera, camera minus host, s, as last measured before the event was recorded.
    """

    __tablename__ = "events"

    id: Mapped[Key] = mapped_column(primary_key=True)
    footage_id: Mapped[Key] = mapped_column(ForeignKey("footage.id"), index=True)
    machine_id: Mapped[Name]
    version: Mapped[Sha256]
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    state: Mapped[EventState] = mapped_column(choice(EventState))
    score: Mapped[float]
    t_enter: Mapped[float | None]
    t_release: Mapped[float]
    t_release_uncertainty: Mapped[float]
    t_provisional: Mapped[float]
    t_confirmed: Mapped[float | None]
    t_actor_left: Mapped[float | None]
    box: Mapped[JsonList]
    actor_box: Mapped[JsonList | None]
    actor_label: Mapped[Label | None] = mapped_column(choice(Label))
    actor_ambiguous: Mapped[bool]
    zone: Mapped[Name]
    n_items: Mapped[int]
    features: Mapped[JsonMap]
    scoring: Mapped[JsonMap] = mapped_column(default=dict)
    reasons: Mapped[JsonList]
    clock_error: Mapped[float | None]
    clock_uncertainty: Mapped[float | None]
    clock_measured_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc] = mapped_column(index=True)
