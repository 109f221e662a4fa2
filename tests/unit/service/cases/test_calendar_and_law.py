"""Working days, months, bands and time limits: dated data, counted as offices count."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litterwatch.detector.errors import NotFound
from litterwatch.service.cases.calendar import (
    Holiday,
    Unit,
    WorkCalendar,
    default_holidays,
    months_after,
)
from litterwatch.service.cases.deadlines import (
    Clockwork,
    Deadline,
    Urgency,
    deadlines_of,
    limitation_of,
)
from litterwatch.service.cases.law import (
    Domain,
    LimitKind,
    VehicleClass,
    ZoneClass,
    act_of,
    acts,
    has_explanation_right,
    limit_on,
    offered,
)
from litterwatch.service.cases.state import CaseState

DAYS, YEARS = default_holidays()
CALENDAR = WorkCalendar({holiday.day: holiday for holiday in DAYS}, YEARS)
ANY_DAY = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (date(2026, 11, 23), 5, date(2026, 11, 30)),  # Monday to Monday, over a weekend
        (date(2026, 11, 27), 1, date(2026, 11, 30)),  # Friday to Monday
        (date(2026, 11, 28), 1, date(2026, 11, 30)),  # Saturday to Monday
        (date(2026, 2, 13), 1, date(2026, 2, 23)),  # over Tết
        (date(2026, 4, 24), 2, date(2026, 4, 29)),  # over the day for 10/3 by the moon
        (date(2026, 4, 29), 1, date(2026, 5, 4)),  # over 30/4 and 1/5
        (date(2026, 8, 21), 1, date(2026, 8, 22)),  # a Saturday that is worked
        (date(2026, 8, 28), 1, date(2026, 9, 3)),  # over the National Day
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
    ],
)
def test_working_days_are_counted_as_offices_count_them(
    start: date, amount: int, end: date
) -> None:
    assert CALENDAR.after(start, amount, Unit.WORKING_DAYS) == end


@given(ANY_DAY, st.integers(1, 60))
def test_a_limit_ends_on_a_working_day_and_skips_none(start: date, amount: int) -> None:
    end = CALENDAR.after(start, amount, Unit.WORKING_DAYS)
    between = [start + timedelta(days=day) for day in range(1, (end - start).days + 1)]
    assert CALENDAR.is_working(end)
    assert sum(CALENDAR.is_working(day) for day in between) == amount
    assert CALENDAR.is_working(CALENDAR.after(start, amount, Unit.DAYS))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 5, 4), 24, date(2028, 5, 4)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(start: date, months: int, end: date) -> None:
    assert months_after(start, months) == end


def test_a_calendar_without_working_days_ends() -> None:
    start = date(2026, 1, 1)
    never = {day: Holiday(day, "x") for day in (start + timedelta(n) for n in range(21_000))}
    with pytest.raises(ValueError, match="too few"):
        WorkCalendar(never, frozenset()).after(start, 1, Unit.WORKING_DAYS)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.after(MONDAY, -1, Unit.DAYS)
    with pytest.raises(ValueError, match="counted"):
        CALENDAR.span(MONDAY, 1, Unit.WORKING_DAYS)
    assert CALENDAR.working_day_before(MONDAY) == date(2026, 11, 20)


def test_a_year_whose_days_off_are_not_known_is_told() -> None:
    assert CALENDAR.covers(date(2026, 1, 1), date(2026, 12, 31))
    assert not CALENDAR.covers(date(2026, 12, 30), date(2027, 1, 5))


@pytest.mark.parametrize(
    ("zone", "vehicle", "expected"),
    [
        (ZoneClass.PUBLIC_PLACE, VehicleClass.NONE, ["ND45-25-2c"]),
        (ZoneClass.PAVEMENT, VehicleClass.TWO_WHEELER, ["ND45-25-2d"]),
        (ZoneClass.PAVEMENT, VehicleClass.CAR, ["ND168-17-4"]),
        (ZoneClass.ROAD_LAND_RURAL, VehicleClass.CAR, ["ND168-17-2a", "ND45-25-3", "ND168-17-3"]),
        (ZoneClass.WATER, VehicleClass.CAR, []),
    ],
)
def test_acts_are_offered_by_zone_and_vehicle(
    zone: ZoneClass, vehicle: VehicleClass, expected: list[str]
) -> None:
    assert [act.id for act in offered(zone, vehicle, date(2026, 11, 1))] == expected


def test_acts_are_offered_by_the_day_of_the_act() -> None:
    zone, vehicle = ZoneClass.PAVEMENT, VehicleClass.CAR
    assert offered(zone, vehicle, date(2024, 12, 31)) == []
    assert [act.id for act in offered(zone, vehicle, date(2025, 1, 1))] == ["ND168-17-4"]


def test_what_cameras_should_not_judge_is_never_offered() -> None:
    for act_id in ("ND45-25-2a", "ND45-25-2b"):
        assert act_of(act_id).zones == frozenset()
    with pytest.raises(NotFound):
        act_of("nothing")


def test_every_band_is_sound_and_an_organisation_pays_more_where_the_law_says_so() -> None:
    for act in acts():
        assert 0 < act.least < act.most
    assert act_of("ND45-25-2c").band(is_organisation=False) == (500_000, 1_000_000)
    assert act_of("ND45-25-2c").band(is_organisation=True) == (1_000_000, 2_000_000)


@pytest.mark.parametrize(
    ("act_id", "is_organisation", "expected"),
    [
        ("ND45-25-2c", False, False),
        ("ND168-17-4", False, True),
        ("ND45-25-5b", False, True),
        ("ND45-25-5b", True, True),
        ("ND45-25-2d", True, False),
    ],
)
def test_the_right_to_explain_depends_on_the_band(
    act_id: str, is_organisation: bool, expected: bool
) -> None:
    today = date(2026, 11, 1)
    found = has_explanation_right(act_of(act_id), today, is_organisation=is_organisation)
    assert found is expected


def test_the_limit_in_force_on_the_day_counts() -> None:
    assert limit_on(LimitKind.RECORD, date(2026, 11, 1)).amount == 5
    # before the first one known, the first counts rather than none
    assert limit_on(LimitKind.RECORD, date(2020, 1, 1)).amount == 5


MONDAY = date(2026, 11, 23)


def named(days: Clockwork) -> dict[LimitKind, Deadline]:
    return {deadline.kind: deadline for deadline in deadlines_of(days, CALENDAR)}


def test_the_record_is_warned_of_at_three_and_overdue_after_five_working_days() -> None:
    record = named(Clockwork(CaseState.IDENTIFIED, MONDAY, identified_on=MONDAY))[LimitKind.RECORD]
    days = [MONDAY + timedelta(days=number) for number in (2, 3, 7, 8)]
    expected = [Urgency.AHEAD, Urgency.WARNING, Urgency.WARNING, Urgency.OVERDUE]
    assert [record.urgency(day) for day in days] == expected
    assert record.is_certain


@pytest.mark.parametrize(
    ("changes", "kind", "due"),
    [
        ({}, LimitKind.DECISION, date(2026, 12, 2)),
        ({"was_transferred": True}, LimitKind.DECISION_TRANSFERRED, date(2026, 12, 7)),
        ({"may_explain": True}, LimitKind.DECISION_EXPLANATION, date(2026, 12, 23)),
        ({"is_complex": True}, LimitKind.DECISION_COMPLEX, date(2027, 1, 25)),
    ],
)
def test_the_decision_is_due_by_what_the_case_is(
    changes: dict[str, Any], kind: LimitKind, due: date
) -> None:
    days = replace(Clockwork(CaseState.RECORD_MADE, MONDAY, record_on=MONDAY), **changes)
    assert named(days)[kind].due == due


def test_verification_takes_thirty_days_and_once_sixty() -> None:
    days = Clockwork(CaseState.VERIFYING, None, taken_on=MONDAY)
    assert [each.due for each in deadlines_of(days, CALENDAR)] == [date(2026, 12, 23)]
    longer = Clockwork(CaseState.VERIFYING, None, taken_on=MONDAY, is_extended=True)
    (deadline,) = deadlines_of(longer, CALENDAR)
    assert (deadline.due, deadline.is_certain) == (date(2027, 1, 22), False)


def test_limitation_is_two_years_one_in_traffic_and_unknown_without_a_day() -> None:
    assert limitation_of(Clockwork(CaseState.OPENED, MONDAY)) == date(2028, 11, 23)
    traffic = Clockwork(CaseState.OPENED, MONDAY, domain=Domain.TRAFFIC)
    assert limitation_of(traffic) == date(2027, 11, 23)
    assert limitation_of(Clockwork(CaseState.OPENED, None)) is None


def test_explanation_has_its_own_time() -> None:
    days = Clockwork(CaseState.EXPLANATION, MONDAY, record_on=MONDAY, may_explain=True)
    assert named(days)[LimitKind.EXPLANATION].due == date(2026, 11, 30)


def test_a_case_that_is_over_has_no_deadline() -> None:
    for state in (CaseState.DECIDED, CaseState.EXECUTED, CaseState.CLOSED):
        days = Clockwork(state, MONDAY, MONDAY, MONDAY, MONDAY)
        assert deadlines_of(days, CALENDAR) == []
