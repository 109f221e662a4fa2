"""Sites, the register of cameras, zones."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, JsonMap, Key, Name, Sha256, Utc, UtcDateTime, choice


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
    """A camera as the register has it: the one list of cameras there is.

    Footage of the live camera is called by its `id`; `source` is how the names of recordings
    begin that belong to it, empty for none. A camera that nobody has placed yet has no site. One
    that was removed stays, unseen, because evidence names the versions of its zones.
    """

    __tablename__ = "camera_register"

    id: Mapped[Key] = mapped_column(primary_key=True)
    site_id: Mapped[Key | None] = mapped_column(ForeignKey("sites.id"), index=True)
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
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ZonesRow(Base):
    """One version of a camera's zones, in the shape of a site file; never changed.

    `made_by` is nobody for zones that came from the command line. `preset` is the token of the
    PTZ preset they belong to, none for a camera that stands.
    """

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("camera_id", "version"),)

    id: Mapped[Key] = mapped_column(primary_key=True)
    camera_id: Mapped[Key] = mapped_column(ForeignKey("camera_register.id"))
    version: Mapped[int]
    document: Mapped[JsonMap]
    sha256: Mapped[Sha256]
    note: Mapped[str] = mapped_column(Text, default="")
    preset: Mapped[Name | None]
    made_by: Mapped[Key | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Utc]
