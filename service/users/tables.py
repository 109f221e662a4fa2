"""Accounts, the roles they hold, their sessions, and attempts to get in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from litterwatch.service.db import Base, Key, Name, Sha256, Utc, UtcDateTime, choice
from litterwatch.service.users.roles import Grant, Role


class UserRow(Base):
    """An account. It is never removed, because the log speaks of it; it is switched off.

    `totp_secret` is set when the second factor is on; `totp_proposed` waits for its first code;
    `totp_step` is the last time step whose code was used, so that no code works twice.
    """

    __tablename__ = "users"

    id: Mapped[Key] = mapped_column(primary_key=True)
    login: Mapped[Name] = mapped_column(unique=True)
    name: Mapped[Name]
    password_hash: Mapped[Name]
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(8), default="vi")
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_proposed: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc]
    grant_rows: Mapped[list["GrantRow"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="GrantRow.role, GrantRow.unit"
    )

    @property
    def grants(self) -> tuple[Grant, ...]:
        return tuple(Grant(row.role, row.unit) for row in self.grant_rows)


class GrantRow(Base):
    """A role somebody holds; `unit` is a commune's or ward's code, empty for the province."""

    __tablename__ = "grants"

    user_id: Mapped[Key] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(choice(Role), primary_key=True)
    unit: Mapped[str] = mapped_column(String(16), primary_key=True)


class SessionRow(Base):
    """Somebody at a browser. `id` is the SHA-256 of the cookie, which is not kept.

    `is_complete` is false while the second factor is still to be given.
    """

    __tablename__ = "sessions"

    id: Mapped[Sha256] = mapped_column(primary_key=True)
    user_id: Mapped[Key] = mapped_column(ForeignKey("users.id"), index=True)
    csrf: Mapped[Key]
    is_complete: Mapped[bool]
    address: Mapped[Name]
    created_at: Mapped[Utc]
    seen_at: Mapped[Utc]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class SubjectRow(Base):
    """Whom a sign-in service proves, and the account that is his; `linked_by` may be the system."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[Name] = mapped_column(primary_key=True)
    subject: Mapped[Name] = mapped_column(primary_key=True)
    user_id: Mapped[Key] = mapped_column(ForeignKey("users.id"))
    linked_by: Mapped[Key]
    linked_at: Mapped[Utc]


class AttemptRow(Base):
    """A failed attempt to get in, by where it came from; kept as long as it counts."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_origin_at", "origin", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[Name]
    at: Mapped[Utc]


class FirstRunRow(Base):
    """The one-time token of the first run, as its hash; at most one row."""

    __tablename__ = "first_run"

    token_sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    created_at: Mapped[Utc]
