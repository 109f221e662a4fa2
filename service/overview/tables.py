"""How long each live camera has watched, day by day."""

from datetime import date

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from litterwatch.service.db import Base, Name


class CameraDayRow(Base):
    """One live camera on one day (local): seconds in which pictures came and showed something."""

    __tablename__ = "camera_days"

    source: Mapped[Name] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    seconds: Mapped[float]
