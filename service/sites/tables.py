"""Sites, the register of cameras, zones."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, JsonMap, Key, Name, Sha256, Utc, choice


class SiteKind(StrEnum):
    """What sort of place."""

    COLLECTION_POINT = "collection_point"
    STREET = "street"
    PUBLIC_PLACE = "public_place"
    WATERSIDE = "waterside"
    MARKET = "market"
    BLACK_SPOT = "black_spot"
    OTHER = "other"


class Lane(StrEnum):
    """Which rules footage falls under: the state's own means, or what others provide."""

    PROFESSIONAL = "professional"
    PROVIDED = "provided"


class SiteRow(Base):
    """A place in one commune or ward; degrees are WGS84."""

    __tablename__ = "sites"

    id: Mapped[Key] = mapped_column(primary_key=True)
    name: Mapped[Name]
    kind: Mapped[SiteKind] = mapped_column(choice(SiteKind))
    unit: Mapped[str] = mapped_column(String(16), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc]


class CameraEntryRow(Base):
    """A camera as the register has it.

    `source` is how the names of its recordings begin; it says which events are this camera's.
    """

    __tablename__ = "camera_register"

    id: Mapped[Key] = mapped_column(primary_key=True)
    site_id: Mapped[Key] = mapped_column(ForeignKey("sites.id"), index=True)
    name: Mapped[Name]
    source: Mapped[str] = mapped_column(Text)
    lane: Mapped[Lane] = mapped_column(choice(Lane))
    serial: Mapped[Name]
    mac: Mapped[str] = mapped_column(String(32))
    approval_number: Mapped[Name]
    approval_date: Mapped[date | None]
    approval_signer: Mapped[Name]
    conformity: Mapped[Name]
    certificate_until: Mapped[date | None]
    is_sign_installed: Mapped[bool]
    created_at: Mapped[Utc]
    updated_at: Mapped[Utc]


class ZonesRow(Base):
    """One version of a camera's zones, in the shape of a site file; never changed."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("camera_id", "version"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    camera_id: Mapped[Key] = mapped_column(ForeignKey("camera_register.id"))
    version: Mapped[int]
    document: Mapped[JsonMap]
    sha256: Mapped[Sha256]
    note: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[Key] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Utc]
