"""Public holidays reach the rounds of the sites that are watched, and a change is noticed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from litterwatch.camera_adapters.connection import CameraConnection
from litterwatch.detector.types import Round, Site, Zone, ZoneKind
from litterwatch.service.actor import Actor, Office
from litterwatch.service.cameras_file import CameraEntry, CamerasRead
from litterwatch.service.cameras_on_calendar import CamerasOnCalendar
from litterwatch.service.cases.holidays import set_holiday
from litterwatch.service.clock import ManualClock
from litterwatch.service.days_off import days_off, on_calendar
from litterwatch.service.db import Database
from litterwatch.service.wiring import notes_on

SQUARE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
POINT = Zone("point", ZoneKind.COLLECTION_POINT, SQUARE, rounds=(Round((0,), 300, 360),))
WITH, WITHOUT = Site(zones=(POINT,)), Site()
ADMIN = Actor("boss", Office.ADMINISTRATOR)


@dataclass
class Listed:
    """Two cameras, one with rounds."""

    def read(self) -> CamerasRead:
        entries = tuple(
            CameraEntry(CameraConnection(name, f"rtsp://10.0.0.5/{name}"), site)
            for name, site in (("a", WITH), ("b", WITHOUT))
        )
        return CamerasRead(entries, ("same",), ())

    def stamp(self, files: tuple[Path, ...]) -> tuple[object, ...]:
        return ("same",)


def set_day(database: Database, day: date, *, is_workday: bool) -> None:
    with database.writing() as session:
        set_holiday(session, ManualClock(), ADMIN, day=day, name="Lễ", is_workday=is_workday)


def test_holidays_of_the_desk_count_beside_those_that_ship(any_database: Database) -> None:
    set_day(any_database, date(2026, 11, 27), is_workday=False)
    set_day(any_database, date(2026, 11, 28), is_workday=True)
    with any_database.reading() as session:
        days = days_off(session)
    assert {"2026-11-27", "2026-02-17"} <= set(days)
    assert "2026-11-28" not in days, "a Saturday that is worked is no holiday"
    assert on_calendar(WITH, days).days_off == days
    assert on_calendar(WITHOUT, days) is WITHOUT, "nothing there depends on holidays"


def test_a_new_holiday_is_noticed_by_who_watches(any_database: Database) -> None:
    cameras = CamerasOnCalendar(Listed(), any_database)
    before = cameras.read()
    assert cameras.stamp(before.files) == before.stamp
    set_day(any_database, date(2026, 11, 27), is_workday=False)
    assert cameras.stamp(before.files) != before.stamp
    with_rounds, without = cameras.read().entries
    assert "2026-11-27" in with_rounds.site.days_off
    assert without == before.entries[1], "it is not disturbed"


def test_what_could_not_be_applied_is_said() -> None:
    (note,) = notes_on(WITH, None)
    assert "point" in note
    assert "--start" in note
    assert notes_on(WITH, datetime(2026, 11, 27, tzinfo=UTC)) == []
    assert notes_on(WITHOUT, None) == []
