"""What a scan says while it goes on and when it has ended."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """How a file ended."""

    READ = "read"
    ALREADY_DONE = "already_done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What came of one path or file.

    Attributes:
        name: as people see it.
        outcome: how it ended.
        why: what went wrong, one sentence; also for a file that was read and broke off early.
        seconds: media time read, s.
        events: how many were found.
    """

    name: str
    outcome: Outcome
    why: str | None = None
    seconds: float = 0.0
    events: int = 0


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What came of a scan.

    Attributes:
        files: every path and file, in the order of names.
        wall_seconds: how long it took.
        stopped: why not all was done: "interrupted", or a sentence; None when all was done.
    """

    files: tuple[FileOutcome, ...]
    wall_seconds: float
    stopped: str | None = None

    def count(self, outcome: Outcome) -> int:
        return sum(file.outcome is outcome for file in self.files)

    @property
    def problems(self) -> tuple[FileOutcome, ...]:
        """The files of which something could not be read."""
        return tuple(file for file in self.files if file.why is not None)


INTERRUPTED = "interrupted"


class Listener(Protocol):
    """Hears how a scan goes on."""

    def planned(self, files: int, seconds: float) -> None: ...

    def file_started(self, name: str, seconds: float | None) -> None: ...

    def at(self, media_time: float) -> None: ...

    def file_finished(self, outcome: FileOutcome) -> None: ...


class SilentListener:
    """Hears and says nothing."""

    def planned(self, files: int, seconds: float) -> None:
        """Nothing is said."""

    def file_started(self, name: str, seconds: float | None) -> None:
        """Nothing is said."""

    def at(self, media_time: float) -> None:
        """Nothing is said."""

    def file_finished(self, outcome: FileOutcome) -> None:
        """Nothing is said."""
