"""Cameras that are watched, with sites that know the public holidays of the desk."""

from dataclasses import dataclass, replace
from pathlib import Path

from litterwatch.detector.errors import ConfigError, StoreError
from litterwatch.service.cameras_file import CamerasRead
from litterwatch.service.days_off import days_off, on_calendar
from litterwatch.service.db import Database
from litterwatch.service.runtime.supervisor import CameraList


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
