"""Cameras that are watched, their sealed logins, and the versions of their site files."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, Key, Name, Sha256, Utc, UtcDateTime


class CameraSecretRow(Base):
    """A login, sealed: see vault.py."""

    __tablename__ = "camera_secrets"

    id: Mapped[Key] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Utc]


class CameraRow(Base):
    """One camera and how it is reached; no address holds a name or password.

    `probe` is what the last probe found, see probing.py; `site_version` names the site file in
    force, none means one no_dump zone over the whole picture.
    """

    __tablename__ = "cameras"

    id: Mapped[Key] = mapped_column(primary_key=True)
    name: Mapped[Name]
    onvif_address: Mapped[str | None] = mapped_column(Text)
    main_address: Mapped[str | None] = mapped_column(Text)
    sub_address: Mapped[str | None] = mapped_column(Text)
    snapshot_address: Mapped[str | None] = mapped_column(Text)
    secret_id: Mapped[Key | None] = mapped_column(ForeignKey("camera_secrets.id"))
    site_version: Mapped[int | None]
    probe: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    probed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc]


class CameraSiteRow(Base):
    """A site file as it was given; never changed, only followed by another version.

    `preset` is the token of the PTZ preset its zones belong to; none for a camera that stands.
    """

    __tablename__ = "camera_sites"

    camera_id: Mapped[Key] = mapped_column(
        ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[Sha256]
    preset: Mapped[Name | None]
    created_at: Mapped[Utc]
