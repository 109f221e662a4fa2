"""`litterwatch watch` and `litterwatch status`: live cameras."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

import json
from pathlib import Path
from typing import Annotated

import typer

UNWELL = 3


def watch(
    context: typer.Context,
    *,
    cameras: Annotated[
        Path | None,
        typer.Option(
            metavar="CAMERAS.toml",
            help="The cameras, and how they are reached.  [default: those of the register]",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the database, evidence and rings go.  [default: litterwatch-out]",
        ),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
) -> None:
    """Watch live cameras until stopped.

    Watched are the cameras that `litterwatch cameras add` noted in DIR, by the zones drawn at the
    desk; with --cameras those of a file instead. Suspected events are recorded in DIR as they
    happen, with clips cut from the original stream. A camera that is lost is called again for ever.
    Changes of cameras, logins and zones take effect within seconds. Ctrl-C or SIGTERM finishes in
    order.

    For example:

      litterwatch watch --out /srv/litterwatch
    """
    from litterwatch.service.cli_scan_view import stop_on_signals
    from litterwatch.service.settings import load_settings
    from litterwatch.service.wiring_live import WatchRequest, watch_cameras

    overrides = {} if out is None else {"data_folder": out}
    tree = load_settings(settings, overrides)
    is_verbose = bool(context.parent and context.parent.params.get("verbose"))
    line = f"Watching. How the cameras are: litterwatch status {tree.data_folder}. Ctrl-C ends it."
    with stop_on_signals() as is_stopping:
        watch_cameras(
            WatchRequest(cameras, tree, is_verbose),
            is_stopping,
            started=lambda: typer.echo(line, err=True),
        )


def status(
    out: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of results, as `watch --out` made it.")
    ] = Path("litterwatch-out"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how the cameras of a running watch are.

    Exit code: 0 every camera watches; 3 one does not, or no watch is running.

    For example:

      litterwatch status /srv/litterwatch
    """
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.runtime.board import FRESH, age_of, read_status

    told = read_status(out)
    age = age_of(told, SystemClock().now())
    is_running = age <= FRESH
    if as_json:
        text = json.dumps({"is_running": is_running, **told}, ensure_ascii=False, indent=2)
        typer.echo(text)
    else:
        from litterwatch.service.cli_live_view import print_status

        print_status(told, age, is_running=is_running)
    if not is_running or not told["is_well"]:
        raise typer.Exit(UNWELL)
