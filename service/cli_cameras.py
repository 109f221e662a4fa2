"""`litterwatch cameras ...`: find cameras, note them, look whether they work."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from pathlib import Path
from typing import Annotated

import typer

cameras_app = typer.Typer(
    help="Find cameras, note them, see whether they work.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="The data folder; default: that of the settings."),
]
_Settings = Annotated[
    Path | None, typer.Option("--settings", metavar="SETTINGS.toml", help="Further settings.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="Of the camera; see cameras list.")]


@cameras_app.command()
def discover(
    *,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Ask only this host, directly; repeatable."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of discovery, with --host.")] = 3702,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="How long to wait.")] = 3.0,
    as_json: _Json = False,
) -> None:
    """Look for ONVIF cameras in the networks of this machine.

    Example: litterwatch cameras discover
    """
    from litterwatch.service.cameras.commands import discovered, discovery_text

    found = discovered(tuple(host or ()), port, seconds)
    typer.echo(discovery_text(found, as_json=as_json))


@cameras_app.command()
def add(
    camera_id: Annotated[
        str, typer.Argument(metavar="ID", help="A stable name: letters, digits, dot, dash.")
    ],
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="Of ONVIF: host, host:port or URL.")
    ] = None,
    *,
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    user: Annotated[
        str | None,
        typer.Option(help="Name to log in with; the password is asked for, or comes from stdin."),
    ] = None,
    stream: Annotated[str | None, typer.Option(metavar="RTSP", help="Main stream.")] = None,
    sub: Annotated[str | None, typer.Option(metavar="RTSP", help="Smaller stream.")] = None,
    snapshot: Annotated[str | None, typer.Option(metavar="URL", help="Single picture.")] = None,
    site: Annotated[
        Path | None, typer.Option(metavar="SITE.toml", help="Its zones, see site-file.md.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="PTZ preset the zones belong to.")
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option(
            metavar="WHICH",
            help="Of rtsps://, which is believed: known, sha256:..., a file (PEM), or unchecked.",
        ),
    ] = None,
    transport: Annotated[
        str | None,
        typer.Option(metavar="HOW", help="How its streams travel: tcp (default) or udp."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Change a camera that is there already.")
    ] = False,
    out: _Out = None,
    settings: _Settings = None,
) -> None:
    """Note a camera; `cameras probe` then finds its streams.

    The password is asked for, or read from standard input where that is no terminal. It is sealed
    with a key that lies beside the database.

    Example: litterwatch cameras add gate 192.168.1.64 --user admin
    """
    from litterwatch.service.cameras.commands import AddWish, added

    wish = AddWish(
        id=camera_id,
        address=address,
        name=name,
        user=user,
        stream=stream,
        sub=sub,
        snapshot=snapshot,
        site=site,
        preset=preset,
        certificate=certificate,
        transport=transport,
        replace=replace,
    )
    typer.echo(added(wish, out, settings))


@cameras_app.command()
def probe(
    camera_id: _Id,
    *,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to put its picture (JPEG).")
    ] = None,
    out: _Out = None,
    settings: _Settings = None,
    as_json: _Json = False,
) -> None:
    """Find out all about a camera in less than a minute, and keep it.

    Exit code: 0 it can be watched; 3 it cannot.

    Example: litterwatch cameras probe gate --picture gate.jpg
    """
    from litterwatch.service.cameras.commands import probed

    done = probed(
        camera_id, out, settings, picture, lambda line: typer.echo(f"{line} ...", err=True)
    )
    typer.echo(done.as_json() if as_json else done.as_text())
    if not done.is_usable:
        raise typer.Exit(3)


@cameras_app.command("list")
def list_cameras(*, out: _Out = None, settings: _Settings = None, as_json: _Json = False) -> None:
    """Every camera, with what its last probe said.

    Example: litterwatch cameras list
    """
    from litterwatch.service.cameras.commands import listed

    typer.echo(listed(out, settings, as_json=as_json))


@cameras_app.command()
def remove(camera_id: _Id, *, out: _Out = None, settings: _Settings = None) -> None:
    """Forget a camera and its login; evidence from it stays.

    Example: litterwatch cameras remove gate
    """
    from litterwatch.service.cameras.commands import removed

    typer.echo(removed(camera_id, out, settings))


@cameras_app.command()
def recordings(
    camera_id: _Id,
    *,
    begins: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Such as 2026-11-23T06:30.")
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Such as 2026-11-23T06:45.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Fetch what there is into this folder.")
    ] = None,
    out: _Out = None,
    settings: _Settings = None,
    as_json: _Json = False,
) -> None:
    """What a camera has recorded itself (ONVIF Profile G), and fetching it.

    Without --into it is listed. Fetched files hold the camera's own packets. Times are those of
    this machine, of Viet Nam unless they name a zone; the camera's clock is allowed for.

    Exit code: 0 all is there; 3 something is missing.

    For example:

      litterwatch cameras recordings gate --from 2026-11-23T06:30 --to 2026-11-23T06:45 --into .
    """
    from litterwatch.service.cameras.recordings import fetched, found, text_of

    if into is None:
        listed = found(camera_id, begins, ends, out, settings)
        typer.echo(text_of(listed, as_json=as_json))
        return
    done = fetched(
        camera_id,
        begins,
        ends,
        into,
        out,
        settings,
        lambda line: typer.echo(line, err=True),
    )
    typer.echo(done.as_json() if as_json else done.as_text())
    if not done.is_whole:
        raise typer.Exit(3)


@cameras_app.command()
def listen(
    camera_id: _Id,
    *,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=1, help="How long; default 60.", show_default=False)
    ] = 60.0,
    out: _Out = None,
    settings: _Settings = None,
    as_json: _Json = False,
) -> None:
    """Print what a camera reports by itself (motion, tampering, contacts), as it reports it.

    Times are those of this machine. Ctrl-C ends it; the subscription is given back.

    Example: litterwatch cameras listen gate --seconds 300
    """
    from litterwatch.service.cameras.listening import heard

    for one in heard(camera_id, seconds, out, settings):
        typer.echo(one.as_json() if as_json else one.as_text())


@cameras_app.command("test")
def try_camera(
    camera_id: _Id, *, out: _Out = None, settings: _Settings = None, as_json: _Json = False
) -> None:
    """Open a camera as the live system would, and say whether pictures come; keeps nothing.

    Exit code: 0 they come; 3 they do not.

    Example: litterwatch cameras test gate
    """
    from litterwatch.service.cameras.commands import tested

    done = tested(camera_id, out, settings)
    typer.echo(done.as_json() if as_json else done.as_text())
    if not done.is_usable:
        raise typer.Exit(3)
