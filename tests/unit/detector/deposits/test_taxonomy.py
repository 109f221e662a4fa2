"""The kind of an act, the most particular first."""

import pytest

from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.taxonomy import ZONE_PRIOR, Act, kind_of
from litterwatch.detector.types import EventKind, Label, ZoneKind

P = DepositParameters()


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (Act(0.02, ZoneKind.NO_DUMP), EventKind.LITTER_SMALL),
        (Act(0.2, ZoneKind.NO_DUMP), EventKind.BAG_DUMP),
        (Act(0.8, ZoneKind.NO_DUMP), EventKind.BULKY_DUMP),
        (
            Act(0.2, ZoneKind.ROAD, thrown=True, actor=Label.TWO_WHEELER),
            EventKind.THROWN_FROM_VEHICLE,
        ),
        (Act(0.02, ZoneKind.ROAD, thrown=True, actor=Label.PERSON), EventKind.LITTER_SMALL),
        (
            Act(0.2, ZoneKind.NO_DUMP, actor=Label.VEHICLE, in_footprint=True),
            EventKind.VEHICLE_DUMP,
        ),
        (Act(0.2, ZoneKind.COLLECTION_POINT), EventKind.WRONG_HOURS),
        (Act(0.2, ZoneKind.COLLECTION_POINT, permitted_now=True), EventKind.BAG_DUMP),
        (Act(0.2, ZoneKind.NO_DUMP, beside_waste=True), EventKind.PILE_GROWTH),
    ],
)
def test_kinds(act: Act, kind: EventKind) -> None:
    assert kind_of(act, P) is kind


def test_every_zone_has_a_prior() -> None:
    assert set(ZONE_PRIOR) == set(ZoneKind)
    assert all(0 <= prior <= 1 for prior in ZONE_PRIOR.values())
