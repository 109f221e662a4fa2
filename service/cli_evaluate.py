"""`litterwatch evaluate`: what was found against what truly happened."""
# ruff: noqa: PLC0415 - heavy imports stand inside the command, for a quick start

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

UNREAD = 3


def evaluate(
    predictions: Annotated[
        Path,
        typer.Argument(
            help="events.jsonl, or the folder of a scan (which also knows what failed)."
        ),
    ],
    truth: Annotated[
        Path,
        typer.Argument(help="Folder of annotations NAME.json beside their clips, or one of them."),
    ],
    *,
    html: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write DIR/index.html and DIR/evaluation.json."),
    ] = None,
    alpha: Annotated[
        float, typer.Option(min=0.0, help="Weight of recall in the second F measure.")
    ] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")] = False,
) -> None:
    """Tell how good suspected events are: found, missed, false, how late, whom they name.

    Reads annotations as CONTRIBUTING.md describes them, and those of `litterwatch synth`. Every
    number comes with its interval.

    Exit code: 0 every annotated clip was scanned; 3 some were not, the others are evaluated.

    For example:

      litterwatch scan clips --out found && litterwatch evaluate found clips --html report
    """
    from litterwatch.service.evaluation.clips import read_clips
    from litterwatch.service.evaluation.judgement import as_object, judge
    from litterwatch.service.evaluation.page import (
        PAGE_FILE,
        RESULT_FILE,
        Heading,
        Part,
        render,
        terminal_rows,
    )
    from litterwatch.service.evaluation.scanned import scanned_predictions
    from litterwatch.service.outputs import make_folder, write_whole

    clips = read_clips(truth)
    judgement = judge(clips, scanned_predictions(predictions), alpha=alpha)
    said = json.dumps(as_object(judgement), ensure_ascii=False, indent=2)
    if html is not None:
        make_folder(html)
        heading = Heading(
            f"{predictions.name} against {truth.name}", shlex.join(["litterwatch", *sys.argv[1:]])
        )
        write_whole(html / PAGE_FILE, render(heading, [Part("All clips", judgement)]))
        write_whole(html / RESULT_FILE, said + "\n")
    if as_json:
        typer.echo(said)
    else:
        width = max(len(word) for word, _ in terminal_rows(judgement.whole))
        for word, value in terminal_rows(judgement.whole):
            typer.echo(f"{word:<{width}}  {value}")
        if judgement.unknown:
            typer.echo(f"Not in the truth: {', '.join(judgement.unknown)}", err=True)
        if html is not None:
            typer.echo(f"Look at it: {html / PAGE_FILE}")
    if judgement.whole.unread:
        raise typer.Exit(UNREAD)
