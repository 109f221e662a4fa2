"""Figures of a period: when, where, how often for the time that cameras watched."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.labelling.intervals import poisson
from litterwatch.service.overview.hours import camera_hours
from litterwatch.service.reviews.figures import SourceCount, Span, by_hour, by_source
from litterwatch.service.sites.places import Register
from litterwatch.service.sites.tables import SiteRow
from litterwatch.service.units import units

PER: Final = 1000.0
"""Camera-hours that a rate is told for."""


@dataclass(frozen=True, slots=True)
class UnitRate:
    """A commune or ward.

    Attributes:
        unit: its code.
        count: of events.
        hours: that its cameras watched.
        rate: events in 1 000 camera-hours; `low` and `high` bound it with 95 % (Poisson, exact).
            None where no camera watched.
    """

    unit: str
    count: int
    hours: float
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Spot:
    """A site and how many events it has."""

    site: SiteRow
    count: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one period.

    Attributes:
        hours: events in each hour of the day (local).
        rates: of the units that have a camera or an event, by code.
        spots: sites with events, the most first.
        unplaced: events of sources that no camera of the register fits.
        total: of all events.
    """

    hours: Sequence[int]
    rates: Sequence[UnitRate]
    spots: Sequence[Spot]
    unplaced: int
    total: int


def statistics_of(session: Session, span: Span) -> Statistics:
    """Figures of a period, as far as somebody's communes and wards go."""
    register = Register(session, span.units)
    counted = by_source(session, span)
    watched = camera_hours(session, span.since, span.until)
    return Statistics(
        hours=by_hour(session, span),
        rates=_rates(register, counted, watched),
        spots=spots_of(register, counted),
        unplaced=sum(row.count for row in counted if register.place_of(row.source) is None),
        total=sum(row.count for row in counted),
    )


def rate_of(unit: str, count: int, hours: float) -> UnitRate:
    """A rate with what it can and cannot show."""
    if hours <= 0:
        return UnitRate(unit, count, hours, None, None, None)
    low, high = poisson(count)
    return UnitRate(unit, count, hours, count / hours * PER, low / hours * PER, high / hours * PER)


def spots_of(register: Register, counted: Sequence[SourceCount]) -> list[Spot]:
    """Sites with events, the most first."""
    counts: dict[str, int] = defaultdict(int)
    for row in counted:
        place = register.place_of(row.source)
        if place is not None:
            counts[place.site.id] += row.count
    found = [Spot(site, counts[site.id]) for site in register.sites if counts[site.id]]
    return sorted(found, key=lambda spot: (-spot.count, spot.site.name))


def _rates(
    register: Register, counted: Sequence[SourceCount], watched: dict[str, float]
) -> list[UnitRate]:
    counts: dict[str, int] = defaultdict(int)
    hours: dict[str, float] = defaultdict(float)
    for row in counted:
        if row.unit is not None:
            counts[row.unit] += row.count
    for source, time in watched.items():
        place = register.place_of(source)
        if place is not None:
            hours[place.site.unit] += time
    known = {site.unit for site in register.sites} | set(counts)
    order = [unit.code for unit in units() if unit.code in known]
    return [rate_of(code, counts[code], hours[code]) for code in order]
