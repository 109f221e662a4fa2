"""`litterwatch fake-camera`: a camera to try the live system with, and to test against."""
# ruff: noqa: PLC0415 - heavy imports stand inside the command, for a quick start

from pathlib import Path
from typing import Annotated

import typer


def fake_camera(
    *,
    video: Annotated[
        Path | None,
        typer.Option(metavar="VIDEO", help="What it sees, over RTSP too; without: a test picture."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of ONVIF; 0: any.")] = 8080,
    rtsp_port: Annotated[int, typer.Option(min=0, max=65535, help="Of RTSP; 0: any.")] = 8554,
    discovery_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it answers who looks for cameras; 0: any.")
    ] = 3702,
    user: Annotated[str, typer.Option(help="Name it lets in.")] = "admin",
    clock_error: Annotated[
        float, typer.Option(metavar="SECONDS", help="How far its clock is ahead; may be negative.")
    ] = 0.0,
    motion_every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Report motion so often; 0: never.")
    ] = 10.0,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Its video, by a certificate of its own (rtsps://).")
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option("--quirk", metavar="NAME", help="A vendor's fault to play; repeatable."),
    ] = None,
    list_quirks: Annotated[
        bool, typer.Option("--list-quirks", help="Print the faults it can play and end.")
    ] = False,
) -> None:
    """Be an ONVIF camera, until Ctrl-C: found by discovery, with video, pictures and events.

    The password it accepts is Pass-12345, or that of LITTERWATCH_FAKE_CAMERA_PASSWORD.

    Example: litterwatch fake-camera --video demo/footage/street.mp4 --clock-error 90
    """
    from litterwatch.camera_adapters.quirks import QUIRKS
    from litterwatch.service.cameras.fake import FakeWish, serve_fake_camera

    if list_quirks:
        for known in QUIRKS:
            typer.echo(f"{known.name}: {known.symptom}.")
        return
    wish = FakeWish(
        video=video,
        host=host,
        port=port,
        rtsp_port=rtsp_port,
        discovery_port=discovery_port,
        user=user,
        clock_error=clock_error,
        motion_every=motion_every,
        quirks=tuple(fault or ()),
        encrypts=encrypt,
    )
    serve_fake_camera(wish, typer.echo)
