"""The host's time. Every loop takes a `Clock`, so that tests own it."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The real clocks of this machine."""

    def now(self) -> datetime:
        """UTC, aware."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks the machine

    def monotonic(self) -> float:
        """Seconds, never going back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; the real thing."""
        time.sleep(seconds)  # noqa: TID251 - the one place that waits


class ManualClock:
    """A clock that only moves when told to; `sleep` moves it and returns at once.

    Args:
        start: UTC, aware; where the clock stands at first.

    Raises:
        ValueError: `start` has no time zone.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware time")
        self._start = start.astimezone(UTC)
        self._passed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass, s; never back.

        Raises:
            ValueError: seconds is negative.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._passed += seconds
