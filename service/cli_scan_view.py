"""What a person sees on the terminal while a scan runs and when it has ended."""

import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from litterwatch.service.footage_files import DATABASE_NAME
from litterwatch.service.outputs import EVENTS_NAME, PAGE_NAME
from litterwatch.service.report.view import clock_time, exact_time, shared_folder
from litterwatch.service.report.words import KINDS
from litterwatch.service.scan_report import INTERRUPTED, FileOutcome, Outcome
from litterwatch.service.wiring import ScanDone


class ProgressView:
    """A bar for the file at hand and one for everything, by seconds of footage, on stderr.

    Where that is no terminal, one line for each finished file.

    Args:
        console: to print on; stderr by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[shown]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._all: TaskID | None = None
        self._file: TaskID | None = None
        self._files = self._finished = 0
        self._before = self._total = self._length = 0.0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def planned(self, files: int, seconds: float) -> None:
        self._files, self._total = files, seconds
        if files > 1:
            shown = self._count_shown()
            self._all = self._progress.add_task("All files", total=seconds or None, shown=shown)

    def file_started(self, name: str, seconds: float | None) -> None:
        self._length = seconds or 0.0
        shown = self._time_shown(0.0)
        self._file = self._progress.add_task(_short(name), total=seconds, shown=shown)

    def at(self, media_time: float) -> None:
        if self._file is None:
            return
        shown = self._time_shown(media_time)
        self._progress.update(self._file, completed=media_time, shown=shown)
        if self._all is not None:
            done = self._before + min(media_time, self._length)
            self._progress.update(self._all, completed=done, shown=self._count_shown())

    def _time_shown(self, media_time: float) -> str:
        length = f" of {clock_time(self._length)}" if self._length else ""
        return clock_time(media_time) + length

    def _count_shown(self) -> str:
        return f"{self._finished} of {self._files} files"

    def file_finished(self, outcome: FileOutcome) -> None:
        if self._file is not None:
            self._progress.remove_task(self._file)
            self._file = None
            self._finished += 1
            self._before += self._length
        self._console.print(_line(outcome), soft_wrap=True, highlight=False)


def _short(name: str, width: int = 32) -> str:
    return name if len(name) <= width else "…" + name[1 - width :]


def _line(outcome: FileOutcome) -> Text:
    """One line about a finished file; names are never taken for markup."""
    if outcome.why is not None:
        return Text.assemble(("✗ ", "bold red"), outcome.name, (f"  {outcome.why}", "red"))
    if outcome.outcome is Outcome.ALREADY_DONE:
        return Text.assemble(("✓ ", "green"), outcome.name, ("  already done", "dim"))
    count = outcome.events
    found = f"  {count} suspected event{'s' if count != 1 else ''}" if count else "  no event"
    style = "bold yellow" if count else "dim"
    return Text.assemble(("✓ ", "green"), outcome.name, (found, style))


def print_results(done: ScanDone) -> None:
    """The table of events, what failed, and where everything lies."""
    console = Console(highlight=False)
    if done.events:
        console.print(_table(done))
    else:
        console.print("No suspected event was found.")
    console.print(_facts(done), soft_wrap=True, markup=False)
    for file in done.report.problems:
        console.print(Text(f"Not read: {file.name}: {file.why}", "red"), soft_wrap=True)
    for note in done.notes:
        console.print(Text(note, "yellow"), soft_wrap=True)
    console.print(f"\nLook at it: {done.folder / PAGE_NAME}", soft_wrap=True, markup=False)
    console.print(f"For programs: {done.folder / EVENTS_NAME}", soft_wrap=True, markup=False)
    console.print(f"Database: {done.folder / DATABASE_NAME}", soft_wrap=True, markup=False)
    if done.report.stopped is not None:
        reason = "Stopped." if done.report.stopped == INTERRUPTED else done.report.stopped
        again = shlex.join(["litterwatch", *sys.argv[1:]])
        sentence = f"\n{reason} What is finished is kept; to go on: {again}"
        console.print(sentence, soft_wrap=True, markup=False)


def _table(done: ScanDone) -> Table:
    table = Table(title="Suspected events (a person decides)", title_justify="left")
    table.add_column("#", justify="right")
    table.add_column("what")
    table.add_column("let go at", justify="right")
    table.add_column("state")
    table.add_column("score", justify="right")
    table.add_column("source", overflow="fold")
    folder = shared_folder([event["source"] for event in done.events])
    for number, event in enumerate(done.events, start=1):
        words = KINDS.get(event["kind"])
        table.add_row(
            str(number),
            words.en if words else event["kind"],
            exact_time(event["t_release"]),
            event["state"],
            f"{event['score']:.2f}",
            Text(event["source"].removeprefix(folder)),
        )
    return table


def _facts(done: ScanDone) -> str:
    summary = done.summary
    seconds = clock_time(summary["footage_seconds"])
    files = summary["files"]
    text = f"{seconds} of footage, {files['read']} files read"
    if files["already_done"]:
        text += f", {files['already_done']} already done"
    if summary["times_real_time"]:
        text += f", {summary['times_real_time']:.1f} times real time"
    return text + "."


@contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a wish to stop; the second one ends at once."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
