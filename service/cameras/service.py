"""How cameras of the register are reached: adding, changing, finding, and what a probe said."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.camera_adapters.certificates import Trust
from litterwatch.camera_adapters.connection import Transport, is_encrypted
from litterwatch.camera_adapters.credentials import Credentials, holds_credentials
from litterwatch.camera_adapters.onvif.addresses import is_stream_address, is_web_address
from litterwatch.detector.errors import ConfigError, Conflict, InvalidInput, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.cameras.tables import CameraRow, CameraSecretRow
from litterwatch.service.cameras.trusting import forget_trust, set_trust
from litterwatch.service.cameras.vault import Vault
from litterwatch.service.canonical import JsonValue
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.site_file import read_site
from litterwatch.service.sites.service import all_entries, camera, enrol_camera, withdraw_camera
from litterwatch.service.sites.tables import CameraEntryRow
from litterwatch.service.sites.zones import save_preset, save_site_file, versions
from litterwatch.service.texts import N_

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ADDRESSES: Final = ("onvif_address", "main_address", "sub_address", "snapshot_address")


@dataclass(frozen=True, slots=True)
class CameraWish:
    """A camera as somebody describes it; None where nothing was said.

    Attributes:
        id: stable name: letters, digits, dot, dash, underscore, at most 64.
        name: for people.
        onvif_address: of its device service.
        main_address, sub_address: RTSP.
        snapshot_address: HTTP.
        credentials: how to log in.
        site: text of a site file.
        preset: token of the PTZ preset its zones belong to; without `site`, those in force.
        trust: what its certificate must be, where it encrypts.
        transport: how its streams travel.

    Raises:
        ConfigError: the id cannot be used, an address holds a password, or there is no address.
    """

    id: str
    name: str | None = None
    onvif_address: str | None = None
    main_address: str | None = None
    sub_address: str | None = None
    snapshot_address: str | None = None
    credentials: Credentials | None = None
    site: str | None = None
    preset: str | None = None
    trust: Trust | None = None
    transport: Transport | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ConfigError(
                "That cannot be the id of a camera: use letters, digits, dot, dash and underscore,"
                " at most 64."
            )
        for name in ADDRESSES:
            if holds_credentials(getattr(self, name) or ""):
                raise ConfigError(
                    "Take name and password out of the camera's address: give the name with"
                    " --user, the password is asked for."
                )
        self._require("main_address", is_stream_address, "rtsp://10.0.0.5/main")
        self._require("sub_address", is_stream_address, "rtsp://10.0.0.5/sub")
        self._require("snapshot_address", is_web_address, "http://10.0.0.5/picture.jpg")
        if self.site is not None:
            read_site(self.site, f"the site file of {self.id}")

    def _require(self, name: str, fits: Callable[[str], bool], example: str) -> None:
        address = getattr(self, name)
        if address is not None and not fits(address):
            what = name.replace("_", " ")
            raise ConfigError(f"Camera {self.id}: its {what} must be one such as {example}.")


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera of the register, and how it is reached; None where nobody has said."""

    entry: CameraEntryRow
    row: CameraRow | None


def add_camera(session: Session, clock: Clock, vault: Vault, wish: CameraWish) -> CameraRow:
    """Note how a camera is reached; one that the register does not know yet is enrolled.

    Raises:
        Conflict: there is one of that id.
        ConfigError: it has no address, or encrypts and is to send by UDP.
    """
    if session.get(CameraRow, wish.id) is not None:
        raise Conflict(
            f"There is a camera {wish.id} already: choose another id, or change it with --replace."
        )
    if not any(getattr(wish, name) for name in ADDRESSES):
        raise ConfigError(f"Camera {wish.id} needs an address: that of ONVIF, or --stream.")
    entry = enrol_camera(session, clock, wish.id, wish.name)
    now = clock.now()
    row = CameraRow(id=wish.id, created_at=now, updated_at=now)
    session.add(row)
    _apply(session, clock, vault, row, wish, entry)
    return row


def change_camera(session: Session, clock: Clock, vault: Vault, wish: CameraWish) -> CameraRow:
    """Change what the wish says, leave the rest.

    Raises:
        NotFound: there is no such camera.
        ConfigError: it would encrypt and send by UDP.
    """
    row = camera_of(session, wish.id)
    entry = enrol_camera(session, clock, wish.id, wish.name)
    _apply(session, clock, vault, row, wish, entry)
    return row


def choose_transport(
    session: Session, clock: Clock, actor: str, camera_id: str, transport: Transport
) -> None:
    """Let the streams of a camera travel that way from now on, as the desk asks for it.

    Nothing happens where they do already, or where nobody has said how it is reached. The chain of
    custody keeps who chose it.

    Raises:
        InvalidInput: what it encrypts would go by UDP.
    """
    row = reach_of(session, camera_id)
    if row is None or row.transport is transport:
        return
    row.transport = transport
    if not _keeps_encrypted(row):
        raise InvalidInput(N_("What this camera encrypts cannot go by UDP."))
    row.updated_at = clock.now()
    detail = trail_of(session, row)
    append_custody(
        session, clock, action="camera.changed", subject=camera_id, detail=detail, actor=actor
    )


def trail_of(session: Session, row: CameraRow) -> dict[str, JsonValue]:
    """What to write down about a change: which zones were in force when is asked of evidence."""
    newest = next(iter(versions(session, row.id)), None)
    return {
        "name": camera(session, row.id).name,
        "main": row.main_address,
        "transport": row.transport.value,
        "zones_version": None if newest is None else newest.version,
        "zones_sha256": None if newest is None else newest.sha256,
        "login": row.secret_id,
    }


def remove_camera(session: Session, clock: Clock, camera_id: str) -> None:
    """Take a camera from the register and forget its login; versions of its zones stay.

    Raises:
        NotFound: there is no such camera.
    """
    row = camera_of(session, camera_id)
    secret_id = row.secret_id
    session.delete(row)
    session.flush()
    if secret_id is not None:
        session.delete(session.get_one(CameraSecretRow, secret_id))
    forget_trust(session, camera_id)
    withdraw_camera(session, clock, camera_id)


def camera_of(session: Session, camera_id: str) -> CameraRow:
    """How one camera is reached.

    Raises:
        NotFound: there is none of that id, or nobody has said how it is reached.
    """
    row = session.get(CameraRow, camera_id)
    if row is not None:
        return row
    if camera_id in {entry.id for entry in all_entries(session)}:
        raise NotFound(
            f"How camera {camera_id} is reached is not known: litterwatch cameras add {camera_id}"
            " ADDRESS."
        )
    raise NotFound(f"There is no camera {camera_id}: see litterwatch cameras list.")


def reach_of(session: Session, camera_id: str) -> CameraRow | None:
    """How a camera is reached live; None where nobody has said."""
    return session.get(CameraRow, camera_id)


def all_cameras(session: Session) -> list[KnownCamera]:
    """Every camera of the register, by id."""
    rows = {row.id: row for row in session.scalars(select(CameraRow))}
    return [KnownCamera(entry, rows.get(entry.id)) for entry in all_entries(session)]


def credentials_of(session: Session, vault: Vault, row: CameraRow) -> Credentials | None:
    """How to log in to a camera; None where it needs no login.

    Raises:
        ConfigError: the key does not fit.
    """
    if row.secret_id is None:
        return None
    secret = session.get_one(CameraSecretRow, row.secret_id)
    return vault.unseal(secret.id, secret.sealed)


def keep_certificate(
    session: Session, clock: Clock, vault: Vault, row: CameraRow, trust: Trust
) -> None:
    """Believe this certificate of a camera from now on."""
    set_trust(session, clock, vault, row.id, trust)
    row.updated_at = clock.now()


def record_probe(
    session: Session,
    clock: Clock,
    camera_id: str,
    report: dict[str, Any],
    addresses: dict[str, str],
) -> CameraRow:
    """Keep what a probe found; addresses it found fill those that nobody gave.

    Raises:
        NotFound: there is no such camera.
    """
    row = camera_of(session, camera_id)
    row.probe, row.probed_at = report, clock.now()
    for name, address in addresses.items():
        if address and getattr(row, name) is None:
            setattr(row, name, address)
            row.updated_at = clock.now()
    return row


def record_clock(
    session: Session, camera_id: str, error: float, uncertainty: float, at: datetime
) -> None:
    """Keep what a camera's clock was measured to be; a camera that is gone has none.

    Args:
        session: a writing one.
        camera_id: which.
        error: camera minus host, s.
        uncertainty: s.
        at: when, UTC.
    """
    row = session.get(CameraRow, camera_id)
    if row is not None:
        row.clock_error, row.clock_uncertainty = round(error, 3), round(uncertainty, 3)
        row.clock_measured_at = at


def _apply(  # noqa: PLR0917 - what everything here is given
    session: Session,
    clock: Clock,
    vault: Vault,
    row: CameraRow,
    wish: CameraWish,
    entry: CameraEntryRow,
) -> None:
    for name in ADDRESSES:
        value = getattr(wish, name)
        if value is not None:
            setattr(row, name, value)
    if wish.transport is not None:
        row.transport = wish.transport
    session.flush()
    if not _keeps_encrypted(row):
        raise ConfigError(
            f"Camera {row.id}: what it encrypts (rtsps://) cannot go by UDP; use --transport tcp."
        )
    if wish.credentials is not None:
        _set_login(session, clock, vault, row, wish.credentials)
    if wish.trust is not None:
        set_trust(session, clock, vault, row.id, wish.trust)
    if wish.site is not None:
        save_site_file(session, clock, entry, wish.site, wish.preset)
    elif wish.preset is not None:
        save_preset(session, clock, entry, wish.preset)
    row.updated_at = clock.now()


def _keeps_encrypted(row: CameraRow) -> bool:
    """Whether nothing that is to be encrypted would go by UDP, which sends it readable."""
    encrypts = any(is_encrypted(one) for one in (row.main_address, row.sub_address) if one)
    return not encrypts or row.transport is Transport.TCP


def _set_login(
    session: Session, clock: Clock, vault: Vault, row: CameraRow, credentials: Credentials
) -> None:
    """A new secret each time; the one before is removed, not overwritten."""
    old = row.secret_id
    secret_id = uuid.uuid4().hex
    sealed = vault.seal(secret_id, credentials)
    session.add(CameraSecretRow(id=secret_id, sealed=sealed, created_at=clock.now()))
    session.flush()
    row.secret_id = secret_id
    session.flush()
    if old is not None:
        session.delete(session.get_one(CameraSecretRow, old))
