"""`litterwatch synth ...`: films of scenarios whose truth is known by construction."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from pathlib import Path
from typing import Annotated, Literal

import typer

synth_app = typer.Typer(
    help="Films of drawn scenarios with their truth, to test the engine with.",
    no_args_is_help=True,
)

_Out = Annotated[Path, typer.Option("--out", help="Folder to write to; made if needed.")]
_Pictures = Annotated[
    Path | None,
    typer.Option(
        help="Folder with bus.jpg of the ultralytics package; without it: where that package is "
        "installed (litterwatch[train])."
    ),
]


@synth_app.command("make")
def make(
    scenario: Annotated[Path, typer.Argument(help="What to film, a TOML file.")],
    out: _Out,
    pictures: _Pictures = None,
) -> None:
    """Film one scenario.

    Writes the film, what truly happened (NAME.json), where everything is in every frame
    (NAME.boxes.jsonl) and the scenario. The same scenario gives the same bytes.

    Example: litterwatch synth make dump.toml --out films
    """
    from litterwatch.service.demo.pictures import street_photo
    from litterwatch.service.synth.footage import render
    from litterwatch.service.synth.scenario_file import load_scenario

    typer.echo(str(render(load_scenario(scenario), street_photo(pictures), out).video))


@synth_app.command("suite")
def suite(
    name: Annotated[
        Literal["dev", "test", "stress"],
        typer.Argument(
            help="dev or test: every act, with identities of its own; stress: every condition, "
            "with and without a deposit."
        ),
    ],
    out: _Out,
    count: Annotated[int, typer.Option(min=1, help="Films of each kind.")] = 1,
    height: Annotated[
        int, typer.Option(min=180, max=1080, help="Of the pictures, px; they have 16:9.")
    ] = 360,
    pictures: _Pictures = None,
) -> None:
    """Film a whole suite of scenarios; what is there already is not filmed again.

    Example: litterwatch synth suite dev --count 3 --out films
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from litterwatch.service.demo.pictures import street_photo
    from litterwatch.service.synth import kinds
    from litterwatch.service.synth.suite import render_all

    size = (round(height * 16 / 9 / 2) * 2, round(height / 2) * 2)
    photo = street_photo(pictures)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("filming", total=None)

        def told(done: int, total: int, latest: str) -> None:
            bar.update(task, completed=done, total=total, description=latest)

        clips = render_all(kinds.suite(name, count, size), photo, out, told)
    typer.echo(f"{len(clips)} films lie in {out}")
