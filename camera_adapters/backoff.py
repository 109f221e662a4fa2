"""How long to wait before a camera is tried again."""

import random
from typing import Final

from litterwatch.detector.errors import SourceAuthFailed, SourceError, SourceUntrusted

FIRST: Final = 0.5
"""Seconds before the second attempt; each further wait is twice as long."""

LONGEST: Final = 15.0
"""Seconds: a camera that answers and gives nothing is asked four times a minute at most."""

FIRST_REFUSED: Final = 300.0
"""Seconds after a refused password: cameras lock an account after five or so within minutes.

Also after a certificate that is not believed: a person must look first.
"""

LONGEST_REFUSED: Final = 3600.0
"""Seconds between attempts with a password that keeps being refused."""

_SOFTENED: Final = 0.5  # share of a wait that chance takes away at most


class Backoff:
    """Waits that double, shortened by chance so that many cameras do not come back as one.

    Args:
        chance: given, so that tests own it.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failures = self._refusals = 0

    def next(self, error: SourceError) -> float:
        """Seconds to wait after this failure."""
        # Counted apart: a camera that was away for long and, still starting, lets nobody in is not
        # one that has refused for long.
        if isinstance(error, SourceAuthFailed | SourceUntrusted):
            wait = min(LONGEST_REFUSED, FIRST_REFUSED * 2.0 ** min(self._refusals, 32))
            self._refusals += 1
            # Waited out in full: a lock must have time to end.
            return wait
        wait = min(LONGEST, FIRST * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return wait * (1 - _SOFTENED * self._chance.random())

    def reset(self) -> None:
        """The camera gave pictures."""
        self._failures = self._refusals = 0
