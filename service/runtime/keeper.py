"""Steps 7 and 8 for live cameras: evidence is cut from the rings and recorded, in one thread.

A provisional event is recorded at once, with what the ring holds by then. Its clip is cut again as
soon as the ring holds all of it, also if it never moves on (its camera was struck, and judging
began afresh), and once more when the event is confirmed. Nothing is dropped: what cannot be stored
now (a full disk) is tried again until it can.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

import structlog

from litterwatch.detector.errors import LitterwatchError
from litterwatch.detector.protocols import ClipSource, Clock
from litterwatch.detector.types import Event, EventState
from litterwatch.service.db import Database
from litterwatch.service.events.service import EvidenceSink
from litterwatch.service.evidence.manifest import CameraClock, Footage
from litterwatch.service.evidence.store import EvidenceStore
from litterwatch.service.evidence.window import clip_window
from litterwatch.service.runtime.live_messages import Found, Passed
from litterwatch.service.runtime.passed_pictures import PassedPictures
from litterwatch.service.runtime.stretches import Stretches
from litterwatch.service.settings import EvidenceSettings

_log = structlog.get_logger(__name__)
_AGAIN: Final = 10.0  # s after which what could not be stored is tried again
_PATIENCE: Final = 20.0  # s that the end of a clip is waited for beyond its time
_BEYOND: Final = 1.0  # s of footage behind a clip's end, so that its last picture is whole
_POLL: Final = 0.5
_HOMES: Final = 10_000  # events whose stretch is remembered


class LiveFootage(ClipSource, Protocol):
    """What `RingFootage` is to the keeper."""

    def span(self) -> tuple[float, float] | None: ...


@dataclass(slots=True)
class _Pending:
    """An event to be stored, or (`is_stored`) one whose clip lacks its end."""

    found: Found
    since: float
    is_stored: bool = False
    not_before: float = float("-inf")


@dataclass(slots=True)
class Kept:
    """What the keeper has done, for status and metrics.

    Attributes:
        stored: states of events that were stored.
        waiting: events that wait for their clip's end, or for another attempt.
        failing: why the last attempt failed; None when it did not.
        last_delay: s from the release to the stored record, of the last provisional event.
    """

    stored: int = 0
    waiting: int = 0
    failing: str | None = None
    last_delay: float | None = None


@dataclass(slots=True)
class Keeper:
    """Stores what groups find.

    Args:
        database: its tables are there.
        store: opened.
        stretches: says which footage an event belongs to.
        footage_of: the ring of a camera.
        settings: how much is kept.
        clock: the host's.
        clock_of: what the clock of a camera was measured to be.
        pictures: keeps pictures of what was passed over; None keeps none.
    """

    database: Database
    store: EvidenceStore
    stretches: Stretches
    footage_of: Callable[[str], LiveFootage]
    settings: EvidenceSettings
    clock: Clock
    clock_of: Callable[[str], CameraClock | None] = lambda _: None
    pictures: PassedPictures | None = None
    kept: Kept = field(default_factory=Kept)
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _homes: dict[str, Footage] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _is_stopping: bool = False
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin storing."""
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def hear(self, found: Found | Passed) -> None:
        """Take an event; a later state takes the place of one that still waits."""
        if isinstance(found, Passed):
            if self.pictures is not None:
                self.pictures.hear(found)
            return
        with self._changed:
            now = self.clock.monotonic()
            self._pending[found.event.id] = _Pending(found, now)
            self._changed.notify()
        _log.warning(
            "suspected event",
            camera=found.source.camera_id,
            kind=str(found.event.kind),
            state=str(found.event.state),
            event_id=found.event.id,
        )

    def stop(self, patience: float = 30.0) -> None:
        """Store what waits, without waiting for footage that will not come any more."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)
        left = len(self._pending)
        if left:
            _log.error("events could not be stored", events=left, why=self.kept.failing)

    def work(self) -> bool:
        """Store one event that is due, else one picture; whether there was one."""
        with self._changed:
            due = next((p for p in self._pending.values() if self._is_due(p)), None)
            self.kept.waiting = len(self._pending)
        if due is None:
            return False if self.pictures is None or self._is_stopping else self.pictures.work()
        is_short = not due.is_stored and self._is_short(due.found)
        try:
            self._store(due)
        except LitterwatchError as error:
            self._put_off(due, error)
            return True
        with self._changed:
            if self._pending.get(due.found.event.id) is due:
                del self._pending[due.found.event.id]
                if is_short and not self._is_stopping:
                    short = _Pending(due.found, self.clock.monotonic(), is_stored=True)
                    self._pending[due.found.event.id] = short
            self.kept.waiting = len(self._pending)
            self.kept.failing = None
        return True

    def _run(self) -> None:
        while True:
            try:
                worked = self.work()
            except Exception:  # noqa: BLE001 - a thread's outermost loop; the event stays pending
                _log.exception("a fault inside litterwatch while keeping an event")
                worked = False
            with self._changed:
                if worked:
                    continue
                if self._is_stopping:
                    return
                self._changed.wait(_POLL)

    def _is_due(self, pending: _Pending) -> bool:
        now = self.clock.monotonic()
        if now < pending.not_before:
            return False
        is_urgent = pending.found.event.state is not EventState.CONFIRMED and not pending.is_stored
        if is_urgent or self._is_stopping:
            return True
        span, end = self._span_and_end(pending.found)
        if span is not None and span[1] >= end:
            return True
        # The camera may be lost: what there is must do.
        longest = max(0.0, end - (span[1] if span else end)) + _PATIENCE
        return now - pending.since > min(longest, self.settings.longest + _PATIENCE)

    def _is_short(self, found: Found) -> bool:
        """Whether a clip cut now lacks its end, and may have it later."""
        if found.event.state is not EventState.PROVISIONAL:
            return False
        span, end = self._span_and_end(found)
        return span is None or span[1] < end

    def _span_and_end(self, found: Found) -> tuple[tuple[float, float] | None, float]:
        """What the ring holds, and until when it must for a whole clip, s."""
        span = self.footage_of(found.source.camera_id).span()
        return span, clip_window(found.event, self.settings).end + _BEYOND

    def _put_off(self, pending: _Pending, error: LitterwatchError) -> None:
        with self._changed:
            if self.kept.failing != str(error):
                _log.error("an event cannot be stored", why=str(error))
            self.kept.failing = str(error)
            pending.not_before = self.clock.monotonic() + _AGAIN
            if self._is_stopping:
                self._pending.pop(pending.found.event.id, None)
                if not pending.is_stored:
                    _log.error("an event is lost", event_id=pending.found.event.id)

    def _store(self, pending: _Pending) -> None:
        event, source = pending.found.event, pending.found.source
        home = self._homes.get(event.id)
        if home is None:
            before = self.stretches.home_of(event.id, source.camera_id)
            home = before or self.stretches.of(source)
            self._homes[event.id] = home
            while len(self._homes) > _HOMES:
                del self._homes[next(iter(self._homes))]
        # The hour as the host's clock had it at this event, not at the stretch's beginning.
        measured = self.clock_of(source.camera_id)
        exact = replace(home, captured_from=source.captured_from, camera_clock=measured)
        sink = EvidenceSink(
            self.database,
            self.store,
            self.clock,
            footage=exact,
            clips=self.footage_of(source.camera_id),
            settings=self.settings,
        )
        if pending.is_stored:
            if sink.complete(event):
                _log.info("clip completed", event_id=home.event_id(event.id))
            return
        sink.accept(event)
        self.kept.stored += 1
        if event.state is EventState.PROVISIONAL:
            self.kept.last_delay = self._since_release(event, source.captured_from)
        _log.info("event stored", event_id=home.event_id(event.id), state=str(event.state))

    def _since_release(self, event: Event, captured_from: datetime) -> float:
        passed = (self.clock.now() - captured_from).total_seconds()
        return passed - event.t_release
