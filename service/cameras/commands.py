"""What `litterwatch cameras` does, apart from reading its arguments."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from litterwatch.camera_adapters.certificates import KNOWN_HERE, Trust, names_file, trust_of
from litterwatch.camera_adapters.connection import Transport
from litterwatch.camera_adapters.credentials import Credentials
from litterwatch.camera_adapters.masking import Masks
from litterwatch.camera_adapters.onvif.addresses import device_address
from litterwatch.camera_adapters.onvif.discovery import FoundCamera, ask_host, find_cameras
from litterwatch.detector.errors import ConfigError
from litterwatch.service.cameras.console import asked_password, text_of, write_picture
from litterwatch.service.cameras.findings import ProbeReport
from litterwatch.service.cameras.probing import CameraAddresses, Probed, Progress, probe_camera
from litterwatch.service.cameras.service import (
    CameraWish,
    KnownCamera,
    add_camera,
    all_cameras,
    camera_of,
    change_camera,
    credentials_of,
    keep_certificate,
    record_probe,
    remove_camera,
    trail_of,
)
from litterwatch.service.cameras.tables import CameraRow
from litterwatch.service.cameras.trusting import is_trust_set, trust_of_camera
from litterwatch.service.cameras.vault import Vault, key_file, opened_vault
from litterwatch.service.cameras.words import list_text, report_text
from litterwatch.service.clock import SystemClock
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.settings import Settings, load_settings
from litterwatch.service.sites.zones import in_force
from litterwatch.service.wiring import opened_database


@dataclass(frozen=True, slots=True)
class AddWish:
    """What the command line says of a camera; see `litterwatch cameras add --help`."""

    id: str
    address: str | None = None
    name: str | None = None
    user: str | None = None
    stream: str | None = None
    sub: str | None = None
    snapshot: str | None = None
    site: Path | None = None
    preset: str | None = None
    certificate: str | None = None
    transport: str | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How a camera is reached: its addresses, its login, and which certificate is believed.

    Attributes:
        row: of the register.
        login: None for a camera that needs none.
        trust: None where nobody has said.
    """

    row: CameraRow
    login: Credentials | None
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class CameraVerdict:
    """A report, ready to be printed."""

    camera_id: str
    report: ProbeReport

    @property
    def is_usable(self) -> bool:
        """Whether the camera can be watched."""
        return self.report.is_usable

    def as_json(self) -> str:
        """For programs."""
        content = {"camera": self.camera_id, **self.report.as_json()}
        return json.dumps(content, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        """For people."""
        return report_text(self.camera_id, self.report)


def discovered(hosts: tuple[str, ...], port: int, seconds: float) -> list[FoundCamera]:
    """Cameras of the network, or of these hosts.

    Raises:
        SourceUnavailable: there is no network.
    """
    clock = SystemClock()
    if not hosts:
        return list(find_cameras(clock, seconds))
    return [one for host in hosts for one in ask_host(host, clock, port=port, wait=seconds)]


def discovery_text(found: list[FoundCamera], *, as_json: bool) -> str:
    """Of discovered cameras, a line each."""
    if as_json:
        return json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2)
    if not found:
        return (
            "No camera answered. Cameras in another network, or with ONVIF or discovery switched"
            " off, do not: add them by their address."
        )
    lines = []
    for one in found:
        hint = "; names another address, is it behind a router?" if one.is_behind_nat else ""
        about = ", ".join(part for part in (one.name, one.hardware, one.location) if part)
        lines.append(f"{one.address}  {about}{hint}")
    return "\n".join(lines)


def added(wish: AddWish, out: Path | None, settings: Path | None) -> str:
    """Note a camera, or change it; a sentence for the operator.

    Raises:
        ConfigError: something in the wish cannot be used.
        Conflict: there is such a camera.
        NotFound: there is none to change.
    """
    camera = CameraWish(
        id=wish.id,
        name=wish.name,
        onvif_address=None if wish.address is None else device_address(wish.address),
        main_address=wish.stream,
        sub_address=wish.sub,
        snapshot_address=wish.snapshot,
        credentials=None if wish.user is None else Credentials(wish.user, asked_password()),
        site=None if wish.site is None else text_of(wish.site),
        preset=wish.preset,
        trust=None if wish.certificate is None else _trust(wish.certificate),
        transport=None if wish.transport is None else _transport(wish.transport),
    )
    clock = SystemClock()
    with _opened(out, settings, must_exist=False) as (database, vault):
        change = change_camera if wish.replace else add_camera
        done = "changed" if wish.replace else "added"
        with database.writing() as session:
            row = change(session, clock, vault(), camera)
            detail = trail_of(session, row)
            if camera.trust is not None:
                detail["certificate"] = str(camera.trust)
            append_custody(session, clock, action=f"camera.{done}", subject=row.id, detail=detail)
    return f"Camera {wish.id} is {done}. Next: litterwatch cameras probe {wish.id}"


def probed(
    camera_id: str,
    out: Path | None,
    settings: Path | None,
    picture: Path | None,
    progress: Progress,
) -> CameraVerdict:
    """Look at a camera and keep what was found.

    Raises:
        NotFound: there is no such camera.
        ConfigError: the picture cannot be written, or the key does not fit.
    """
    clock = SystemClock()
    with _opened(out, settings) as (database, vault):
        reach = _camera(database, vault, camera_id)
        done = probe_camera(_addresses(reach.row), reach.login, clock, progress, reach.trust)
        with database.writing() as session:
            found = done.report.as_json()
            row = record_probe(session, clock, camera_id, found, done.addresses)
            if done.agreed is not None:
                keep_certificate(session, clock, vault(), row, done.agreed)
                detail = {**trail_of(session, row), "certificate": str(done.agreed)}
                append_custody(
                    session, clock, action="camera.changed", subject=row.id, detail=detail
                )
            masks = Masks(in_force(session, camera_id).site.masks)
    if picture is not None and done.picture is not None:
        write_picture(masks.paint(done.picture), picture)
    return CameraVerdict(camera_id, done.report)


def tested(camera_id: str, out: Path | None, settings: Path | None) -> CameraVerdict:
    """Open a camera's streams where they are known to be.

    Raises:
        NotFound: there is no such camera.
        ConfigError: nobody knows where its streams are.
    """
    with _opened(out, settings) as (database, vault):
        reach = _camera(database, vault, camera_id)
    where = replace(_addresses(reach.row), onvif=None)
    if not (where.main or where.sub or where.snapshot):
        raise ConfigError(
            f"Where camera {camera_id} has its streams is not known yet: run litterwatch cameras"
            f" probe {camera_id}."
        )
    trust = reach.trust or KNOWN_HERE  # what nobody has agreed on is for a probe to find
    done: Probed = probe_camera(where, reach.login, SystemClock(), trust=trust)
    return CameraVerdict(camera_id, done.report)


def opened_camera(camera_id: str, out: Path | None, settings: Path | None) -> Reach:
    """How a camera is reached.

    Raises:
        NotFound: there is no such camera.
        ConfigError: there is no such database, or the key does not fit.
    """
    with _opened(out, settings) as (database, vault):
        return _camera(database, vault, camera_id)


def masked(camera_id: str, out: Path | None, settings: Path | None) -> bool:
    """Whether a camera has privacy masks drawn at the desk.

    Raises:
        ConfigError: there is no such database.
    """
    with _opened(out, settings) as (database, _), database.reading() as session:
        return bool(in_force(session, camera_id).site.masks)


def removed(camera_id: str, out: Path | None, settings: Path | None) -> str:
    """Forget a camera and its login; a sentence for the operator.

    Raises:
        NotFound: there is no such camera.
    """
    clock = SystemClock()
    with _opened(out, settings) as (database, _), database.writing() as session:
        remove_camera(session, clock, camera_id)
        append_custody(session, clock, action="camera.removed", subject=camera_id, detail={})
    return f"Camera {camera_id} and its login are removed; evidence from it stays."


def listed(out: Path | None, settings: Path | None, *, as_json: bool) -> str:
    """Every camera, a line each.

    Raises:
        ConfigError: there is no such database.
    """
    with _opened(out, settings) as (database, _), database.reading() as session:
        known = all_cameras(session)
        if as_json:
            listed = [_plain(session, one) for one in known]
            return json.dumps(listed, ensure_ascii=False, indent=2)
        return list_text(known)


def _plain(session: Session, known: KnownCamera) -> dict[str, Any]:
    entry, row = known.entry, known.row or CameraRow()
    return {
        "id": entry.id,
        "name": entry.name,
        "site_id": entry.site_id,
        "onvif_address": row.onvif_address,
        "main_address": row.main_address,
        "sub_address": row.sub_address,
        "snapshot_address": row.snapshot_address,
        "transport": row.transport,
        "has_login": row.secret_id is not None,
        "zones_version": in_force(session, entry.id).version,
        "clock_error": row.clock_error,
        "clock_measured_at": _iso(row.clock_measured_at),
        "probed_at": _iso(row.probed_at),
        "probe": row.probe,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


@contextmanager
def _opened(
    out: Path | None, settings: Path | None, *, must_exist: bool = True
) -> Iterator[tuple[Database, Callable[[], Vault]]]:
    """The database, and how to open the vault: who only lists cameras needs no key."""
    tree = load_settings(settings, {} if out is None else {"data_folder": out})
    if not must_exist:
        _make(tree)
    with opened_database(tree, must_exist=must_exist) as database:
        yield database, lambda: opened_vault(key_file(tree))


def _make(tree: Settings) -> None:
    try:
        tree.data_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The folder {tree.data_folder} cannot be made ({error.strerror}): choose another with"
            " --out."
        ) from error


def _camera(database: Database, vault: Callable[[], Vault], camera_id: str) -> Reach:
    with database.reading() as session:
        row = camera_of(session, camera_id)
        login = None if row.secret_id is None else credentials_of(session, vault(), row)
        is_set = is_trust_set(session, camera_id)
        trust = trust_of_camera(session, vault(), camera_id) if is_set else None
        session.expunge_all()
    return Reach(row, login, trust)


def _trust(named: str) -> Trust:
    """What somebody said of a camera's certificate on the command line.

    Raises:
        ConfigError: it is none of the words, and no file of certificates.
    """
    return trust_of(text_of(Path(named), "--certificate") if names_file(named) else named)


def _transport(named: str) -> Transport:
    try:
        return Transport(named)
    except ValueError:
        raise ConfigError(f"--transport must be {' or '.join(Transport)}.") from None


def _addresses(row: CameraRow) -> CameraAddresses:
    return CameraAddresses(
        row.onvif_address,
        row.main_address,
        row.sub_address,
        row.snapshot_address,
        row.transport,
    )
