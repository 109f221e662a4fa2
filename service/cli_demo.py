"""`litterwatch demo-footage`: footage whose truth is known."""
# ruff: noqa: PLC0415 - heavy imports stand inside the command, for a quick start

from pathlib import Path
from typing import Annotated

import typer


def demo_footage(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made if needed.")],
    pictures: Annotated[
        Path | None,
        typer.Option(
            help="Folder with bus.jpg of the ultralytics package; without it: where that package "
            "is installed (litterwatch[train]). scripts/demo fetches it."
        ),
    ] = None,
) -> None:
    """Make the demonstration footage: a street, people who pass, and one who leaves a bag.

    It is made on this machine from a sample picture, is the same every time, and holds exactly one
    event. Beside it lie what truly happened (street.json) and its SITE.toml.

    Example: litterwatch demo-footage demo && litterwatch scan demo --site demo/SITE.toml
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    from litterwatch.service.demo.footage import make_demo_footage

    columns = (TextColumn("filming"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("frames", total=None)
        made = make_demo_footage(
            out,
            pictures=pictures,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    typer.echo(str(made.video))
