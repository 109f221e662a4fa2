"""Public holidays for the collection rounds of a site: most rounds are not made on them."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from litterwatch.detector.types import Site
from litterwatch.service.cases.facts import work_calendar


def days_off(session: Session) -> tuple[str, ...]:
    """Every known public holiday, such as "2026-09-02"; Saturdays and Sundays are no holidays."""
    days = work_calendar(session).days.values()
    return tuple(sorted(each.day.isoformat() for each in days if not each.is_workday))


def on_calendar(site: Site, days: Sequence[str]) -> Site:
    """The site with its holidays; one without rounds does not depend on any."""
    if not any(zone.rounds for zone in site.zones):
        return site
    return replace(site, days_off=tuple(days))
