"""`litterwatch backup ...`: copies of a whole data folder."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

import json
from pathlib import Path
from typing import Annotated

import typer

from litterwatch.service.cli_custody import SettingsFile, account

backup_app = typer.Typer(
    help="Copy a data folder with its database, prove the copy, restore it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
UNSOUND = 3
Backup = Annotated[Path, typer.Argument(metavar="DIR", help="A backup.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@backup_app.callback()
def backup() -> None:
    """Copy a data folder with its database, prove the copy, restore it."""


@backup_app.command()
def create(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Where the backup goes: a new folder, or one that an interrupted run has left.",
        ),
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Data folder; default: that of the settings."),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            metavar="BACKUP",
            help="A finished backup on the same disk: unchanged files are linked from it.",
        ),
    ] = None,
    link: Annotated[
        bool,
        typer.Option(
            "--link",
            help="Link files from the data folder, which must lie on the same disk: quick and"
            " without room, and lost with that disk.",
        ),
    ] = False,
    keys: Annotated[
        bool,
        typer.Option(
            "--keys", help="With the private keys: whoever has the backup can then use them."
        ),
    ] = False,
    settings: SettingsFile = None,
) -> None:
    """Copy the database as of one moment and every file that it speaks of, while all goes on.

    Exit code: 0 everything is in it; 3 something was damaged or missing in the data folder.

    For example:

      litterwatch backup create /media/usb/2026-11-27 --data /srv/litterwatch
    """
    from litterwatch.service.backup.service import Wish, create_backup
    from litterwatch.service.cameras.vault import KEY_NAME
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.wiring_custody import data_folder

    with data_folder(data, settings) as (tree, database):
        root = tree.data_folder
        wish = Wish(
            folder,
            actor=account(),
            camera_key=tree.cameras.key_file or root / KEY_NAME,
            earlier=earlier,
            is_linked=link,
            has_keys=keys,
        )
        made = create_backup(root, database, SystemClock(), wish)
    manifest = made.manifest
    for path in manifest.damaged:
        typer.echo(f"{path}: it is not what was stored; copied as it is.", err=True)
    for path in manifest.missing:
        typer.echo(f"{path}: it has a row and is not there.", err=True)
    linked = f", {made.linked} of them linked" if made.linked else ""
    typer.echo(
        f"{manifest.files} files, {manifest.bytes >> 20} MiB{linked}, as of {manifest.made_at}."
    )
    if not keys:
        typer.echo("Private keys are not in it: keep a copy of them apart, see --keys.")
    typer.echo(f"Note this elsewhere, it names the backup: {manifest.sha256}")
    if manifest.damaged or manifest.missing:
        raise typer.Exit(UNSOUND)


@backup_app.command()
def verify(folder: Backup, *, as_json: AsJson = False) -> None:
    """Read every byte of a backup and prove it, without the data folder; changes nothing.

    Exit code: 0 it is what was copied, and its chains are unbroken; 3 it is not.

    For example:

      litterwatch backup verify /media/usb/2026-11-27
    """
    from litterwatch.service.backup.verifying import verify_backup

    verified = verify_backup(folder)
    manifest = verified.manifest
    if as_json:
        told = {
            "is_sound": verified.is_sound,
            "sha256": manifest.sha256,
            **manifest.as_object(),
            "problems": list(verified.problems),
            "unproved": list(verified.unproved),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for problem in verified.problems:
            typer.echo(problem, err=True)
        for line in verified.unproved:
            typer.echo(line)
        verdict = "all is whole" if verified.is_sound else f"{len(verified.problems)} problems"
        typer.echo(f"{manifest.files} files as of {manifest.made_at}: {verdict}.")
        typer.echo(f"Name of the backup: {manifest.sha256}")
        typer.echo(f"Head of the chain of custody: {manifest.custody_head}")
    if not verified.is_sound:
        raise typer.Exit(UNSOUND)


@backup_app.command()
def restore(
    folder: Backup,
    *,
    to: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The new data folder; not there yet, or empty.")
    ],
    settings: SettingsFile = None,
) -> None:
    """Make a new data folder from a backup, then check every byte and both chains of it.

    Exit code: 0 everything is whole; 3 something is not.

    For example:

      litterwatch backup restore /media/usb/2026-11-27 --to /srv/litterwatch
    """
    from litterwatch.service.backup.restoring import restore_backup
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.settings import load_settings

    tree = load_settings(settings, {"data_folder": to})
    url = None if tree.database.url is None else tree.database_url()
    restored = restore_backup(folder, to, SystemClock(), actor=account(), database_url=url)
    for problem in restored.report.problems:
        typer.echo(f"{problem.subject}: {problem.text}", err=True)
    for fault in restored.log_faults:
        typer.echo(f"{fault}.", err=True)
    verdict = "everything is whole" if restored.is_sound else "it is not whole"
    typer.echo(f"{to} is as of {restored.manifest.made_at}; {verdict}.")
    if not restored.manifest.has_keys:
        typer.echo(
            f"Private keys were not in the backup: put keys/ and cameras.key into {to}, or logins"
            " of cameras and senders of reports cannot be read."
        )
    if not restored.is_sound:
        raise typer.Exit(UNSOUND)
