"""`litterwatch serve`: the desk."""
# ruff: noqa: PLC0415 - heavy imports stand inside the command, for a quick start

from pathlib import Path
from typing import Annotated

import typer


def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Folder of results, as `scan --out` made it; made if needed."
            "  [default: litterwatch-out]",
        ),
    ] = None,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on; 0 a free one.  [default: 8700]"),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="SETTINGS.toml", help="File with further settings.")
    ] = None,
) -> None:
    """Open the desk, where officers judge suspected events.

    As long as there is no account it prints an address with a one-time token: whoever opens it
    makes the administrator and the first officer. There is no default password. Ends with Ctrl-C.

    For example:

      litterwatch serve litterwatch-out
    """
    from litterwatch.service.serving import serve_desk
    from litterwatch.service.settings import load_settings

    desk = {"host": host, "port": port}
    overrides: dict[str, dict[str, object] | Path] = {
        "desk": {key: value for key, value in desk.items() if value is not None}
    }
    if folder is not None:
        overrides["data_folder"] = folder
    serve_desk(load_settings(settings, overrides), say=typer.echo)
