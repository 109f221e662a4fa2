"""`litterwatch evidence key|stamp`: what signatures are made with, and when they were made."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

DataFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of results, as `scan --out` made it.")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="SETTINGS.toml", help="Further settings.")
]


def account() -> str:
    """Who acts on the command line: the operating system's account."""
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):  # a number without a name, as in some containers
        return f"os:{os.getuid()}"


def key(
    folder: DataFolder,
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Sign with a new key from now on.")
    ] = False,
    settings: SettingsFile = None,
) -> None:
    """Name the key that signs manifests and packages, and its public half.

    Note the key's name where others can see it: who has a package compares it.

    For example:

      litterwatch evidence key litterwatch-out
    """
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.keys import SigningKeys
    from litterwatch.service.evidence.signing import rotate_key
    from litterwatch.service.wiring_custody import data_folder

    with data_folder(folder, settings) as (tree, database):
        keys = SigningKeys(tree.data_folder)
        if rotate:
            rotate_key(database, SystemClock(), keys, actor=account())
        used = keys.current()
    typer.echo(f"Key {used.id}, Ed25519 public key {used.public_hex}")


def stamp(folder: DataFolder, *, settings: SettingsFile = None) -> None:
    """Sign the head of the chain of custody, and have every signature stamped that has no stamp.

    Once a day is a good rhythm: what was stored before cannot be rewritten unnoticed then.

    For example:

      litterwatch evidence stamp litterwatch-out --settings SETTINGS.toml
    """
    from litterwatch.detector.errors import ConfigError
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.keys import SigningKeys
    from litterwatch.service.evidence.signing import sign_head, stamp_pending
    from litterwatch.service.wiring_custody import data_folder, stamp_authority

    with data_folder(folder, settings) as (tree, database):
        authority = stamp_authority(tree)
        if authority is None:
            raise ConfigError("Nobody can stamp: set custody.timestamp_url and timestamp_roots.")
        with database.writing() as session:
            sign_head(session, SystemClock(), SigningKeys(tree.data_folder).current())
        number = stamp_pending(database, SystemClock(), authority)
    typer.echo(f"{number} signatures stamped.")
