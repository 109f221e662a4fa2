"""Zones, hours and the ids of events."""

from datetime import UTC, datetime

import pytest

from litterwatch.detector.change.model import ChangeModel
from litterwatch.detector.change.scripted import scripted_view
from litterwatch.detector.deposits.docket import NOWHERE, Docket, permits
from litterwatch.detector.deposits.memory import Memory
from litterwatch.detector.deposits.observing import Look
from litterwatch.detector.deposits.parameters import DepositParameters
from litterwatch.detector.deposits.reporting import event_id
from litterwatch.detector.geometry import Box
from litterwatch.detector.tracking.height import PersonHeight
from litterwatch.detector.types import WHOLE_FRAME, Site, Zone, ZoneKind

P = DepositParameters()
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def docket(*zones: Zone) -> Docket:
    return Docket(Site(zones=zones), P, ChangeModel(), Memory(P, PersonHeight()))


def look() -> Look:
    view = scripted_view(0.0)
    return Look(0.0, view, (), (), (), True, (320, 240))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 5, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "hours", "when", "expected"),
    [
        (ZoneKind.NO_DUMP, (), at(12), False),
        (ZoneKind.COLLECTION_POINT, (), at(12), True),
        (ZoneKind.COLLECTION_POINT, ((1080, 1320),), at(19), True),
        (ZoneKind.COLLECTION_POINT, ((1080, 1320),), at(12), False),
        (ZoneKind.COLLECTION_POINT, ((1320, 120),), at(1), True),  # over midnight
        (ZoneKind.COLLECTION_POINT, ((1320, 120),), at(23), True),
        (ZoneKind.COLLECTION_POINT, ((1320, 120),), at(12), False),
        (ZoneKind.COLLECTION_POINT, ((1080, 1320),), None, True),  # nobody knows the hour
    ],
)
def test_hours(
    kind: ZoneKind, hours: tuple[tuple[int, int], ...], when: datetime | None, *, expected: bool
) -> None:
    assert permits(Zone("z", kind, WHOLE_FRAME, hours), when) is expected


def test_ids_are_stable_and_tell_cameras_things_and_times_apart() -> None:
    first = event_id("gate", 1, 11.5)
    assert first == event_id("gate", 1, 11.5)
    assert len({first, event_id("yard", 1, 11.5), event_id("gate", 2, 11.5)}) == 3
    assert event_id("gate", 1, 12.5) != first


def test_an_exclusion_wins_over_what_is_drawn_before_it() -> None:
    made = docket(Zone("street", ZoneKind.NO_DUMP, WHOLE_FRAME), Zone("tv", ZoneKind.EXCLUDE, LEFT))
    assert made.zone_of(Box(20, 100, 40, 120), look()).id == "tv"
    assert made.zone_of(Box(220, 100, 240, 120), look()).id == "street"


def test_of_other_zones_the_first_drawn_counts() -> None:
    made = docket(Zone("stand", ZoneKind.STAND, LEFT), Zone("all", ZoneKind.NO_DUMP, WHOLE_FRAME))
    assert made.zone_of(Box(20, 100, 40, 120), look()).id == "stand"
    assert made.zone_of(Box(220, 100, 240, 120), look()).id == "all"


def test_a_thing_lies_where_its_foot_is_and_outside_every_zone_it_is_not_watched() -> None:
    made = docket(Zone("left", ZoneKind.NO_DUMP, LEFT))
    assert made.zone_of(Box(100, 100, 300, 120), look()) is NOWHERE
    assert made.zone_of(Box(100, 100, 200, 120), look()).id == "left"


def test_a_thing_cut_off_by_the_lower_edge_is_still_in_its_zone() -> None:
    made = docket(Zone("all", ZoneKind.NO_DUMP, WHOLE_FRAME))
    assert made.zone_of(Box(100, 200, 130, 240), look()).id == "all"
    assert made.zone_of(Box(100, 200, 130, 250), look()).id == "all"


def test_seeds_of_more_than_a_minute_ago_are_no_storm() -> None:
    made = docket()
    for second in range(0, 200, 2):
        made.count_seed(float(second))
    assert list(made.seeds) == [float(s) for s in range(138, 200, 2)]
