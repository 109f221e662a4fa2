"""Where a page of the queue begins, as it stands in addresses."""

import math
from datetime import UTC, datetime

from litterwatch.detector.errors import NotFound
from litterwatch.service.reviews.queue import Order, Place
from litterwatch.service.texts import N_


def place_from(text: str, order: Order) -> Place | None:
    """The place; None for the beginning.

    Raises:
        NotFound: this is no cursor of ours for this order.
    """
    if not text:
        return None
    value, _, event_id = text.rpartition("~")
    try:
        if order is Order.NEWEST:
            moment = datetime.fromisoformat(value)
            return Place(moment.replace(tzinfo=moment.tzinfo or UTC), event_id)
        score = float(value)
    except (ValueError, OverflowError) as error:
        raise NotFound(N_("There is no such page of the queue.")) from error
    if not math.isfinite(score):
        raise NotFound(N_("There is no such page of the queue."))
    return Place(score, event_id)


def written(place: Place | None) -> str | None:
    """For the address of the next page."""
    if place is None:
        return None
    value = place.value.isoformat() if isinstance(place.value, datetime) else repr(place.value)
    return f"{value}~{place.event_id}"
