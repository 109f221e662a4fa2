"""The cameras of the register as live watching wants them (a `CameraList` of the supervisor)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from litterwatch.camera_adapters.certificates import KNOWN_HERE
from litterwatch.camera_adapters.connection import NO_SECRET, CameraConnection
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.detector.errors import ConfigError, StoreError
from litterwatch.service.cameras.service import KnownCamera, all_cameras, credentials_of
from litterwatch.service.cameras.tables import CameraRow
from litterwatch.service.cameras.trusting import is_trust_set, trust_of_camera
from litterwatch.service.cameras.vault import Vault
from litterwatch.service.cameras_file import CameraEntry, CamerasRead, OnvifDoor, file_stamp
from litterwatch.service.db import Database
from litterwatch.service.sites.tables import CameraEntryRow, ZonesRow
from litterwatch.service.sites.zones import in_force

_UNREAD: Final = "The register of cameras cannot be read"


@dataclass(slots=True)
class RegisterCameras:
    """Every camera of the register that can be reached; a change is seen by its stamp.

    A camera that cannot be watched as it stands there is left out and named with the reason: what
    is wrong with one camera must not keep anybody from watching the others.

    Args:
        database: its tables are there.
        key_file: of the logins.
    """

    database: Database
    key_file: Path

    def read(self) -> CamerasRead:
        """The cameras as the register says now.

        Raises:
            ConfigError: the database or the key of the logins cannot be read.
        """
        try:
            with self.database.reading() as session:
                return self._read(session)
        except StoreError as error:
            raise ConfigError(f"{_UNREAD}: {error}") from error

    def stamp(self, files: tuple[Path, ...]) -> tuple[object, ...]:
        """Another value when the register, a version of zones or the key file has changed.

        Raises:
            ConfigError: the database cannot be read.
        """
        try:
            with self.database.reading() as session:
                return self._stamp(session, files)
        except StoreError as error:
            raise ConfigError(f"{_UNREAD}: {error}") from error

    def _read(self, session: Session) -> CamerasRead:
        files = (self.key_file,)
        reachable = [known for known in all_cameras(session) if known.row is not None]
        vault = Vault(self.key_file) if _needs_key(session, reachable) else None
        entries, left_out = [], []
        for known in reachable:
            try:
                entries.append(_entry(session, vault, known))
            except ConfigError as error:
                left_out.append((known.entry.id, str(error)))
        return CamerasRead(
            tuple(entries), self._stamp(session, files), files, left_out=tuple(left_out)
        )

    def _stamp(self, session: Session, files: tuple[Path, ...]) -> tuple[object, ...]:
        names = select(CameraEntryRow.id, CameraEntryRow.updated_at, CameraRow.updated_at)
        listed = names.join(CameraRow).order_by(CameraEntryRow.id)
        newest = select(ZonesRow.camera_id, func.max(ZonesRow.version))
        zones = newest.group_by(ZonesRow.camera_id).order_by(ZonesRow.camera_id)
        return (
            tuple(map(tuple, session.execute(listed))),
            tuple(map(tuple, session.execute(zones))),
            *(file_stamp(file) for file in files),
        )


def _needs_key(session: Session, cameras: list[KnownCamera]) -> bool:
    rows = [known.row for known in cameras if known.row is not None]
    return any(row.secret_id or is_trust_set(session, row.id) for row in rows)


def _entry(session: Session, vault: Vault | None, known: KnownCamera) -> CameraEntry:
    entry, row = known.entry, known.row
    assert row is not None
    main = row.main_address or row.snapshot_address
    if main is None:
        raise ConfigError(
            f"Where camera {entry.id} has its stream is not known yet: run litterwatch cameras"
            f" probe {entry.id}."
        )
    login = None if vault is None else credentials_of(session, vault, row)
    trust = None if vault is None else trust_of_camera(session, vault, entry.id)
    zones = in_force(session, entry.id)
    connection = CameraConnection(
        camera_id=entry.id,
        main=main,
        sub=row.sub_address,
        username=login.user if login else "",
        password=login.password if login else NO_SECRET,
        transport=row.transport,
        trust=trust or KNOWN_HERE,
    )
    return CameraEntry(
        connection,
        zones.site,
        zones_version=zones.version,
        preset=zones.preset,
        onvif=_door(row, login),
    )


def _door(row: CameraRow, login: Credentials | None) -> OnvifDoor | None:
    if row.onvif_address is None:
        return None
    profile = str((row.probe or {}).get("ptz_profile") or "")
    return OnvifDoor(row.onvif_address, login, profile)
