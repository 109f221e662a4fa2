"""The two clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from litterwatch.detector.protocols import Clock
from litterwatch.service.clock import ManualClock, SystemClock


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()])
def test_clocks_give_aware_utc_and_never_go_back(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)
    before = clock.monotonic()
    clock.sleep(0.001)
    assert clock.monotonic() > before


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=7))))
    assert clock.now() == datetime(2026, 5, 4, 5, tzinfo=UTC)
    clock.advance(90)
    clock.sleep(30)
    assert clock.now() == datetime(2026, 5, 4, 5, 2, tzinfo=UTC)
    assert clock.monotonic() == 120


def test_a_manual_clock_needs_a_zone_and_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 5, 4))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="back"):
        ManualClock().advance(-1)
