"""Working days as Vietnamese offices count them, and months as the law counts them."""

import json
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Final

_SATURDAY: Final = 5
_MOST_DAYS: Final = 20_000  # nobody counts further; a calendar with no working day must end


class Unit(StrEnum):
    """In what a time limit is counted."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day that is not what its weekday says.

    Attributes:
        day: which.
        name: for people.
        is_workday: a Saturday or Sunday that is worked in place of another day.
    """

    day: date
    name: str
    is_workday: bool = False


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Days off and the working days that replace them.

    Attributes:
        days: by day.
        complete_years: years whose days off are all known.
    """

    days: Mapping[date, Holiday]
    complete_years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Whether offices work on that day."""
        known = self.days.get(day)
        return day.weekday() < _SATURDAY if known is None else known.is_workday

    def covers(self, first: date, last: date) -> bool:
        """Whether every day off in between is known; else a limit may still move."""
        return all(year in self.complete_years for year in range(first.year, last.year + 1))

    def after(self, start: date, amount: int, unit: Unit) -> date:
        """The last day of a limit; the day it starts from is not counted.

        A limit in days or months that ends on a day off ends on the next working day.

        Raises:
            ValueError: a negative amount.
        """
        if amount < 0:
            raise ValueError("time limits go forward")
        if unit is Unit.WORKING_DAYS:
            return self._working_days_after(start, amount)
        end = self.span(start, amount, unit)
        return end if self.is_working(end) else self._working_days_after(end, 1)

    @staticmethod
    def span(start: date, amount: int, unit: Unit) -> date:
        """So many days or months later, or earlier, whatever day that is.

        Raises:
            ValueError: working days, which need to be counted.
        """
        if unit is Unit.WORKING_DAYS:
            raise ValueError("working days are counted, not spanned")
        return start + timedelta(days=amount) if unit is Unit.DAYS else months_after(start, amount)

    def working_day_before(self, day: date) -> date:
        """The last working day before a day."""
        for back in range(1, _MOST_DAYS):
            if self.is_working(day - timedelta(days=back)):
                return day - timedelta(days=back)
        raise ValueError("the calendar has no working day")

    def _working_days_after(self, start: date, amount: int) -> date:
        day = start
        for _ in range(_MOST_DAYS):
            if amount == 0:
                return day
            day += timedelta(days=1)
            amount -= self.is_working(day)
        raise ValueError("the calendar has too few working days")


def months_after(start: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def default_holidays() -> tuple[list[Holiday], frozenset[int]]:
    """The days off that come with litterwatch, and the years for which they are complete."""
    text = (files("litterwatch.service") / "cases" / "data" / "holidays.json").read_text("utf-8")
    document = json.loads(text)
    days = [
        Holiday(date.fromisoformat(each["day"]), each["name"], is_workday=each["is_workday"])
        for each in document["days"]
    ]
    return days, frozenset(document["complete_years"])
