"""Zones, hours and the ids of events."""

from datetime import UTC, datetime

import pytest

from litterwatch.detector.deposits.docket import permits
from litterwatch.detector.deposits.reporting import event_id
from litterwatch.detector.types import WHOLE_FRAME, Zone, ZoneKind


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
