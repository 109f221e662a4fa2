"""The command `litterwatch`.

Starting up must be quick on an old machine, so this file and the cli_*.py beside it import nothing
heavy; each command imports what it needs when it runs (a test watches that).
"""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

import litterwatch
from litterwatch.detector.errors import ConfigError, LitterwatchError, ModelError
from litterwatch.service.cli_backup import backup_app
from litterwatch.service.cli_cameras import cameras_app
from litterwatch.service.cli_demo import demo_footage
from litterwatch.service.cli_evaluate import evaluate
from litterwatch.service.cli_evidence import evidence_app
from litterwatch.service.cli_explain import debug_video, explain
from litterwatch.service.cli_fake_camera import fake_camera
from litterwatch.service.cli_labelling import labelling_app
from litterwatch.service.cli_live import status, watch
from litterwatch.service.cli_models import models_app
from litterwatch.service.cli_scan import scan
from litterwatch.service.cli_serve import serve
from litterwatch.service.cli_synth import synth_app

EXIT_USAGE: Final = 2
"""The command, a setting or a model is wrong: nothing was done, a person must change it."""

EXIT_UNREAD: Final = 3
"""Something was left undone; everything else is done."""

EXIT_INTERRUPTED: Final = 130
"""Ctrl-C: what is finished is kept."""

app = typer.Typer(
    name="litterwatch",
    help=(
        "Suspected illegal dumping, found in security-camera footage, with sealed evidence for"
        " people to judge."
    ),
    epilog="Start with: litterwatch scan FOLDER",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(scan)
app.command()(evaluate)
app.command()(explain)
app.command("debug-video")(debug_video)
app.command()(watch)
app.command()(status)
app.command("demo-footage")(demo_footage)
app.command("fake-camera")(fake_camera)
app.add_typer(cameras_app, name="cameras")
app.command()(serve)
app.add_typer(backup_app, name="backup")
app.add_typer(evidence_app, name="evidence")
app.add_typer(models_app, name="models")
app.add_typer(synth_app, name="synth")
app.add_typer(labelling_app, name="labelling")


@app.callback()
def configure(
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell on stderr what is being done.")
    ] = False,
) -> None:
    """Settings for every command."""
    from litterwatch.service.logs import configure_logs  # noqa: PLC0415 - quick start

    configure_logs(is_verbose=verbose)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"litterwatch {litterwatch.__version__}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line; ends with SystemExit, errors as one line on stderr."""
    try:
        app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="litterwatch")
    except LitterwatchError as error:
        typer.echo(f"litterwatch: {error}", err=True)
        raise SystemExit(exit_code(error)) from error
    except KeyboardInterrupt:
        typer.echo("litterwatch: stopped.", err=True)
        raise SystemExit(EXIT_INTERRUPTED) from None


def exit_code(error: LitterwatchError) -> int:
    """How a command ends that was ended by this error."""
    return EXIT_USAGE if isinstance(error, ConfigError | ModelError) else EXIT_UNREAD
