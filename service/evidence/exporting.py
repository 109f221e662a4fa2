"""Makes the package of an export: copies, document, signature, stamp, one file."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from litterwatch.detector.errors import (
    ConfigError,
    Conflict,
    EvidenceDiskFull,
    EvidenceError,
    EvidenceIntegrityError,
    LitterwatchError,
    ModelError,
    NotAllowed,
    NotFound,
)
from litterwatch.detector.protocols import Clock, ObjectDetector
from litterwatch.service.actor import Actor
from litterwatch.service.db import Database
from litterwatch.service.evidence.archive import Part, write_archive
from litterwatch.service.evidence.copies import actor_box, blurred_copies
from litterwatch.service.evidence.custody_log import custody_log, read_log
from litterwatch.service.evidence.custody_tables import (
    ExportRow,
    ExportState,
    PackageRow,
    WhyNot,
)
from litterwatch.service.evidence.disk import FULL, OsDisk
from litterwatch.service.evidence.envelope import Signed
from litterwatch.service.evidence.export import find_export, touched
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.evidence.keys import SigningKeys
from litterwatch.service.evidence.looks import note, refuse
from litterwatch.service.evidence.package import (
    Contents,
    ExportFacts,
    Original,
    signed_parts,
    unsigned_parts,
)
from litterwatch.service.evidence.package_page import package_page
from litterwatch.service.evidence.signing import StampAuthority, sign, sign_head
from litterwatch.service.evidence.tables import EvidenceRow, Role
from litterwatch.service.evidence.verify import ORIGINALS

KEPT: Final = "bản gốc được lưu tại đơn vị / the original is kept and was not asked for"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What is needed to make packages.

    Attributes:
        root: the data folder.
        database: where rows are kept.
        clock: when.
        detector: opens the model that sees whom to blur; closed after use.
        authority: stamps the package, None for nobody.
    """

    root: Path
    database: Database
    clock: Clock
    detector: Callable[[], ObjectDetector]
    authority: StampAuthority | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """A package that is durable and noted.

    Attributes:
        path: where it lies.
        size, sha256: of the file.
        key_id: who signed it.
        stamp_missing: why there is no time stamp though there is an authority, else None.
    """

    path: Path
    size: int
    sha256: str
    key_id: str
    stamp_missing: str | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that the package says, fixed in the transaction that begins the export."""

    facts: ExportFacts
    event_id: str
    rows: dict[Role, EvidenceRow]
    manifest_signature: bytes
    log: bytes


def make_export(workshop: Workshop, actor: Actor, export_id: str, out: Path) -> Exported:
    """Make the package of an export that was asked for, and agreed to where it must be.

    Raises:
        ConfigError: there is such a file already, or no such folder.
        NotFound, Conflict, NotAllowed: the book does not allow it.
        EvidenceDiskFull: no room; no package is left.
        EvidenceIntegrityError: a stored file is not as it was stored.
        EvidenceError, ModelError, SourceError: a copy cannot be made.
    """
    if out.exists() or not out.parent.is_dir():
        raise ConfigError(f"{out} must be a new file in a folder that is there.")
    _require_agreement(workshop, actor, export_id)
    keys = SigningKeys(workshop.root)
    plan = _begin(workshop, actor, export_id, keys)
    try:
        with tempfile.TemporaryDirectory(prefix=".litterwatch-", dir=out.parent) as folder:
            contents = _contents(workshop, plan, Path(folder))
            exported = _packed(workshop, keys, contents, Path(folder), out)
    except (LitterwatchError, OSError) as error:
        give_up(workshop, actor, export_id, why_not(error))
        if isinstance(error, LitterwatchError):
            raise
        if error.errno in FULL:
            raise EvidenceDiskFull(f"No room for {out}: free space, then export again.") from error
        raise EvidenceError(f"{out} cannot be written ({error.strerror}).") from error
    with workshop.database.writing() as session:
        row = find_export(session, export_id)
        row.state, row.finished_at = ExportState.DONE, workshop.clock.now()
        row.package_sha256, row.package_size = exported.sha256, exported.size
        touched(session, export_id)
        note(
            session,
            workshop.clock,
            actor,
            action="evidence.exported",
            subject=row.event_id,
            detail={"export": export_id, "package": exported.sha256, "size": exported.size},
        )
    return exported


def _require_agreement(workshop: Workshop, actor: Actor, export_id: str) -> None:
    with workshop.database.reading() as session:
        row = find_export(session, export_id)
    if row.is_unblurred and row.state is ExportState.REQUESTED:
        refuse(
            workshop.database,
            workshop.clock,
            actor,
            action="evidence.export",
            subject=row.event_id,
            why="A second person must agree to originals leaving the building.",
            detail={"export": export_id},
        )


def _begin(workshop: Workshop, actor: Actor, export_id: str, keys: SigningKeys) -> _Plan:
    clock, key = workshop.clock, keys.current()
    with workshop.database.writing() as session:
        row = find_export(session, export_id, for_update=True)
        ready = ExportState.APPROVED if row.is_unblurred else ExportState.REQUESTED
        if row.requested_by != actor.id:
            raise NotAllowed("An export is made by whoever asked for it.")
        if row.state is not ready:
            raise Conflict(f"This export is {row.state} and cannot be made: ask for a new one.")
        found = session.scalars(
            select(EvidenceRow).where(EvidenceRow.event_id == row.event_id)
        ).all()
        rows = {each.role: each for each in found}
        if Role.MANIFEST not in rows:
            raise Conflict("The evidence of this event has been deleted meanwhile.")
        row.state = ExportState.BEGUN
        package = session.get(PackageRow, export_id)
        if package is not None:
            package.attempts += 1
            package.revision += 1
        manifest = sign(
            session,
            clock,
            key,
            kind=Signed.MANIFEST,
            subject=row.event_id,
            sha256_hex=rows[Role.MANIFEST].sha256,
        )
        note(
            session,
            clock,
            actor,
            action="evidence.export_begun",
            subject=row.event_id,
            detail={"export": export_id},
        )
        sign_head(session, clock, key)
        return _Plan(
            _facts(row, clock),
            row.event_id,
            rows,
            manifest.envelope.encode(),
            custody_log(session, row.event_id),
        )


def _facts(row: ExportRow, clock: Clock) -> ExportFacts:
    return ExportFacts(
        id=row.id,
        at=clock.now().isoformat(timespec="seconds"),
        is_unblurred=row.is_unblurred,
        reason=row.reason,
        recipient=row.recipient,
        requested_by=row.requested_by,
        office=row.requested_office,
        unit=row.requested_unit,
        approved_by=row.decided_by,
    )


def _contents(workshop: Workshop, plan: _Plan, folder: Path) -> Contents:
    rows, root = plan.rows, workshop.root
    for row in rows.values():
        if sha256_of_file(root / row.path) != row.sha256:
            raise EvidenceIntegrityError(f"{row.path} is not as it was stored: see evidence check.")
    manifest = (root / rows[Role.MANIFEST].path).read_bytes()
    detector = workshop.detector()
    try:
        derived = blurred_copies(root, rows, actor_box(manifest), detector, folder)
    finally:
        detector.close()
    originals, left_out = [], {}
    for role, row in sorted(rows.items()):
        name = row.path.rpartition("/")[2]
        if role is Role.MANIFEST:
            continue
        if plan.facts.is_unblurred:
            part = Part.of_file(f"{ORIGINALS}{name}", root / row.path)
            originals.append(Original(part, role, row.media_type))
        else:
            left_out[f"{ORIGINALS}{name}"] = KEPT
    log = read_log(plan.log)
    return Contents(
        event_id=plan.event_id,
        export=plan.facts,
        manifest=manifest,
        manifest_signature=plan.manifest_signature,
        log=plan.log,
        head_seq=log.head_seq,
        head_hash=log.head_hash,
        originals=originals,
        derived=derived,
        left_out=left_out,
        page=package_page(),
    )


def _packed(
    workshop: Workshop, keys: SigningKeys, contents: Contents, folder: Path, out: Path
) -> Exported:
    parts, key = unsigned_parts(contents), keys.current()
    with workshop.database.writing() as session:
        signature = sign(
            session,
            workshop.clock,
            key,
            kind=Signed.PACKAGE,
            subject=contents.export.id,
            sha256_hex=parts[0].sha256,
        )
        envelope = signature.envelope.encode()
    stamp, stamp_missing = None, None
    if workshop.authority is not None:
        try:
            stamp = workshop.authority.stamp(envelope)
        except EvidenceError as error:
            stamp_missing = str(error)
    written = folder / "package.zip"
    descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        write_archive(file, signed_parts(parts, envelope, stamp))
        file.flush()
        os.fsync(file.fileno())
    size, sha256 = written.stat().st_size, sha256_of_file(written)
    if out.exists():
        raise ConfigError(f"{out} must be a new file: somebody made one meanwhile.")
    written.rename(out)
    OsDisk().sync(out.parent)
    return Exported(out, size, sha256, key.id, stamp_missing)


def why_not(error: Exception) -> WhyNot:
    """What kept a package from being made, for people."""
    if isinstance(error, EvidenceDiskFull) or (isinstance(error, OSError) and error.errno in FULL):
        return WhyNot.DISK_FULL
    kinds = (
        (ModelError, WhyNot.NO_MODEL),
        (EvidenceIntegrityError, WhyNot.NOT_AS_STORED),
        ((Conflict, NotFound), WhyNot.GONE),
    )
    return next((why for kind, why in kinds if isinstance(error, kind)), WhyNot.OTHER)


def give_up(workshop: Workshop, actor: Actor, export_id: str, why: WhyNot) -> None:
    """Note that a package was not made; one that stands as failed already stays as it is."""
    with workshop.database.writing() as session:
        row = find_export(session, export_id, for_update=True)
        if row.state is ExportState.FAILED:
            return
        row.state, row.finished_at = ExportState.FAILED, workshop.clock.now()
        package = session.get(PackageRow, export_id)
        if package is not None:
            package.why = why
            package.revision += 1
        note(
            session,
            workshop.clock,
            actor,
            action="evidence.export_failed",
            subject=row.event_id,
            detail={"export": export_id, "why": why},
        )
