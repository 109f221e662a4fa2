"""Collection rounds: what is put and taken at a point while the truck or the sweeper is there.

What came during a round is held until a minute after it; then what is known as waste was left
behind and is judged like anything else, and the rest was the round's own work (design 1.5, rule 9).
"""

from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Final

from litterwatch.detector.types import Round, Site, Zone, ZoneKind

_VIETNAM: Final = timezone(timedelta(hours=7))
"""Rounds are announced in Vietnam's time, which is UTC+7 all year."""

_DAY: Final = 24 * 60


class Collecting(IntEnum):
    """What a round has to do with a thing."""

    NO = 0
    GOING_ON = 1
    OVER = 2


def is_round(zone: Zone, site: Site, at: datetime | None) -> bool:
    """Whether a round is under way in a zone.

    Args:
        zone: only collection points have rounds.
        site: whose days off count.
        at: when, aware; None where nobody knows, and then no round is assumed.
    """
    if zone.kind is not ZoneKind.COLLECTION_POINT or at is None:
        return False
    local = at.astimezone(_VIETNAM)
    minute = local.hour * 60 + local.minute
    yesterday = local.date() - timedelta(days=1)
    return any(
        _holds(each, site, local.date(), minute) or _holds(each, site, yesterday, minute + _DAY)
        for each in zone.rounds
    )


def _holds(each: Round, site: Site, day: date, minute: int) -> bool:
    """Whether a round that begins on that day is under way so many minutes after midnight."""
    rests = not each.on_days_off and day.isoformat() in site.days_off
    return day.weekday() in each.weekdays and not rests and each.start <= minute < each.end


def collecting(
    zone: Zone, site: Site, at: datetime | None, *, came_in_round: bool, after: float
) -> Collecting:
    """What a round has to do with a thing now.

    Args:
        zone: where it lies.
        site: whose days off count.
        at: now, aware.
        came_in_round: whether a round was under way when it was first seen.
        after: s for which a round still counts when its time is over.
    """
    if not came_in_round or at is None:
        return Collecting.NO
    lately = at - timedelta(seconds=after)
    goes_on = is_round(zone, site, at) or is_round(zone, site, lately)
    return Collecting.GOING_ON if goes_on else Collecting.OVER
