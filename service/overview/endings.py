"""Evidence whose time is soon over, so that somebody looks at it or holds it before it is gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from litterwatch.service.cases.standing import with_cases
from litterwatch.service.events.service import as_unreviewed
from litterwatch.service.evidence.custody_tables import RetentionClass
from litterwatch.service.evidence.holds import holds_on
from litterwatch.service.evidence.retention import rules_on
from litterwatch.service.evidence.service import files_of
from litterwatch.service.local_time import LOCAL
from litterwatch.service.reviews.figures import confirmed_before, untouched_since
from litterwatch.service.reviews.standing import with_reviews
from litterwatch.service.reviews.tables import ReviewRow

SOON: Final = timedelta(days=7)
MOST: Final = 200
"""Events that are looked at; where there are more, `is_cut` says so."""

_standings = with_cases(with_reviews(as_unreviewed))


@dataclass(frozen=True, slots=True)
class Ending:
    """An event whose evidence will be deleted: `at` by the rules as they are today."""

    review: ReviewRow
    kind: RetentionClass
    at: datetime


@dataclass(frozen=True, slots=True)
class Endings:
    """What ends soon, the next first; `is_cut` where there is more than could be looked at."""

    found: tuple[Ending, ...]
    is_cut: bool


def endings(session: Session, units: frozenset[str] | None, now: datetime) -> Endings:
    """Evidence that ends within `SOON`: nobody has looked at it, or it was confirmed.

    What is under hold or of an open case does not end. What was rejected ends within days on
    purpose and is not told.

    Args:
        session: a reading one.
        units: of these communes and wards, None for all.
        now: when.
    """
    rules = rules_on(session, now.astimezone(LOCAL).date())
    reviews: dict[str, ReviewRow] = {}
    is_cut = False
    for kind, oldest in (
        (RetentionClass.UNREVIEWED, untouched_since),
        (RetentionClass.CONFIRMED, confirmed_before),
    ):
        days = rules[kind].days
        if days is not None:
            before = now + SOON - timedelta(days=days)
            rows = oldest(session, units, before, MOST + 1)
            is_cut = is_cut or len(rows) > MOST
            reviews |= {row.event_id: row for row in rows[:MOST]}
    ids = list(reviews)
    held = {hold.event_id for hold in holds_on(session, ids)}
    files = files_of(session, ids)
    found = []
    for standing in _standings(session, ids):
        days = rules[standing.kind].days
        if days is None or standing.event_id in held or not files[standing.event_id]:
            continue
        at = standing.counted_from + timedelta(days=days)
        if at <= now + SOON:
            found.append(Ending(reviews[standing.event_id], standing.kind, at))
    found.sort(key=lambda ending: (ending.at, ending.review.event_id))
    return Endings(tuple(found), is_cut)
