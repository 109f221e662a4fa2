"""The bench: at most one data set or candidate is being made in a data folder, and all can look.

    labelling/work/
        work.lock    held as long as somebody makes something
        work.json    what, since when, how far, and how it ended
        work.log     what the latest process started by the desk has said

Whoever makes something holds the lock; that it is free tells, also after a power cut, that nobody
does. A process that the desk starts inherits the lock, so it never is free in between.
"""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, Conflict, LitterwatchError
from litterwatch.detector.protocols import Clock
from litterwatch.labelling.files import bytes_of, require_format, write_whole
from litterwatch.service.texts import N_

FOLDER: Final = "work"
FORMAT: Final = "litterwatch-work/1"
LOG: Final = "work.log"
_LOCK, _STATE = "work.lock", "work.json"
_EVERY: Final = timedelta(seconds=1)
"""Progress is written no oftener."""


class Making(StrEnum):
    """What can be made."""

    DATASET = "dataset"
    CANDIDATE = "candidate"


class WorkState(StrEnum):
    """How it stands."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """What somebody wants made.

    Attributes:
        making: a data set or a candidate.
        is_freezing: no model is ever to be trained on what the data set tests with.
    """

    making: Making
    is_freezing: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What is being made, or was made last.

    Attributes:
        order: what was ordered; `actor` by whom, `begun_at` when, UTC.
        state: how it stands.
        step: what is done, in English words; `done` how many are done, `of` how many there are.
        result: name of what was made, or empty.
        is_accepted: what the gate said of a candidate.
        why: one sentence where it failed.
        pid: of the process, None until it has said so.
    """

    order: WorkOrder
    actor: str
    begun_at: datetime
    state: WorkState = WorkState.RUNNING
    step: str = ""
    done: int = 0
    of: int = 0
    result: str = ""
    is_accepted: bool | None = None
    why: str = ""
    pid: int | None = None


class Bench:
    """What is being made in a labelling folder.

    Args:
        labelling: the folder; made when something is.
        clock: when.
    """

    def __init__(self, labelling: Path, clock: Clock) -> None:
        self.folder = labelling / FOLDER
        self._clock = clock

    def work(self) -> Work | None:
        """What is being made, or was made last; None before the first time.

        Raises:
            ConfigError: the record cannot be understood, or the folder cannot be used.
        """
        said = self._read()
        if said is None or said.state is not WorkState.RUNNING or self._is_held():
            return said
        latest = self._read()  # it may have ended between the two looks
        ended = latest is not None and latest.state is not WorkState.RUNNING
        return latest if ended else replace(said, state=WorkState.STOPPED)

    def hold(self) -> int:
        """Take the place at the bench; the descriptor that holds it until it is closed.

        Raises:
            ConfigError: the folder cannot be used.
            Conflict: somebody has it.
        """
        handle = self._opened()
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Conflict(
                N_("Something is being made already: wait until it is done, or stop it.")
            ) from None
        return handle

    def begin(self, order: WorkOrder, actor: str) -> Work:
        """Note what is made from now on; the bench is held.

        Raises:
            ConfigError: the disk refuses.
        """
        work = Work(order, actor, self._clock.now())
        self._write(work)
        return work

    def stop(self) -> Making:
        """End the process that makes something; what it has done stays done.

        Raises:
            Conflict: none runs, or it cannot be reached from here.
        """
        work = self.work()
        if work is None or work.state is not WorkState.RUNNING or work.pid is None:
            raise Conflict(N_("Nothing is being made that could be stopped."))
        try:
            os.kill(work.pid, signal.SIGTERM)
        except OSError:
            raise Conflict(
                N_("Somebody else's process does this: stop it where it was started.")
            ) from None
        return work.order.making

    @contextmanager
    def making(self, order: WorkOrder, actor: str) -> Iterator["Told"]:
        """Take the place, for as long as this process makes something itself.

        Raises:
            ConfigError: the disk refuses.
            Conflict: somebody has it.
        """
        handle = self.hold()
        try:
            with self.telling(self.begin(order, actor)) as told:
                yield told
        finally:
            os.close(handle)

    @contextmanager
    def telling(self, work: Work) -> Iterator["Told"]:
        """Tell how far it is, and in the end how it went; the bench is held.

        Raises:
            ConfigError: the disk refuses.
        """
        told = Told(self, replace(work, pid=os.getpid()), self._clock)
        try:
            yield told
        except LitterwatchError as error:
            told.end(WorkState.FAILED, why=str(error))
            raise
        except Exception as error:
            told.end(WorkState.FAILED, why=f"{type(error).__name__}: see {self.folder / LOG}.")
            raise
        told.end(WorkState.DONE)

    def _write(self, work: Work) -> None:
        said = {"format": FORMAT, **asdict(work), "begun_at": work.begun_at.isoformat()}
        write_whole(self.folder / _STATE, bytes_of(said))

    def _read(self) -> Work | None:
        file = self.folder / _STATE
        try:
            said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            require_format(said, FORMAT)
            del said["format"]
            order = said.pop("order")
            said["order"] = WorkOrder(Making(order["making"]), bool(order["is_freezing"]))
            said["begun_at"] = datetime.fromisoformat(said["begun_at"])
            said["state"] = WorkState(said["state"])
            return Work(**said)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"{file} does not say what is being made ({error}): remove it."
            ) from (error)

    def _is_held(self) -> bool:
        handle = self._opened()
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def _opened(self) -> int:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(f"{self.folder} cannot be used: {error.strerror}.") from error


class Told:
    """Writes down how far the work is.

    Args:
        bench: where.
        work: as it began.
        clock: how long ago it was last written.
    """

    def __init__(self, bench: Bench, work: Work, clock: Clock) -> None:
        self._bench = bench
        self._work = work
        self._clock = clock
        self._written_at: datetime | None = None
        self._say()

    def __call__(self, step: str, done: int, of: int) -> None:
        """What is done, how many are done, and of all.

        Raises:
            ConfigError: the disk refuses.
        """
        is_turn = step != self._work.step or done == of
        self._work = replace(self._work, step=step, done=done, of=of)
        due = self._written_at is None or self._clock.now() - self._written_at >= _EVERY
        if is_turn or due:
            self._say()

    def made(self, name: str, *, is_accepted: bool | None = None) -> None:
        """What has come of it."""
        self._work = replace(self._work, result=name, is_accepted=is_accepted)

    def end(self, state: WorkState, why: str = "") -> None:
        """Write how it ended.

        Raises:
            ConfigError: the disk refuses.
        """
        self._work = replace(self._work, state=state, why=why)
        self._say()

    def _say(self) -> None:
        self._bench._write(self._work)  # noqa: SLF001 - one module, two sides of one record
        self._written_at = self._clock.now()
