"""Addresses that are told of events, and what is or was to be told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, Key, Name, Utc, UtcDateTime, choice


class WebhookRow(Base):
    """An address that is told of the events of a commune or ward, or of the province (empty).

    `secret` is sealed (service/vault.py). `seen_seq` is the number of the last news that was put
    into the outbox. One that was removed stays, because deliveries speak of it.
    """

    __tablename__ = "webhooks"

    id: Mapped[Key] = mapped_column(primary_key=True)
    name: Mapped[Name]
    address: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    seen_seq: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[Name]
    made_at: Mapped[Utc]
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class DeliveryState(StrEnum):
    """How far a delivery has got."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class DeliveryRow(Base):
    """One message to one address; `body` is sent as it stands, again and again until it is taken.

    `status` is what the last attempt was answered with, None where there was no answer; `why` says
    in words what was wrong with it.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_state_next", "state", "next_at"),
        Index("ix_webhook_deliveries_webhook_made", "webhook_id", "made_at"),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    webhook_id: Mapped[Key] = mapped_column(ForeignKey("webhooks.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(choice(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[Utc]
    status: Mapped[int | None]
    why: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[Utc]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
