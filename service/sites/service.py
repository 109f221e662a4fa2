"""The register of places and cameras. Every change is in the log, with what was there before."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import InvalidInput, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.canonical import JsonValue
from litterwatch.service.chain import SYSTEM
from litterwatch.service.local_time import LOCAL
from litterwatch.service.sites.tables import CameraEntryRow, Lane, SiteKind, SiteRow
from litterwatch.service.texts import N_
from litterwatch.service.units import known_unit

INCOMPLETE: Final = N_(
    "A professional means needs approval, serial number, conformity, certificate and a sign."
)


class Fault(StrEnum):
    """What a camera lacks for being used as a professional means."""

    APPROVAL = "approval"
    SERIAL = "serial"
    CONFORMITY = "conformity"
    CERTIFICATE = "certificate"
    EXPIRED = "expired"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """What is said about a place; degrees are WGS84."""

    name: str
    kind: SiteKind
    unit: str
    latitude: float | None = None
    longitude: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CameraDraft:
    """What is said about a camera; fields as in `CameraEntryRow`."""

    name: str
    source: str
    lane: Lane = Lane.PROVIDED
    serial: str = ""
    mac: str = ""
    approval_number: str = ""
    approval_date: date | None = None
    approval_signer: str = ""
    conformity: str = ""
    certificate_until: date | None = None
    is_sign_installed: bool = False


def save_site(
    session: Session, clock: Clock, actor: str, draft: SiteDraft, site_id: str | None = None
) -> SiteRow:
    """A new site, or other facts about a known one.

    Raises:
        InvalidInput: no name, an unknown unit, or half a position.
        NotFound: no such site.
    """
    _require_site(draft)
    now = clock.now()
    row = None if site_id is None else site(session, site_id)
    if row is None:
        row = SiteRow(id=secrets.token_hex(8), created_at=now)
        session.add(row)
    _write(session, clock, actor=actor, kind="site", row=row, values=asdict(draft))
    return row


def save_camera(  # noqa: PLR0917 - as save_site, and whose camera
    session: Session,
    clock: Clock,
    actor: str,
    site_id: str | None,
    draft: CameraDraft,
    camera_id: str | None = None,
) -> CameraEntryRow:
    """A new camera of a site, or other facts about a known one; None: it is placed nowhere yet.

    Raises:
        InvalidInput: no name or source, or called professional without what the law asks for.
        NotFound: no such site or camera.
    """
    if site_id is not None:
        site(session, site_id)
    row = None if camera_id is None else camera(session, camera_id)
    # A live camera is known by its id; others are known by their recordings alone.
    needs_source = row is None or bool(row.source)
    if not draft.name.strip() or (needs_source and not draft.source.strip()):
        raise InvalidInput(N_("Write the camera's name and how its recordings are called."))
    today = clock.now().astimezone(LOCAL).date()
    if draft.lane is Lane.PROFESSIONAL and faults(draft, today):
        raise InvalidInput(INCOMPLETE)
    if row is None:
        row = CameraEntryRow(id=secrets.token_hex(8), site_id=site_id, created_at=clock.now())
        session.add(row)
    values = {**asdict(draft), "site_id": site_id}
    _write(session, clock, actor=actor, kind="camera", row=row, values=values)
    return row


def enrol_camera(
    session: Session, clock: Clock, camera_id: str, name: str | None = None
) -> CameraEntryRow:
    """Have a camera of this id in the register, for the command line; one that was removed is back.

    Args:
        session: a writing one.
        clock: when.
        camera_id: the stable name its live footage goes by.
        name: for people; None leaves it as it is, or the id for a new one.
    """
    row = session.get(CameraEntryRow, camera_id)
    if row is None:
        row = CameraEntryRow(id=camera_id, site_id=None, created_at=clock.now())
        session.add(row)
        values = asdict(CameraDraft(name or camera_id, ""))
    elif name is None and row.removed_at is None:
        return row
    else:
        values = {"name": name or row.name}
    values["removed_at"] = None
    _write(session, clock, actor=SYSTEM, kind="camera", row=row, values=values)
    return row


def withdraw_camera(session: Session, clock: Clock, camera_id: str) -> None:
    """Take a camera from the register; what evidence says about it can still be looked up.

    Raises:
        NotFound: no such camera.
    """
    row = camera(session, camera_id)
    values = {"removed_at": clock.now()}
    _write(session, clock, actor=SYSTEM, kind="camera", row=row, values=values)


def faults(entry: CameraDraft | CameraEntryRow, today: date) -> tuple[Fault, ...]:
    """What is missing or over for the professional lane."""
    has_approval = entry.approval_number and entry.approval_date and entry.approval_signer
    until = entry.certificate_until
    checks = (
        (Fault.APPROVAL, not has_approval),
        (Fault.SERIAL, not entry.serial),
        (Fault.CONFORMITY, not entry.conformity),
        (Fault.CERTIFICATE, until is None),
        (Fault.EXPIRED, until is not None and until < today),
        (Fault.SIGN, not entry.is_sign_installed),
    )
    return tuple(fault for fault, is_so in checks if is_so)


def site(session: Session, site_id: str) -> SiteRow:
    """One site.

    Raises:
        NotFound: no such site.
    """
    row = session.get(SiteRow, site_id)
    if row is None:
        raise NotFound(N_("There is no such site."))
    return row


def camera(session: Session, camera_id: str, *, or_removed: bool = False) -> CameraEntryRow:
    """One camera; one that was removed as well, for who looks up what evidence says.

    Raises:
        NotFound: no such camera.
    """
    row = session.get(CameraEntryRow, camera_id)
    if row is None or (row.removed_at is not None and not or_removed):
        raise NotFound(N_("There is no such camera."))
    return row


def sites(session: Session, units: frozenset[str] | None) -> Sequence[SiteRow]:
    """The sites of some units, None for all, by unit and name."""
    rows = select(SiteRow).order_by(SiteRow.unit, SiteRow.name)
    if units is not None:
        rows = rows.where(SiteRow.unit.in_(units))
    return session.scalars(rows).all()


def cameras(session: Session, site_ids: Sequence[str]) -> dict[str, list[CameraEntryRow]]:
    """The cameras of some sites, by site, in one query."""
    found: dict[str, list[CameraEntryRow]] = {site_id: [] for site_id in site_ids}
    rows = _listed().where(CameraEntryRow.site_id.in_(site_ids))
    for row in session.scalars(rows):
        assert row.site_id is not None
        found[row.site_id].append(row)
    return found


def unplaced(session: Session) -> Sequence[CameraEntryRow]:
    """Cameras that nobody has placed at a site yet, by name."""
    return session.scalars(_listed().where(CameraEntryRow.site_id.is_(None))).all()


def all_entries(session: Session) -> Sequence[CameraEntryRow]:
    """Every camera of the register, by id."""
    rows = select(CameraEntryRow).where(CameraEntryRow.removed_at.is_(None))
    return session.scalars(rows.order_by(CameraEntryRow.id)).all()


def camera_of(session: Session, source: str) -> CameraEntryRow | None:
    """The camera that footage comes from: by its id, else the longest beginning of its name."""
    live = session.get(CameraEntryRow, source)
    if live is not None:
        return live
    entries = session.scalars(select(CameraEntryRow).where(CameraEntryRow.source != "")).all()
    fitting = [entry for entry in entries if source.startswith(entry.source)]
    return max(fitting, key=lambda entry: len(entry.source), default=None)


class SourceUnits:
    """Which unit footage belongs to.

    That of a live camera is called by the camera's id; a recording belongs to the camera whose
    beginning of names fits, the longest one.
    """

    def __init__(self, session: Session) -> None:
        # Cameras that were removed as well: their events stay where they happened.
        rows = session.execute(
            select(CameraEntryRow.id, CameraEntryRow.source, SiteRow.unit).join(
                SiteRow, CameraEntryRow.site_id == SiteRow.id
            )
        ).all()
        self._live: dict[str, str] = {row.id: row.unit for row in rows}
        named: list[tuple[str, str]] = [(row.source, row.unit) for row in rows if row.source]
        self._recorded = sorted(named, key=lambda known: -len(known[0]))

    def unit_of(self, source: str) -> str | None:
        """The unit's code, None where no camera of the register fits."""
        live = self._live.get(source)
        if live is not None:
            return live
        return next((unit for start, unit in self._recorded if source.startswith(start)), None)


def _listed() -> Select[CameraEntryRow]:
    rows = select(CameraEntryRow).where(CameraEntryRow.removed_at.is_(None))
    return rows.order_by(CameraEntryRow.name, CameraEntryRow.id)


class SourceCameras:
    """Which camera of the register a recording comes from, by the beginning of its name."""

    def __init__(self, session: Session) -> None:
        known = session.scalars(select(CameraEntryRow.source))
        self._known = sorted(known, key=lambda start: -len(start))

    def camera_of(self, source: str) -> str:
        """How the register says its recordings begin; the source where no camera fits."""
        return next((start for start in self._known if source.startswith(start)), source)


def _require_site(draft: SiteDraft) -> None:
    if not draft.name.strip():
        raise InvalidInput(N_("Write the site's name."))
    if known_unit(draft.unit) is None:
        raise InvalidInput(N_("There is no such commune or ward."))
    if (draft.latitude is None) != (draft.longitude is None):
        raise InvalidInput(N_("A position has a latitude and a longitude."))
    if not -90 <= (draft.latitude or 0) <= 90 or not -180 <= (draft.longitude or 0) <= 180:
        raise InvalidInput(N_("There is no such position on the earth."))


def _write(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    kind: str,
    row: SiteRow | CameraEntryRow,
    values: Mapping[str, object],
) -> None:
    changed: dict[str, JsonValue] = {}
    for name, value in values.items():
        before = getattr(row, name, None)
        if before != value:
            changed[name] = [_told(before), _told(value)]
            setattr(row, name, value)
    row.updated_at = clock.now()
    session.flush()
    record(
        session,
        clock,
        actor=actor,
        action=f"{kind}.saved",
        subject=f"{kind}:{row.id}",
        detail={"changed": changed},
    )


def _told(value: object) -> JsonValue:
    return value if value is None or isinstance(value, bool | int | float) else str(value)
