"""How far a camera's clock is from ours, by the mid-point of requests."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litterwatch.detector.errors import SourceUnreadable
from litterwatch.detector.protocols import Clock

ALARM: Final = timedelta(seconds=5)
"""A difference above this is told to the operator."""
READINGS: Final = 4
_PAUSE: Final = 0.27
"""Between readings, s; no fraction of a second, so that they fall at different parts of one."""
_TICK: Final = timedelta(seconds=1)
_ZONE: Final = re.compile(
    r"(?:<[^>]+>|[A-Za-z]{3,})(?P<sign>[+-]?)(?P<h>\d{1,2})(?::(?P<m>\d{2}))?(?::(?P<s>\d{2}))?"
)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A camera's clock against ours.

    Attributes:
        difference: camera minus host: positive where the camera is ahead.
        uncertainty: the true difference is within so much of it.
    """

    difference: timedelta
    uncertainty: timedelta

    @property
    def is_alarming(self) -> bool:
        """Whether times on evidence would mislead."""
        return abs(self.difference) > ALARM

    @property
    def known_difference(self) -> timedelta:
        """The difference; none where the clocks agree as far as can be told."""
        return timedelta() if abs(self.difference) <= self.uncertainty else self.difference

    def host_time(self, camera_time: datetime) -> datetime:
        """When that was by our clock."""
        return camera_time - self.difference


def read_clock(ask: Callable[[], datetime], clock: Clock, readings: int = READINGS) -> ClockReading:
    """Ask a camera for its time until the difference is known well.

    It tells whole seconds, and at some moment between question and answer: each reading bounds the
    difference from both sides, and the bounds of all are laid together. One reading alone gives
    the mid-point of its request.

    Args:
        ask: the camera's time, whole seconds, UTC.
        clock: the host's.
        readings: how often to ask.

    Raises:
        SourceError: the camera does not tell.
    """
    low, high = timedelta.min, timedelta.max
    for number in range(readings):
        if number:
            clock.sleep(_PAUSE)
        before, began = clock.now(), clock.monotonic()
        told = ask()
        after = before + timedelta(seconds=clock.monotonic() - began)
        new_low, new_high = told - after, told + _TICK - before
        low, high = max(low, new_low), min(high, new_high)
        if low > high:  # a clock was set meanwhile: what came before no longer counts
            low, high = new_low, new_high
    return ClockReading((low + high) / 2, (high - low) / 2)


def told_time(answer: Any) -> tuple[datetime, bool]:
    """The camera's UTC from its answer to GetSystemDateAndTime, and whether it told UTC itself.

    Raises:
        SourceUnreadable: it tells no time that can be used.
    """
    utc = _moment(getattr(answer, "UTCDateTime", None))
    if utc is not None:
        return utc, True
    local = _moment(getattr(answer, "LocalDateTime", None))
    zone = getattr(getattr(answer, "TimeZone", None), "TZ", None)
    ahead = None if zone is None else zone_offset(str(zone))
    if local is None or ahead is None:
        raise SourceUnreadable("The camera tells no time: set its clock and time zone.")
    if getattr(answer, "DaylightSavings", False):
        ahead += timedelta(hours=1)
    return local - ahead, False


def zone_offset(text: str) -> timedelta | None:
    """How far local time is ahead of UTC by a POSIX time zone such as `ICT-7`, without summer time.

    POSIX counts the other way round: what must be added to local time to have UTC.
    """
    found = _ZONE.match(text.strip())
    if found is None:
        return None
    offset = timedelta(
        hours=int(found["h"]), minutes=int(found["m"] or 0), seconds=int(found["s"] or 0)
    )
    return offset if found["sign"] == "-" else -offset


def _moment(value: Any) -> datetime | None:
    date, time = getattr(value, "Date", None), getattr(value, "Time", None)
    if date is None or time is None:
        return None
    try:
        second = min(int(time.Second), 59)  # 60 in a leap second
        at = datetime(
            int(date.Year),
            int(date.Month),
            int(date.Day),
            int(time.Hour),
            int(time.Minute),
            second,
            tzinfo=UTC,
        )
    except (TypeError, ValueError):
        return None
    return at
