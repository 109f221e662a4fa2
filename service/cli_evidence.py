"""`litterwatch evidence ...`: prove that what is stored is whole."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from litterwatch.service import cli_custody, cli_export, cli_retention

evidence_app = typer.Typer(
    help="Prove that evidence is whole; hand it over; keep it or let it go.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
UNSOUND = 3
evidence_app.command()(cli_custody.key)
evidence_app.command()(cli_custody.stamp)
evidence_app.command()(cli_export.export)
evidence_app.command()(cli_export.verify)
evidence_app.command()(cli_retention.hold)
evidence_app.command()(cli_retention.release)
evidence_app.command()(cli_retention.retain)


class Cost(StrEnum):
    """How thorough, and how long."""

    NAMES = "names"
    SIZES = "sizes"
    HASHES = "hashes"


@evidence_app.callback()
def evidence() -> None:
    """Prove that evidence is whole; hand it over; keep it or let it go."""


@evidence_app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of results, as `scan --out` made it.")
    ],
    *,
    cost: Annotated[
        Cost,
        typer.Option(
            help="names: every file is there; sizes: and has its size; hashes: and every byte is"
            " what was stored."
        ),
    ] = Cost.SIZES,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that every evidence file is there and unchanged, and the chain of custody unbroken.

    Exit code: 0 everything is whole; 3 something is not.

    For example:

      litterwatch evidence check litterwatch-out --cost hashes
    """
    from litterwatch.service.evidence.check import check as checked
    from litterwatch.service.wiring_custody import data_folder

    with data_folder(folder, settings) as (_, database):
        report = checked(folder, database, cost.value)
    if as_json:
        typer.echo(json.dumps({"is_sound": report.is_sound, **asdict(report)}, indent=2))
    else:
        for problem in report.problems:
            typer.echo(f"{problem.subject}: {problem.text}", err=True)
        verdict = "everything is whole" if report.is_sound else f"{len(report.problems)} problems"
        typer.echo(
            f"{report.rows} evidence files ({report.cost}): {verdict}."
            f" Head of the chain of custody: {report.custody_head}"
        )
    if not report.is_sound:
        raise typer.Exit(UNSOUND)
