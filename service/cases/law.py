"""Acts and time limits as dated data: offered to officers, who choose; nothing is decided here."""

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from litterwatch.detector.errors import NotFound
from litterwatch.service.cases.calendar import Unit
from litterwatch.service.texts import N_


class ZoneClass(StrEnum):
    """What a place is to the law."""

    PUBLIC_PLACE = "public_place"
    MANAGED_AREA = "managed_area"
    PAVEMENT = "pavement"
    ROADWAY = "roadway"
    DRAIN = "drain"
    WATER = "water"
    ROAD_LAND_RURAL = "road_land_rural"


class VehicleClass(StrEnum):
    """With what the act was done; a motorbike is no "car, tractor or similar"."""

    NONE = "none"
    TWO_WHEELER = "two_wheeler"
    CAR = "car"
    REFUSE_TRUCK = "refuse_truck"


class Domain(StrEnum):
    """Whose rules on limitation count."""

    ENVIRONMENT = "environment"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the catalogue, with its band for an individual.

    Attributes:
        id: stable name.
        text_vi, text_en: what is done.
        basis: where it stands.
        least, most: VND.
        organisation_factor: an organisation's band is so many times that.
        valid_from, valid_to: first day, and first day no longer, None for open.
        domain: environment or traffic.
        remedy: what must be put right besides, None where nothing is known.
        has_licence_measure: whether a licence may be suspended.
        zones, vehicles: where and with what it is offered; none: chosen by hand only.
        status: how sure its text is.
    """

    id: str
    text_vi: str
    text_en: str
    basis: str
    least: int
    most: int
    organisation_factor: int
    valid_from: date
    valid_to: date | None
    domain: Domain
    remedy: str | None
    has_licence_measure: bool
    zones: frozenset[ZoneClass]
    vehicles: frozenset[VehicleClass]
    status: str

    def is_valid(self, day: date) -> bool:
        """Whether it was in force on the day of the act."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def band(self, *, is_organisation: bool) -> tuple[int, int]:
        """Least and most, VND: shown to officers, never a decision."""
        factor = self.organisation_factor if is_organisation else 1
        return self.least * factor, self.most * factor


class LimitKind(StrEnum):
    """What must be done in time."""

    VERIFICATION = "verification"
    VERIFICATION_EXTENDED = "verification_extended"
    RECORD_WARNING = "record_warning"
    RECORD = "record"
    EXPLANATION = "explanation"
    DECISION = "decision"
    DECISION_TRANSFERRED = "decision_transferred"
    DECISION_EXPLANATION = "decision_explanation"
    DECISION_COMPLEX = "decision_complex"
    LIMITATION_ENVIRONMENT = "limitation_environment"
    LIMITATION_TRAFFIC = "limitation_traffic"
    MONITORING = "monitoring"


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit from a day on."""

    kind: LimitKind
    amount: int
    unit: Unit
    valid_from: date
    basis: str
    status: str


@cache
def acts() -> tuple[Act, ...]:
    """The catalogue that comes with litterwatch."""
    return tuple(_act(each) for each in _data("legal_acts.json")["acts"])


def act_of(act_id: str) -> Act:
    """An act by its id.

    Raises:
        NotFound: the catalogue has no such act.
    """
    for act in acts():
        if act.id == act_id:
            return act
    raise NotFound(N_("The catalogue has no such act: choose one of those offered."))


def offered(zone: ZoneClass, vehicle: VehicleClass, day: date) -> list[Act]:
    """Acts that may fit, the lowest band first; an officer picks one, or another, or none."""
    fitting = [
        act for act in acts() if act.is_valid(day) and zone in act.zones and vehicle in act.vehicles
    ]
    return sorted(fitting, key=lambda act: (act.most, act.id))


def limit_on(kind: LimitKind, day: date) -> Limit:
    """The limit that counts for something that started on a day: the latest in force.

    Before the first of its kind, the first counts.
    """
    known = sorted((each for each in _limits() if each.kind is kind), key=lambda e: e.valid_from)
    in_force = [each for each in known if each.valid_from <= day]
    return in_force[-1] if in_force else known[0]


def has_explanation_right(act: Act, day: date, *, is_organisation: bool) -> bool:
    """Whether the person may explain himself before a decision, by the band and the measures."""
    rules = sorted(_data("limits.json")["explanation_right"], key=lambda each: each["valid_from"])
    in_force = [rule for rule in rules if date.fromisoformat(rule["valid_from"]) <= day]
    rule = in_force[-1] if in_force else rules[0]
    threshold: int = rule["organisation" if is_organisation else "individual"]
    return act.has_licence_measure or act.band(is_organisation=is_organisation)[1] >= threshold


@cache
def _limits() -> tuple[Limit, ...]:
    return tuple(
        Limit(
            LimitKind(each["kind"]),
            each["amount"],
            Unit(each["unit"]),
            date.fromisoformat(each["valid_from"]),
            each["basis"],
            each["status"],
        )
        for each in _data("limits.json")["limits"]
    )


def _act(each: dict[str, Any]) -> Act:
    ends = each["valid_to"]
    return Act(
        id=each["id"],
        text_vi=each["act_vi"],
        text_en=each["act_en"],
        basis=each["basis"],
        least=each["min"],
        most=each["max"],
        organisation_factor=each["organisation_factor"],
        valid_from=date.fromisoformat(each["valid_from"]),
        valid_to=None if ends is None else date.fromisoformat(ends),
        domain=Domain(each["domain"]),
        remedy=each["remedy"],
        has_licence_measure=each["has_licence_measure"],
        zones=frozenset(map(ZoneClass, each["zones"])),
        vehicles=frozenset(map(VehicleClass, each["vehicles"])),
        status=each["status"],
    )


@cache
def _data(name: str) -> dict[str, Any]:
    text = (files("litterwatch.service") / "cases" / "data" / name).read_text("utf-8")
    return dict(json.loads(text))
