"""What sort of act it was, in the words of the service (design 1.8). Intent is never inferred."""

from dataclasses import dataclass

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.types import EventKind, Label, ZoneKind


@dataclass(frozen=True, slots=True)
class Act:
    """What the kind depends on.

    Attributes:
        size: area of the thing, H^2.
        zone: kind of the zone it lies in.
        thrown: whether it was seen flying.
        actor: what its actor is, None without one.
        in_footprint: whether it lies where a vehicle stood that brought it.
        permitted_now: whether the zone permits deposits at this hour.
        beside_waste: whether it lies beside a deposit that is already known.
    """

    size: float
    zone: ZoneKind
    thrown: bool = False
    actor: Label | None = None
    in_footprint: bool = False
    permitted_now: bool = False
    beside_waste: bool = False


def kind_of(act: Act, parameters: DepositParameters) -> EventKind:
    """The kind of an event, the most particular first."""
    wheels = act.actor in (Label.VEHICLE, Label.TWO_WHEELER)
    if act.thrown and wheels:
        return EventKind.THROWN_FROM_VEHICLE
    if act.in_footprint and act.actor is Label.VEHICLE:
        return EventKind.VEHICLE_DUMP
    if act.zone is ZoneKind.COLLECTION_POINT and not act.permitted_now:
        return EventKind.WRONG_HOURS
    if act.beside_waste:
        return EventKind.PILE_GROWTH
    return _by_size(act.size, parameters)


def _by_size(size: float, parameters: DepositParameters) -> EventKind:
    if size < parameters.small:
        return EventKind.LITTER_SMALL
    if size > parameters.bulky:
        return EventKind.BULKY_DUMP
    return EventKind.BAG_DUMP


ZONE_PRIOR: dict[ZoneKind, float] = {
    ZoneKind.NO_DUMP: 1.0,
    ZoneKind.COLLECTION_POINT: 0.9,
    ZoneKind.ROAD: 0.7,
    ZoneKind.STAND: 0.2,
    ZoneKind.BIN_MOUTH: 0.0,
    ZoneKind.EXCLUDE: 0.0,
    ZoneKind.MASK: 0.0,
}
"""Feature `zone`: how little a deposit is expected in a zone of that kind (design 1.6, f7)."""
