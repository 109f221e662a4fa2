"""The cleaning of a place, as a table; it runs beside the case and never waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from litterwatch.service.actor import PROVINCE, Actor, Office
from litterwatch.service.texts import N_


class SiteState(StrEnum):
    """How far the cleaning has got."""

    REPORTED = "reported"
    ORDERED = "ordered"
    CLEANED = "cleaned"
    MONITORED = "monitored"
    CLOSED = "closed"
    RELAPSED = "relapsed"


class SiteMove(StrEnum):
    """What somebody does about a place."""

    ORDER = "order"
    CLEAN = "clean"
    MONITOR = "monitor"
    CLOSE = "close"
    RELAPSE = "relapse"


@dataclass(frozen=True, slots=True)
class SiteRule:
    """One row of the table.

    Attributes:
        sources: from where.
        target: to where.
        offices: who.
        needs: what must be typed in.
        has_photo: whether a photo of the place must come with it.
    """

    sources: frozenset[SiteState]
    target: SiteState
    offices: frozenset[Office]
    needs: tuple[str, ...] = ()
    has_photo: bool = False


_R3 = frozenset({Office.CASE_OFFICER})
_WATCHING = frozenset({Office.SCREENER, Office.REVIEWER, Office.CASE_OFFICER, Office.INSPECTOR})

SITE_TABLE: Final[Mapping[SiteMove, SiteRule]] = {
    SiteMove.ORDER: SiteRule(
        frozenset({SiteState.REPORTED, SiteState.RELAPSED}), SiteState.ORDERED, _R3, ("to_whom",)
    ),
    SiteMove.CLEAN: SiteRule(
        frozenset({SiteState.ORDERED}), SiteState.CLEANED, _R3, ("cleaned_on",), has_photo=True
    ),
    SiteMove.MONITOR: SiteRule(frozenset({SiteState.CLEANED}), SiteState.MONITORED, _R3),
    SiteMove.CLOSE: SiteRule(
        frozenset({SiteState.MONITORED}),
        SiteState.CLOSED,
        frozenset({Office.CASE_OFFICER, Office.INSPECTOR}),
        has_photo=True,
    ),
    SiteMove.RELAPSE: SiteRule(
        frozenset({SiteState.CLEANED, SiteState.MONITORED, SiteState.CLOSED}),
        SiteState.RELAPSED,
        _WATCHING,
        ("reason",),
    ),
}


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """All that the table looks at.

    Attributes:
        state: where the cleaning is.
        unit: whose place it is.
        has_photo: whether a photo comes with the move.
        monitored_until: the day until which a cleaned place is watched, None before.
        today: local.
    """

    state: SiteState
    unit: str
    has_photo: bool
    monitored_until: date | None
    today: date


def site_objection(
    move: SiteMove, facts: SiteFacts, actor: Actor, fields: Mapping[str, object]
) -> str | None:
    """Why somebody may not do this now; None when he may."""
    rule = SITE_TABLE[move]
    if facts.state not in rule.sources:
        return N_("The place as it stands does not allow this.")
    if actor.office not in rule.offices:
        return N_("This office may not do this.")
    if actor.unit not in (PROVINCE, facts.unit):
        return N_("The place belongs to another unit.")
    missing = [name for name in rule.needs if not str(fields.get(name) or "").strip()]
    missing += ["photo"] * (rule.has_photo and not facts.has_photo)
    if missing:
        return f"Missing: {', '.join(missing)}."
    if move is SiteMove.CLOSE and (
        facts.monitored_until is None or facts.today < facts.monitored_until
    ):
        return N_("The place is still being watched: it is closed later.")
    return None
