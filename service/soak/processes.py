"""What the processes of a watch hold, as the system tells it (/proc)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_OWN: Final = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")  # since Linux 5.4
_OURS: Final = b"spawn_main"  # how processes of ours are started; helpers of Python's are not


@dataclass(frozen=True, slots=True)
class Held:
    """What some processes hold together.

    Attributes:
        processes: how many there are.
        memory: MiB that are theirs: no file stands behind it, as it does behind code; what several
            processes share (the tables of a fork, frames passed on) is divided among them. The
            shares of libraries are left out: they rise when other programs that use them end.
        handles: open files, sockets and pipes.
    """

    processes: int
    memory: float
    handles: int


def children_of(pid: int) -> list[int]:
    """The processes of ours that a process has started and that live."""
    found = []
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            # The name of a program may hold blanks and brackets.
            facts = (folder / "stat").read_text().rpartition(")")[2].split()
            is_child, is_alive = int(facts[1]) == pid, facts[0] != "Z"
            if is_child and is_alive and _OURS in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return sorted(found)


def held_by(pids: list[int]) -> Held:
    """What these hold; who has gone meanwhile holds nothing."""
    sizes = list(_sizes(pids))
    return Held(len(sizes), round(sum(s for s, _ in sizes), 1), sum(n for _, n in sizes))


def _sizes(pids: list[int]) -> Iterator[tuple[float, int]]:
    for pid in pids:
        with suppress(OSError):
            rollup = (_PROC / str(pid) / "smaps_rollup").read_text()
            kib = [int(line.split()[1]) for line in rollup.splitlines() if line.startswith(_OWN)]
            handles = len(list((_PROC / str(pid) / "fd").iterdir()))
            yield sum(kib) / 1024, handles
