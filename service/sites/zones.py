"""Zones of a camera: drawn by people, kept in versions, used by live watching and by scans."""

import json
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import ConfigError, Conflict, InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.detector.types import Site
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue, plain, sha256_of
from litterwatch.service.chain import SYSTEM
from litterwatch.service.site_file import ZONE_KEYS, read_site, site_from
from litterwatch.service.sites.service import camera
from litterwatch.service.sites.tables import CameraEntryRow, ZonesRow
from litterwatch.service.texts import N_

WRONG: Final = N_(
    "A zone needs its own name, a kind, three corners in the picture, hours like 06:00-08:00;"
    " a round of collection needs days and hours."
)


@dataclass(frozen=True, slots=True)
class ZonesInForce:
    """What a camera is watched by.

    Attributes:
        site: zones and hints; the whole picture where nobody has drawn any.
        version: of the zones; None where nobody has drawn any.
        preset: token of the PTZ preset they belong to; None for a camera that stands.
    """

    site: Site
    version: int | None = None
    preset: str | None = None


def save_zones(
    session: Session,
    clock: Clock,
    actor: str,
    camera_id: str,
    zones: Sequence[Mapping[str, Any]],
    *,
    seen_version: int,
    note: str = "",
) -> ZonesRow:
    """A new version; earlier ones stay as they are.

    What is not drawn goes over from the version before: hints for the height of people, and the
    preset the zones belong to.

    Args:
        session: a writing one.
        clock: when.
        actor: who has drawn them.
        camera_id: whose they are.
        zones: in the shape of `[[zone]]` of a site file.
        seen_version: the version they were drawn over, 0 for none.
        note: why.

    Raises:
        Conflict: somebody else has saved another version meanwhile.
        InvalidInput: a zone says something that is not allowed.
        NotFound: no such camera.
    """
    entry = camera(session, camera_id)
    newest = _newest(session, camera_id)
    if seen_version != (newest.version if newest else 0):
        raise Conflict(N_("Somebody else has drawn zones meanwhile: load the page again."))
    before: Mapping[str, Any] = newest.document if newest else {}
    hints = {k: v for k, v in before.get("site", {}).items() if k != "id"}
    head = {"id": f"{entry.name} v{seen_version + 1}", **hints}
    document: dict[str, Any] = {"site": head, "zone": [_cleaned(zone) for zone in zones]}
    try:
        site_from(document, "zones")
        plain(document)
    except (ConfigError, ValueError, TypeError) as error:
        raise InvalidInput(WRONG) from error
    row = _appended(session, clock, camera_id, newest, document)
    row.note, row.made_by = note.strip()[:500], actor
    row.preset = newest.preset if newest else None
    _tell(session, clock, row)
    return row


def save_site_file(
    session: Session, clock: Clock, entry: CameraEntryRow, text: str, preset: str | None
) -> ZonesRow:
    """A new version out of a site file, as the command line gives it.

    Args:
        session: a writing one.
        clock: when.
        entry: whose they are.
        text: TOML.
        preset: token of the PTZ preset they belong to; None leaves that as it is.

    Raises:
        ConfigError: it says something that is not allowed.
    """
    newest = _newest(session, entry.id)
    site = read_site(text, f"the site file of {entry.id}")
    document = tomllib.loads(text)
    whole = {"site": {"id": site.id, **document.get("site", {})}, "zone": document.get("zone", [])}
    row = _appended(session, clock, entry.id, newest, whole)
    row.preset = preset or (newest.preset if newest else None)
    _tell(session, clock, row)
    return row


def save_preset(session: Session, clock: Clock, entry: CameraEntryRow, preset: str) -> ZonesRow:
    """A new version, the same zones: they belong to this PTZ preset from now on."""
    newest = _newest(session, entry.id)
    whole = newest.document if newest else {"site": {"id": Site().id}, "zone": []}
    row = _appended(session, clock, entry.id, newest, whole)
    row.preset = preset
    _tell(session, clock, row)
    return row


def in_force(session: Session, camera_id: str) -> ZonesInForce:
    """What a camera is watched by now.

    Raises:
        ConfigError: it was written by another version of litterwatch and cannot be used.
    """
    row = _newest(session, camera_id)
    if row is None:
        return ZonesInForce(Site())
    site = site_from(row.document, f"The zones of camera {camera_id}, version {row.version}")
    return ZonesInForce(site, row.version, row.preset)


def versions(session: Session, camera_id: str) -> Sequence[ZonesRow]:
    """Every version, the newest first."""
    rows = select(ZonesRow).where(ZonesRow.camera_id == camera_id)
    return session.scalars(rows.order_by(ZonesRow.version.desc())).all()


def site_text(row: ZonesRow) -> str:
    """A version as a SITE.toml for `litterwatch scan --site`."""
    document: Mapping[str, Any] = row.document
    lines = ["[site]"]
    lines += [f"{key} = {_toml(value)}" for key, value in document["site"].items()]
    for zone in document["zone"]:
        lines += ["", "[[zone]]"]
        lines += [f"{key} = {_toml(zone[key])}" for key in ZONE_KEYS if key in zone]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Texts, numbers and lists of them are written alike in JSON and TOML, tables are not."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _cleaned(zone: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: zone[key] for key in ZONE_KEYS if zone.get(key) not in (None, "", [])}
    if isinstance(kept.get("id"), str):
        kept["id"] = kept["id"].strip()
    return kept


def _newest(session: Session, camera_id: str) -> ZonesRow | None:
    rows = select(ZonesRow).where(ZonesRow.camera_id == camera_id)
    return session.scalar(rows.order_by(ZonesRow.version.desc()).limit(1))


def _appended(
    session: Session,
    clock: Clock,
    camera_id: str,
    newest: ZonesRow | None,
    document: Mapping[str, Any],
) -> ZonesRow:
    kept = plain(document)
    assert isinstance(kept, dict)
    row = ZonesRow(
        id=secrets.token_hex(8),
        camera_id=camera_id,
        version=(newest.version if newest else 0) + 1,
        document=kept,
        sha256=sha256_of(kept),
        note="",
        made_at=clock.now(),
    )
    session.add(row)
    return row


def _tell(session: Session, clock: Clock, row: ZonesRow) -> None:
    session.flush()
    detail: dict[str, JsonValue] = {"version": row.version, "sha256": row.sha256}
    record(
        session,
        clock,
        actor=row.made_by or SYSTEM,
        action="zones.saved",
        subject=f"camera:{row.camera_id}",
        detail=detail,
    )
