"""The live queue: one poller of the database for everybody who follows it over server-sent events.

A browser that was cut off says the number of the last news it got; it goes on behind it, from
memory or from the database, and misses nothing.
"""

import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import anyio
import structlog
from anyio import to_thread

from litterwatch.detector.errors import LitterwatchError, TooManyAttempts
from litterwatch.service.db import Database
from litterwatch.service.reviews.changes import changes_after, latest_seq
from litterwatch.service.reviews.tables import ChangeRow
from litterwatch.service.texts import N_

POLL: Final = 2.0
"""Seconds between two looks at the database, however many follow."""

BEAT: Final = 15.0
"""Seconds of silence after which a sign of life is sent, and it is asked who still may follow."""

MOST_OF_ONE: Final = 6
"""Streams of one account."""

MOST: Final = 500
_KEPT: Final = 1000  # news in memory
_PAGE: Final = 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows.

    Attributes:
        user_id: who.
        units: whose events he may see; None for all.
        still_may: asks anew: the units, or an error where his session has ended.
        matching: those of some events that his filters show; None where he filters nothing.
    """

    user_id: str
    units: frozenset[str] | None
    still_may: Callable[[], frozenset[str] | None]
    matching: Callable[[Sequence[str]], frozenset[str]] | None = None


class Feed:
    """Follows the news of a database.

    Args:
        database: with the news.
        before_each: done before each look, in the poller's thread: what is found is taken in.
        poll: seconds between two looks.
    """

    def __init__(
        self, database: Database, before_each: Callable[[], object], *, poll: float = POLL
    ) -> None:
        self._database = database
        self._before_each = before_each
        self._poll = poll
        self._recent: deque[ChangeRow] = deque(maxlen=_KEPT)
        self._latest = 0
        self._news = anyio.Event()
        self._closed = anyio.Event()
        self._places: Counter[str] = Counter()

    @property
    def latest(self) -> int:
        """The number of the newest news that was read."""
        return self._latest

    async def begin(self) -> None:
        """Take what is there as known."""
        self._latest = await to_thread.run_sync(self._newest)

    async def follow(self) -> None:
        """The poller: look, wait, look, until `close`."""
        while not self._closed.is_set():
            await self.look()
            with anyio.move_on_after(self._poll):
                await self._closed.wait()

    async def look(self) -> None:
        """Read what is new; what cannot be read now is read later."""
        try:
            found = await to_thread.run_sync(self._read)
        except Exception as error:  # noqa: BLE001 - the outermost loop of a worker
            _log.warning("the queue cannot be followed just now", why=str(error))
            return
        if found:
            self._recent.extend(found)
            self._latest = found[-1].seq
            self._news.set()
            self._news = anyio.Event()

    def close(self) -> None:
        """End the poller and every stream."""
        self._closed.set()
        self._news.set()

    def require_place(self, user_id: str) -> None:
        """Refuse one stream too many.

        Raises:
            TooManyAttempts: this account, or all together, follow too often already.
        """
        if self._places[user_id] >= MOST_OF_ONE or self._places.total() >= MOST:
            raise TooManyAttempts(N_("Too many pages follow the queue at once: close some."))

    async def stream(
        self, follower: Follower, after: int | None, seconds: float
    ) -> AsyncIterator[str]:
        """Server-sent events for one follower.

        Args:
            follower: who.
            after: number of the last news he has; None for those from now on.
            seconds: how long; 0 gives what there is and ends.
        """
        self._places[follower.user_id] += 1
        try:
            async for part in self._told(follower, after, seconds):
                yield part
        finally:
            self._places[follower.user_id] -= 1

    async def _told(
        self, follower: Follower, after: int | None, seconds: float
    ) -> AsyncIterator[str]:
        position = self._latest if after is None else after
        units = follower.units
        yield f"retry: 3000\nid: {position}\nevent: ready\ndata: {{}}\n\n"
        until = anyio.current_time() + seconds
        while True:
            news = self._news
            found = await self._behind(position)
            if found is None:
                position = self._latest
                yield f"id: {position}\nevent: reset\ndata: {{}}\n\n"
                continue
            own = [change for change in found if units is None or change.unit in units]
            shown = await _shown(follower, own)
            for change in own:
                yield _written(change, is_wanted=change.event_id in shown)
            position = found[-1].seq if found else position
            left = until - anyio.current_time()
            if not found and (self._closed.is_set() or left <= 0):
                return
            if found or await _came(news, min(BEAT, left)):
                continue
            try:
                units = await to_thread.run_sync(follower.still_may)
            except LitterwatchError:
                yield "event: ended\ndata: {}\n\n"
                return
            yield f"id: {position}\n: still here\n\n"

    async def _behind(self, position: int) -> Sequence[ChangeRow] | None:
        """News behind a number; None where they are too many, too old, or it is not ours."""
        if position == self._latest:
            return ()
        if position > self._latest or self._latest - position > _KEPT:
            return None
        if self._recent and self._recent[0].seq <= position + 1:
            return [change for change in self._recent if change.seq > position]
        found = await to_thread.run_sync(self._read_behind, position)
        is_whole = bool(found) and found[0].seq == position + 1
        return found if is_whole else None  # what he has not seen was removed meanwhile

    def _read_behind(self, position: int) -> Sequence[ChangeRow]:
        with self._database.reading() as session:
            return changes_after(session, position, _PAGE)

    def _read(self) -> Sequence[ChangeRow]:
        self._before_each()
        return self._read_behind(self._latest)

    def _newest(self) -> int:
        with self._database.reading() as session:
            return latest_seq(session)


async def _came(news: anyio.Event, seconds: float) -> bool:
    with anyio.move_on_after(max(seconds, 0.01)):
        await news.wait()
        return True
    return False


async def _shown(follower: Follower, news: Sequence[ChangeRow]) -> frozenset[str]:
    """The events of some news that the follower's filters show."""
    asked = frozenset(change.event_id for change in news)
    if follower.matching is None or not asked:
        return asked
    return await to_thread.run_sync(follower.matching, sorted(asked))


def _written(change: ChangeRow, *, is_wanted: bool) -> str:
    data = {
        "event_id": change.event_id,
        "state": change.state,
        "revision": change.revision,
        "kind": change.kind,
        "unit": change.unit,
        "is_wanted": is_wanted,
        "moment": change.moment.astimezone(UTC).isoformat(),
        "at": change.at.astimezone(UTC).isoformat(),
        "href": f"/events/{change.event_id}",
    }
    return f"id: {change.seq}\nevent: {change.what}\ndata: {json.dumps(data)}\n\n"
