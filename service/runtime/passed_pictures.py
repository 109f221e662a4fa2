"""Pictures of what live cameras passed over: cut from the rings, after all evidence.

They are worth little one by one: what cannot be had, or finds no room, is let go. Evidence never
waits for them and never finds its room taken by them.
"""

import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import ClipSource, Clock
from litterwatch.service.db import Database
from litterwatch.service.labels.candidates import Draw, keep_drawn
from litterwatch.service.runtime.live_messages import Passed
from litterwatch.service.runtime.stretches import Stretches

_log = structlog.get_logger(__name__)
_WAITING: Final = 64
"""At most; the oldest is let go."""

_PATIENCE: Final = 20.0  # s that the ring is waited for
_BEYOND: Final = 1.0  # s of footage behind the moment, so that its picture is whole


class SpannedFootage(ClipSource, Protocol):
    """What `RingFootage` is here."""

    def span(self) -> tuple[float, float] | None: ...


@dataclass(slots=True)
class PassedPictures:
    """Keeps pictures on which the lot has fallen.

    Args:
        database: its tables are there.
        draw: shares, limits, where they go.
        stretches: says which footage one belongs to.
        footage_of: the ring of a camera.
        clock: the host's.
        reserve_bytes: room on the disk that is evidence's, bytes.
    """

    database: Database
    draw: Draw
    stretches: Stretches
    footage_of: Callable[[str], SpannedFootage]
    clock: Clock
    reserve_bytes: int = 0
    _waiting: deque[tuple[Passed, float]] = field(default_factory=lambda: deque(maxlen=_WAITING))

    def hear(self, passed: Passed) -> None:
        """Take one; called from any thread."""
        self._waiting.append((passed, self.clock.monotonic()))

    def work(self) -> bool:
        """Keep the picture that has waited longest, if its ring is far enough; whether one went."""
        try:
            passed, since = self._waiting[0]
        except IndexError:
            return False
        span = self.footage_of(passed.source.camera_id).span()
        is_there = span is not None and span[1] >= passed.passed.media_time + _BEYOND
        if not is_there and self.clock.monotonic() - since <= _PATIENCE:
            return False
        self._waiting.popleft()
        try:
            self._keep(passed)
        except LitterwatchError as error:
            _log.warning("a picture of what was passed over is not kept", why=str(error))
        return True

    def _keep(self, passed: Passed) -> None:
        if shutil.disk_usage(self.draw.root).free <= self.reserve_bytes:
            return
        footage = self.stretches.of(passed.source)
        clips = self.footage_of(passed.source.camera_id)
        keep_drawn(self.database, self.draw, footage.id, clips, [passed.passed])
