"""What may be done about a place now, and why not, told to one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from litterwatch.service.actor import Actor, Office
from litterwatch.service.cases.calendar import WorkCalendar
from litterwatch.service.cases.law import LimitKind, limit_on
from litterwatch.service.cases.site_track import SITE_TABLE, SiteFacts, SiteMove, site_objection
from litterwatch.service.cases.tables import SiteTrackRow


@dataclass(frozen=True, slots=True)
class PlaceOffer:
    """One move that starts from where the cleaning is; as `Offer` of a case."""

    move: SiteMove
    needed: tuple[str, ...]
    has_photo: bool
    offices: frozenset[Office]
    why_not: str | None


def watched_until(row: SiteTrackRow) -> date | None:
    """The day until which a cleaned place is watched; None before it was cleaned."""
    if row.cleaned_on is None:
        return None
    limit = limit_on(LimitKind.MONITORING, row.cleaned_on)
    return WorkCalendar.span(row.cleaned_on, limit.amount, limit.unit)


def place_offers(row: SiteTrackRow, actors: Sequence[Actor], today: date) -> list[PlaceOffer]:
    """Every move from here; what can be done first."""
    facts = SiteFacts(
        row.state, row.unit, has_photo=True, monitored_until=watched_until(row), today=today
    )
    found = []
    for move, rule in SITE_TABLE.items():
        if row.state in rule.sources:
            fitting = [actor for actor in actors if actor.office in rule.offices]
            filled = dict.fromkeys(rule.needs, "…")
            whys = [site_objection(move, facts, actor, filled) for actor in fitting or actors]
            why = None if None in whys else whys[0]
            found.append(PlaceOffer(move, rule.needs, rule.has_photo, rule.offices, why))
    return sorted(found, key=lambda offer: offer.why_not is not None)
