"""Clock differences by request mid-points."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.camera_adapters.onvif.clock import read_clock, told_time, zone_offset
from litterwatch.detector.errors import SourceUnreadable
from litterwatch.service.clock import ManualClock

SECOND = st.floats(0, 3, allow_nan=False)


@given(
    difference=st.floats(-1e6, 1e6, allow_nan=False),
    ways=st.lists(st.tuples(SECOND, SECOND), min_size=1, max_size=6),
    start=st.floats(0, 1, allow_nan=False),
)
def test_the_truth_lies_within_what_is_told(
    difference: float, ways: list[tuple[float, float]], start: float
) -> None:
    clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=start))
    turn = iter(ways)

    def ask() -> datetime:
        there, back = next(turn)
        clock.advance(there)
        told = clock.now() + timedelta(seconds=difference)
        clock.advance(back)
        return told.replace(microsecond=0)

    reading = read_clock(ask, clock, readings=len(ways))
    off = abs(reading.difference - timedelta(seconds=difference))
    assert off <= reading.uncertainty + timedelta(microseconds=10)
    assert reading.uncertainty >= timedelta(0)


def test_one_reading_is_the_mid_point_of_its_request() -> None:
    clock = ManualClock(datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC))

    def ask() -> datetime:
        clock.advance(2)
        return datetime(2026, 5, 1, 12, 0, 10, tzinfo=UTC)

    reading = read_clock(ask, clock, readings=1)
    # Asked at 0 s and answered at 2 s: the middle is 1 s. Ten whole seconds are 10.5 on average.
    assert reading.difference == timedelta(seconds=9.5)
    assert reading.uncertainty == timedelta(seconds=1.5)
    assert reading.is_alarming
    assert reading.host_time(datetime(2026, 5, 1, 12, 1, tzinfo=UTC)) == datetime(
        2026, 5, 1, 12, 0, 50, 500_000, tzinfo=UTC
    )


def test_more_readings_know_better() -> None:
    def uncertainty(readings: int) -> timedelta:
        clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC))
        return read_clock(
            lambda: clock.now().replace(microsecond=0), clock, readings=readings
        ).uncertainty

    assert uncertainty(1) == timedelta(seconds=0.5)
    assert uncertainty(4) < timedelta(seconds=0.15)


def test_a_clock_that_is_set_meanwhile_counts_from_then_on() -> None:
    clock = ManualClock(datetime(2026, 5, 1, tzinfo=UTC))
    ahead = iter([0, 100, 100, 100])
    reading = read_clock(
        lambda: (clock.now() + timedelta(seconds=next(ahead))).replace(microsecond=0), clock
    )
    assert abs(reading.difference - timedelta(seconds=100)) <= reading.uncertainty


def moment(year: int, hour: int, second: int = 5) -> Any:
    return SimpleNamespace(
        Date=SimpleNamespace(Year=year, Month=5, Day=1),
        Time=SimpleNamespace(Hour=hour, Minute=0, Second=second),
    )


def answer(**parts: Any) -> Any:
    return SimpleNamespace(**parts)


def test_utc_is_believed_first() -> None:
    told = answer(UTCDateTime=moment(2026, 5), LocalDateTime=moment(2026, 12))
    assert told_time(told) == (datetime(2026, 5, 1, 5, 0, 5, tzinfo=UTC), True)


def test_a_leap_second_is_a_second() -> None:
    assert told_time(answer(UTCDateTime=moment(2026, 5, 60)))[0].second == 59


@pytest.mark.parametrize(
    ("zone", "summer", "hour"), [("ICT-7", False, 12), ("ICT-07:00:00", False, 12), ("X", True, 0)]
)
def test_local_time_needs_a_zone(zone: str, hour: int, *, summer: bool) -> None:
    told = answer(
        UTCDateTime=moment(0, 0),
        LocalDateTime=moment(2026, hour),
        TimeZone=SimpleNamespace(TZ=zone),
        DaylightSavings=summer,
    )
    if zone == "X":
        with pytest.raises(SourceUnreadable, match="tells no time"):
            told_time(told)
    else:
        assert told_time(told) == (datetime(2026, 5, 1, 5, 0, 5, tzinfo=UTC), False)


def test_summer_time_is_an_hour_more() -> None:
    told = answer(
        LocalDateTime=moment(2026, 14),
        TimeZone=SimpleNamespace(TZ="CET-1CEST,M3.5.0,M10.5.0/3"),
        DaylightSavings=True,
    )
    assert told_time(told)[0] == datetime(2026, 5, 1, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("ICT-7", 7),
        ("CST-8", 8),
        ("EST5EDT,M3.2.0,M11.1.0", -5),
        ("<+0530>-5:30", 5.5),
        ("GMT0", 0),
        ("UTC+3", -3),
        ("Asia/Ho_Chi_Minh", None),
        ("", None),
    ],
)
def test_zones_count_as_posix_does(text: str, hours: float | None) -> None:
    assert zone_offset(text) == (None if hours is None else timedelta(hours=hours))
