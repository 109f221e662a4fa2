"""When a collection round is under way, by the clock of Vietnam, and what it does to a thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from litterwatch.detector.deposits.rounds import Collecting, collecting, is_round
from litterwatch.detector.types import WHOLE_FRAME, Round, Site, Zone, ZoneKind

MORNING = Round(weekdays=(0, 3), start=330, end=390)  # Monday, Thursday 05:30-06:30
NIGHT = Round(weekdays=(6,), start=1380, end=1500)  # Sunday 23:00 to Monday 01:00
POINT = Zone("point", ZoneKind.COLLECTION_POINT, WHOLE_FRAME, rounds=(MORNING, NIGHT))
SITE = Site(zones=(POINT,))
VIETNAM = timezone(timedelta(hours=7))


def local(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """In November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (local(23, 5, 30), True),
        (local(23, 5, 29, 59), False),
        (local(23, 6, 29, 59), True),
        (local(23, 6, 30), False),
        (local(24, 6), False),  # Tuesday
        (local(26, 6), True),  # Thursday
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), True),  # 06:00 on Monday, said in UTC
        (local(22, 23), True),
        (local(23, 0, 59), True),  # over midnight
        (local(23, 1), False),
        (local(23, 23), False),  # it begins on Sundays only
        (None, False),  # nobody knows when
    ],
)
def test_a_round_has_its_days_and_hours(at: datetime | None, *, expected: bool) -> None:
    assert is_round(POINT, SITE, at) is expected


def test_most_rounds_are_not_made_on_holidays() -> None:
    holiday = replace(SITE, days_off=("2026-11-22", "2026-11-26"))
    assert is_round(POINT, holiday, local(23, 6))
    assert not is_round(POINT, holiday, local(26, 6))
    assert not is_round(POINT, holiday, local(23, 0, 30)), "it would have begun on the holiday"
    always = replace(POINT, rounds=(replace(MORNING, on_days_off=True),))
    assert is_round(always, holiday, local(26, 6))


def test_only_collection_points_have_rounds() -> None:
    assert not is_round(replace(POINT, kind=ZoneKind.NO_DUMP), SITE, local(23, 6))


@pytest.mark.parametrize(
    ("at", "came_in_round", "expected"),
    [
        (local(23, 6), True, Collecting.GOING_ON),
        (local(23, 6, 30, 59), True, Collecting.GOING_ON),
        (local(23, 6, 31), True, Collecting.OVER),
        (local(23, 6), False, Collecting.NO),
        (None, True, Collecting.NO),
    ],
)
def test_a_round_counts_for_a_minute_more(
    at: datetime | None, came_in_round: bool, expected: Collecting
) -> None:
    found = collecting(POINT, SITE, at, came_in_round=came_in_round, after=60.0)
    assert found is expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": ()},
        {"weekdays": (7,)},
        {"start": 1440, "end": 1500},
        {"start": -1},
        {"end": 330},
        {"end": 330 + 1441},
    ],
)
def test_a_round_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"weekdays|round"):
        replace(MORNING, **wrong)  # type: ignore[arg-type]
