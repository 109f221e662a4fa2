"""How cameras of the register are reached live: addresses, sealed logins, clocks, probes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.camera_adapters.connection import Transport
from litterwatch.service.db import Base, Key, Utc, UtcDateTime, choice


class CameraSecretRow(Base):
    """A login, or what a camera's certificate must be, sealed: see vault.py and trusting.py."""

    __tablename__ = "camera_secrets"

    id: Mapped[Key] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Utc]


class CameraRow(Base):
    """How a camera of the register is reached; no address holds a name or password.

    What it is called, where it stands and which zones are in force is in the register
    (service/sites). `probe` is what the last probe found, see probing.py. The clock is camera
    minus host, s, as it was last measured.
    """

    __tablename__ = "cameras"

    id: Mapped[Key] = mapped_column(
        ForeignKey("camera_register.id", ondelete="CASCADE"), primary_key=True
    )
    onvif_address: Mapped[str | None] = mapped_column(Text)
    main_address: Mapped[str | None] = mapped_column(Text)
    sub_address: Mapped[str | None] = mapped_column(Text)
    snapshot_address: Mapped[str | None] = mapped_column(Text)
    transport: Mapped[Transport] = mapped_column(
        choice(Transport), default=Transport.TCP, server_default=Transport.TCP.value
    )
    secret_id: Mapped[Key | None] = mapped_column(ForeignKey("camera_secrets.id"))
    probe: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    probed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    clock_error: Mapped[float | None]
    clock_uncertainty: Mapped[float | None]
    clock_measured_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc]
