"""What the desk does by itself from time to time, beside serving pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
import structlog
from anyio import to_thread

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do every so many seconds; the first time at once."""

    every: float
    do: Callable[[], object]


class Chores:
    """Does chores, each in its own time, until `close`.

    Args:
        chores: what there is to do.
    """

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._closed = anyio.Event()

    async def work(self) -> None:
        """The worker: one loop for each chore, so that a slow one holds up no other."""
        async with anyio.create_task_group() as group:
            for chore in self._chores:
                group.start_soon(self._repeat, chore)

    def close(self) -> None:
        """End when what is at hand is done."""
        self._closed.set()

    async def _repeat(self, chore: Chore) -> None:
        while not self._closed.is_set():
            try:
                await to_thread.run_sync(chore.do)
            except Exception as error:  # noqa: BLE001 - the outermost loop of a worker
                _log.warning("a chore of the desk is done later", why=str(error))
            with anyio.move_on_after(chore.every):
                await self._closed.wait()
