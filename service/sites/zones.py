"""Zones of a camera: drawn by people, kept in versions, read by a scan as a site file."""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import ConfigError, Conflict, InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue, plain, sha256_of
from litterwatch.service.site_file import ZONE_KEYS, site_from
from litterwatch.service.sites.service import camera
from litterwatch.service.sites.tables import ZonesRow
from litterwatch.service.texts import N_

WRONG: Final = N_(
    "A zone needs its own name, a kind, three corners in the picture, hours like 06:00-08:00."
)


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
    version = _newest(session, camera_id)
    if version != seen_version:
        raise Conflict(N_("Somebody else has drawn zones meanwhile: load the page again."))
    head = {"id": f"{entry.name} v{version + 1}"}
    document: dict[str, Any] = {"site": head, "zone": [_cleaned(zone) for zone in zones]}
    try:
        site_from(document, "zones")
        kept = plain(document)
    except (ConfigError, ValueError, TypeError) as error:
        raise InvalidInput(WRONG) from error
    assert isinstance(kept, dict)
    row = ZonesRow(
        id=secrets.token_hex(8),
        camera_id=camera_id,
        version=version + 1,
        document=kept,
        sha256=sha256_of(kept),
        note=note.strip()[:500],
        made_by=actor,
        made_at=clock.now(),
    )
    session.add(row)
    detail: dict[str, JsonValue] = {"version": row.version, "sha256": row.sha256}
    record(
        session,
        clock,
        actor=actor,
        action="zones.saved",
        subject=f"camera:{camera_id}",
        detail=detail,
    )
    return row


def versions(session: Session, camera_id: str) -> Sequence[ZonesRow]:
    """Every version, the newest first."""
    rows = select(ZonesRow).where(ZonesRow.camera_id == camera_id)
    return session.scalars(rows.order_by(ZonesRow.version.desc())).all()


def site_text(row: ZonesRow) -> str:
    """A version as a SITE.toml for `litterwatch scan --site`."""
    document: Mapping[str, Any] = row.document
    lines = ["[site]", f"id = {_toml(document['site']['id'])}"]
    for zone in document["zone"]:
        lines += ["", "[[zone]]"]
        lines += [f"{key} = {_toml(zone[key])}" for key in ZONE_KEYS if key in zone]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """Texts, numbers and lists of them are written alike in JSON and TOML."""
    return json.dumps(value, ensure_ascii=False)


def _cleaned(zone: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: zone[key] for key in ZONE_KEYS if zone.get(key) not in (None, "", [])}
    if isinstance(kept.get("id"), str):
        kept["id"] = kept["id"].strip()
    return kept


def _newest(session: Session, camera_id: str) -> int:
    highest = select(func.max(ZonesRow.version)).where(ZonesRow.camera_id == camera_id)
    return session.scalar(highest) or 0
