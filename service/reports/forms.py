"""What the forms of a report say, whoever fills them in."""

from collections.abc import Callable
from datetime import datetime, time

from litterwatch.detector.errors import InvalidInput
from litterwatch.service.cases.forms import read_day
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reports.service import NewReport
from litterwatch.service.reports.tables import Channel
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit

FIELDS = ("unit", "place", "text", "day", "hour", "latitude", "longitude", "contact", "wants_reply")
"""Of the public form; an officer also says the channel."""


def read_report(field: Callable[[str], str], channel: Channel) -> NewReport:
    """A report as it was typed in.

    Args:
        field: what stands in a field, without blanks round it.
        channel: how it comes in.

    Raises:
        InvalidInput: something that cannot be.
    """
    if known_unit(field("unit")) is None:
        raise InvalidInput(N_("Choose the commune or ward where it was."))
    return NewReport(
        channel=channel,
        unit=field("unit"),
        place=field("place"),
        text=field("text"),
        occurred_at=_moment(field("day"), field("hour")),
        position=_position(field("latitude"), field("longitude")),
        contact=field("contact") or None,
        wants_reply=field("wants_reply") == "true",
    )


def _moment(day: str, hour: str) -> datetime | None:
    if not day:
        if hour:
            raise InvalidInput(N_("An hour needs its day."))
        return None
    return datetime.combine(read_day(day), _hour(hour or "00:00"), LOCAL)


def _hour(text: str) -> time:
    try:
        hours, minutes = text.replace("h", ":").replace("g", ":").split(":")
        return time(int(hours), int(minutes or 0))
    except ValueError as error:
        raise InvalidInput(N_("Write hours like 06:30.")) from error


def _position(latitude: str, longitude: str) -> tuple[float, float] | None:
    if not latitude and not longitude:
        return None
    try:
        return float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError as error:
        raise InvalidInput(N_("Write degrees like 22.6657.")) from error
