"""Why a hypothesis is no deposit: small pure rules in a fixed order, each with a reason code.

`refusal` gives the first rule that refuses; `hold` tells what only keeps it from going on for now.
docs/design/rules.md has a sentence on each code.
"""

from collections.abc import Callable
from dataclasses import dataclass

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.rounds import Collecting
from litterwatch.detector.types import ZoneKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the rules look at, gathered once per hypothesis and frame.

    Attributes:
        zone: kind of the zone under the thing's foot.
        permitted_now: whether that zone permits deposits at this hour.
        size: area, H^2; `smallest` is what the zone asks for.
        inhibited: picture unhealthy, light step, camera moved.
        person_match: seconds in which a person's box fitted the region itself.
        animate_cover: share of it under a person or vehicle now.
        person_ended: a person came here and was never seen to leave, and it is as large as one.
        person_lost: a person was lost within reach of it and never seen to leave.
        person_may_rise: somebody was lost on it moments ago: he stoops behind it, or lies there.
        body: it is as long as a person who lies, and nobody was seen carrying such a thing there.
        shadow: it is dim, and somebody stands so near that it may be his shadow.
        was_there: in full view its place is as the reference has known it since before it came.
        vehicle_arrived: share of it under a vehicle that came to rest there.
        vehicle_ended: a vehicle as large as it came there and was never seen to leave.
        light: likeness to light or shadow, 0..1.
        edge_ratio: contour in the picture over contour in the reference.
        flicker: share of its pixels that change state per second.
        in_bin: share of it inside a bin.
        touched: whether an actor came within reach.
        seeds_a_minute: hypotheses proposed in the last minute.
        at_border: whether it hangs at the picture's border.
        infrared: whether the picture has no colour.
        indistinct: it stands out no more than the reference does there; no alert was given yet.
        waste: smoothed waste confidence there.
        landed: whether a flight ended there.
        collecting: what a collection round has to do with it.
    """

    zone: ZoneKind = ZoneKind.NO_DUMP
    permitted_now: bool = False
    size: float = 0.1
    smallest: float = 0.01
    inhibited: bool = False
    person_match: float = 0.0
    animate_cover: float = 0.0
    person_ended: bool = False
    person_lost: bool = False
    person_may_rise: bool = False
    body: bool = False
    shadow: bool = False
    was_there: bool = False
    vehicle_arrived: float = 0.0
    vehicle_ended: bool = False
    light: float = 0.0
    edge_ratio: float = 2.0
    flicker: float = 0.0
    in_bin: float = 0.0
    touched: bool = True
    seeds_a_minute: float = 0.0
    at_border: bool = False
    infrared: bool = False
    indistinct: bool = False
    waste: float = 0.0
    landed: bool = False
    collecting: Collecting = Collecting.NO


Rule = Callable[[Evidence, DepositParameters], bool]

_PERSON_FITS_FOR = 1.0
"""Seconds of a person's box fitting the region: one odd box is a detector's slip."""

_LIGHT = 0.6
"""Likeness above which a region is light or shadow."""

REVEALED = 0.8
"""Contour ratio below which the reference held the thing and the picture shows what was behind."""

_STRONG_WASTE = 0.5
"""A waste detector this sure outweighs tests of light and contour."""


def excluded(e: Evidence, _: DepositParameters) -> bool:
    """Sky, trees, screens: the operator said so."""
    return e.zone in (ZoneKind.EXCLUDE, ZoneKind.MASK)


def too_small(e: Evidence, p: DepositParameters) -> bool:
    """Below what the zone asks for; what was seen falling or is known as waste may be smaller.

    Not a refusal but no seed yet: regions grow while they come to light.
    """
    return e.size < (min(p.smallest, e.smallest) if e.landed or e.waste > 0 else e.smallest)


def too_large(e: Evidence, p: DepositParameters) -> bool:
    """Larger than anything a hand or tail gate leaves: the scene changed."""
    return e.size > p.largest


def person(e: Evidence, _: DepositParameters) -> bool:
    """A person's box fits it: somebody stands, sits or lies there."""
    return e.person_match >= _PERSON_FITS_FOR


def person_lies(e: Evidence, _: DepositParameters) -> bool:
    """Somebody came here, was never seen to leave, and it is as large as a person."""
    return e.person_ended


def parked_vehicle(e: Evidence, p: DepositParameters) -> bool:
    """A vehicle came to rest there, or was lost by the detector where it came to rest."""
    return e.vehicle_arrived >= p.animate_cover or (e.vehicle_ended and e.waste < _STRONG_WASTE)


def was_there(e: Evidence, _: DepositParameters) -> bool:
    """A waste detection that somebody only passed before: the reference shows the same."""
    return e.was_there


def light(e: Evidence, _: DepositParameters) -> bool:
    """A shadow, lamp or reflection: the texture is that of the ground."""
    return e.light >= _LIGHT and e.waste < _STRONG_WASTE


def revealed(e: Evidence, _: DepositParameters) -> bool:
    """Something was taken away, and this is the ground behind it."""
    return e.edge_ratio < REVEALED and e.waste < _STRONG_WASTE


def flickers(e: Evidence, p: DepositParameters) -> bool:
    """Leaves, flags, water, screens, a person the detector misses: not at rest."""
    return e.flicker > p.flicker


def weather(e: Evidence, p: DepositParameters) -> bool:
    """So many seeds that only those an actor touched are believed."""
    return e.seeds_a_minute > p.seeds_a_minute and not e.touched


def lens(e: Evidence, _: DepositParameters) -> bool:
    """At night, at the border, out of focus: a web, a drop or an insect on the glass."""
    return e.infrared and e.at_border and e.edge_ratio < 1.0


def into_bin(e: Evidence, _: DepositParameters) -> bool:
    """It lies in a bin: proper disposal."""
    return e.in_bin >= 0.5 or e.zone is ZoneKind.BIN_MOUTH


def round_work(e: Evidence, _: DepositParameters) -> bool:
    """It came in a collection round that is over, and is not known as waste left behind."""
    return e.collecting is Collecting.OVER and e.waste < _STRONG_WASTE


def permitted(e: Evidence, _: DepositParameters) -> bool:
    """A collection point in its hours: proper disposal."""
    return e.zone is ZoneKind.COLLECTION_POINT and e.permitted_now


REFUSALS: tuple[tuple[str, Rule], ...] = (
    ("excluded_zone", excluded),
    ("too_large", too_large),
    ("person", person),
    ("person_lies", person_lies),
    ("parked_vehicle", parked_vehicle),
    ("was_there", was_there),
    ("light", light),
    ("revealed", revealed),
    ("flicker", flickers),
    ("weather", weather),
    ("lens", lens),
    ("into_bin", into_bin),
    ("collection_round", round_work),
    ("proper_deposit", permitted),
)
"""Every rule that refuses, in the order in which they are asked."""

LAWFUL = frozenset({"into_bin", "collection_round", "proper_deposit"})
"""Refusals that mean: somebody did it right."""

HEALED = frozenset({"light", "revealed"})
"""Refusals after which the region belongs to the reference."""


def refusal(evidence: Evidence, parameters: DepositParameters) -> str | None:
    """The code of the first rule that refuses, None when none does."""
    return next((code for code, rule in REFUSALS if rule(evidence, parameters)), None)


def hold(evidence: Evidence, parameters: DepositParameters) -> str | None:
    """What keeps a hypothesis from going on for the moment, None when nothing does."""
    e = evidence
    reasons = (
        ("collection_round", e.collecting is Collecting.GOING_ON),
        ("inhibited", e.inhibited),
        ("covered", e.animate_cover > parameters.animate_cover),
        ("indistinct", e.indistinct and e.waste == 0),
        ("may_be_shadow", e.shadow and e.waste < _STRONG_WASTE),
        ("person_lost", e.person_may_rise or (e.person_lost and e.waste == 0)),
        ("may_be_a_body", e.body and e.waste < _STRONG_WASTE),
    )
    return next((code for code, holds in reasons if holds), None)
