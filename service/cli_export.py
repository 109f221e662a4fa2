"""`litterwatch evidence export|verify`: hand evidence over, and check what was handed over."""
# ruff: noqa: PLC0415 - heavy imports stand inside the commands, for a quick start

from pathlib import Path
from typing import Annotated

import typer

from litterwatch.service.cli_custody import SettingsFile, account

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data folder; default: that of the settings."),
]


def export(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="The package, a new file.")],
    reason: Annotated[str, typer.Option(help="Why it is handed over.")],
    recipient: Annotated[str, typer.Option(help="Who gets it.")],
    unblurred: Annotated[
        bool, typer.Option("--unblurred", help="With the originals; a second person must agree.")
    ] = False,
    approved_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="The second person, for --unblurred.")
    ] = None,
    data: DataOption = None,
    settings: SettingsFile = None,
) -> None:
    """Make a signed package of an event's evidence, people and vehicles blurred.

    Look at the copies before they leave the building: the machine may have missed somebody.

    For example:

      litterwatch evidence export 5f2c... --out 5f2c.zip --reason "chuyển hồ sơ" --recipient "Công an xã"
    """  # noqa: E501 - an example is one line
    from litterwatch.service.actor import Actor, Office
    from litterwatch.service.clock import SystemClock
    from litterwatch.service.evidence.export import Wish, decide_export, request_export
    from litterwatch.service.evidence.exporting import make_export
    from litterwatch.service.wiring_custody import data_folder, export_workshop

    actor, clock = Actor(account(), Office.CASE_OFFICER), SystemClock()
    wish = Wish(event, reason, recipient, is_unblurred=unblurred)
    with data_folder(data, settings) as (tree, database):
        number = request_export(database, clock, actor, wish)
        if unblurred and approved_by is not None:
            second = Actor(f"os:{approved_by}", Office.AUTHORITY)
            decide_export(database, clock, second, number, agree=True)
        done = make_export(export_workshop(tree, database, clock), actor, number, out)
    typer.echo(f"{done.path}: {done.size} bytes, SHA-256 {done.sha256}, signed by {done.key_id}.")
    if done.stamp_missing is not None:
        typer.echo(f"No time stamp: {done.stamp_missing}", err=True)


def verify(
    package: Annotated[Path, typer.Argument(metavar="PACKAGE", help="A package, FILE.zip.")],
    *,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Name of the key that must have signed it.")
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option(metavar="ROOTS.pem", help="Certificates of the time stamping authority."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check a package with nothing but the package: no database, no network.

    Exit code: 0 every byte is as it was signed; 3 something is not.

    For example:

      litterwatch evidence verify 5f2c.zip --key 0123456789abcdef
    """
    import json

    from litterwatch.detector.errors import EvidenceIntegrityError
    from litterwatch.service.evidence.stamping import check_stamp, read_roots
    from litterwatch.service.evidence.verify import verify_package

    found = verify_package(package)
    if key is not None and key not in (found.key_id, found.public_key):
        raise EvidenceIntegrityError(
            f"The package is whole, but signed by {found.key_id}, not by {key}."
        )
    stamped = None
    if roots is not None:
        if found.stamp is None:
            raise EvidenceIntegrityError("The package is whole, but has no time stamp.")
        stamped = check_stamp(found.stamp, found.envelope, read_roots(roots))
    facts = {
        "event_id": found.event_id,
        "export": dict(found.export),
        "files": {name: sha256 for name, (_, sha256) in found.files.items()},
        "key_id": found.key_id,
        "public_key": found.public_key,
        "signed_at": found.signed_at,
        "stamped_at": stamped,
        "custody": {"rows": found.rows, "withheld": found.withheld, "head": found.head_hash},
    }
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    typer.echo(f"Whole: {len(found.files)} files of event {found.event_id}, every byte as signed.")
    typer.echo(f"Signed by key {found.key_id} at {found.signed_at}: compare the key's name.")
    typer.echo(f"Time stamp: {stamped or ('not checked (--roots)' if found.stamp else 'none')}.")
    typer.echo(f"Custody: {found.rows} rows, {found.withheld} of other events withheld.")
