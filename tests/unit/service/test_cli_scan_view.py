"""What a person sees on the terminal while a scan runs."""

import io
import os
import signal

import pytest
from rich.console import Console

from litterwatch.service.cli_scan_view import ProgressView, stop_on_signals
from litterwatch.service.scan_report import FileOutcome, Outcome


def shown(*, is_terminal: bool) -> str:
    """What a scan of two files prints."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=is_terminal, width=120, color_system=None)
    with ProgressView(console) as view:
        view.file_finished(FileOutcome("gone.mp4", Outcome.FAILED, "There is no such file."))
        view.planned(3, 180.0)
        view.file_started("[red]a.mp4", 60.0)
        view.at(30.0)
        view.file_finished(FileOutcome("[red]a.mp4", Outcome.READ, seconds=60.0, events=1))
        view.file_started("b.mp4", None)
        view.at(5.0)
        view.file_finished(FileOutcome("b.mp4", Outcome.READ, seconds=6.0, events=2))
        view.file_started("c.mp4", 60.0)
        view.file_finished(FileOutcome("c.mp4", Outcome.ALREADY_DONE))
    return screen.getvalue()


def test_without_a_terminal_each_file_is_one_line() -> None:
    assert shown(is_terminal=False).splitlines() == [
        "✗ gone.mp4  There is no such file.",
        "✓ [red]a.mp4  1 suspected event",
        "✓ b.mp4  2 suspected events",
        "✓ c.mp4  already done",
    ]


def test_on_a_terminal_there_is_a_bar_for_the_file_and_for_all() -> None:
    screen = shown(is_terminal=True)
    assert "All files" in screen
    assert "00:00 of 01:00" in screen
    assert "1 of 3 files" in screen or "0 of 3 files" in screen
    assert "✓ [red]a.mp4  1 suspected event" in screen


def test_the_first_signal_is_a_wish_and_the_second_an_end() -> None:
    with stop_on_signals() as is_stopping:
        assert not is_stopping()
        os.kill(os.getpid(), signal.SIGTERM)
        assert is_stopping()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
