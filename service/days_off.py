"""Public holidays for the collection rounds of a site: most rounds are not made on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from litterwatch.detector.errors import ConfigError, StoreError
from litterwatch.detector.types import Site
from litterwatch.service.cameras_file import CamerasRead
from litterwatch.service.cases.facts import work_calendar
from litterwatch.service.db import Database
from litterwatch.service.runtime.supervisor import CameraList


def days_off(session: Session) -> tuple[str, ...]:
    """Every known public holiday, such as "2026-09-02"; Saturdays and Sundays are no holidays."""
    days = work_calendar(session).days.values()
    return tuple(sorted(each.day.isoformat() for each in days if not each.is_workday))


def on_calendar(site: Site, days: Sequence[str]) -> Site:
    """The site with its holidays; one without rounds does not depend on any."""
    if not any(zone.rounds for zone in site.zones):
        return site
    return replace(site, days_off=tuple(days))


@dataclass(slots=True)
class CamerasOnCalendar:
    """A list of cameras whose sites know the holidays of the desk; a change of those is noticed.

    Args:
        cameras: the list.
        database: where the holidays are set.
    """

    cameras: CameraList
    database: Database

    def read(self) -> CamerasRead:
        """The cameras as their list and the calendar say now.

        Raises:
            ConfigError: the list or the database cannot be read.
        """
        days = self._days()
        read = self.cameras.read()
        entries = tuple(
            replace(entry, site=on_calendar(entry.site, days)) for entry in read.entries
        )
        return replace(read, entries=entries, stamp=(*read.stamp, days))

    def stamp(self, files: tuple[Path, ...]) -> tuple[object, ...]:
        """Another value when the list or a holiday has changed.

        Raises:
            ConfigError: the list or the database cannot be read.
        """
        return (*self.cameras.stamp(files), self._days())

    def _days(self) -> tuple[str, ...]:
        try:
            with self.database.reading() as session:
                return days_off(session)
        except StoreError as error:
            raise ConfigError(f"The holidays cannot be read: {error}") from error
