"""`litterwatch scan`: recorded footage in, suspected events out."""
# ruff: noqa: PLC0415 - heavy imports stand inside the command, for a quick start

import json
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from litterwatch.detector.errors import ConfigError
from litterwatch.service.local_time import LOCAL

DONE, UNREAD, INTERRUPTED = 0, 3, 130


class Device(StrEnum):
    """Where the model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def scan(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Video files, or folders that are searched to the bottom."
        ),
    ],
    *,
    site: Annotated[
        Path | None,
        typer.Option(
            metavar="SITE.toml",
            help="Zones, hours and person heights; without it the whole picture is watched.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the results go; scanning into it again goes on with what is missing."
            "  [default: litterwatch-out]",
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=60.0,
            help="Pictures analysed a second of footage; 0 takes every picture.  [default: 6, with"
            " a road zone 12]",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Name or path of the weights.  [default: the ones that ship]"),
    ] = None,
    device: Annotated[
        Device | None, typer.Option(help="Where the model runs.  [default: auto]")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When the footage began, such as 2026-11-23T06:30 (Vietnam time unless it says"
            " otherwise); for one file. Permitted hours need it.",
        ),
    ] = None,
    continuous: Annotated[
        bool,
        typer.Option(
            "--continuous",
            help="The files of a folder are one camera's, one after the other by name: what is"
            " known of the place goes over from file to file.",
        ),
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the summary as JSON on stdout, and no progress."),
    ] = False,
) -> None:
    """Find suspected dumping in recorded footage.

    Writes DIR/index.html to look at, DIR/events.jsonl and DIR/summary.json for programs, the
    evidence of each event, and a database of it all. A file that is done is not read again: stop
    with Ctrl-C, or pull the plug, and run the same command to go on.

    Exit code: 0 everything was read; 3 something could not be read, the rest is done; 2 the
    command or a setting is wrong; 130 stopped by Ctrl-C.

    For example:

      litterwatch scan /media/usb/dvr

      litterwatch scan monday.mp4 tuesday.mp4 --site gate2.toml --out gate2

      litterwatch scan footage --json | jq .events
    """
    from litterwatch.service.cli_scan_view import (
        ProgressView,
        print_results,
        stop_on_signals,
    )
    from litterwatch.service.scan_report import INTERRUPTED as STOPPED
    from litterwatch.service.scan_report import SilentListener
    from litterwatch.service.settings import load_settings
    from litterwatch.service.wiring import ScanRequest, scan_footage

    analysis = {"model": model, "device": device.value if device else None}
    overrides: dict[str, dict[str, object] | Path] = {
        "analysis": {key: value for key, value in analysis.items() if value is not None}
    }
    if out is not None:
        overrides["data_folder"] = out
    request = ScanRequest(
        paths,
        load_settings(settings, overrides),
        site_file=site,
        rate=fps,
        started_at=start_time(start) if start else None,
        is_continuous=continuous,
    )
    with stop_on_signals() as is_stopping:
        if as_json:
            done = scan_footage(request, SilentListener(), is_stopping)
        else:
            with ProgressView() as view:
                done = scan_footage(request, view, is_stopping)
    if as_json:
        typer.echo(json.dumps(done.summary, ensure_ascii=False, indent=2))
    else:
        print_results(done)
    if done.report.stopped == STOPPED:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(UNREAD if done.report.problems or done.report.stopped else DONE)


def start_time(text: str) -> datetime:
    """The aware time that somebody wrote, in Vietnam time where no zone is given.

    Raises:
        ConfigError: it is no time.
    """
    try:
        written = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--start {text}: write it like 2026-11-23T06:30.") from error
    return written if written.tzinfo else written.replace(tzinfo=LOCAL)
