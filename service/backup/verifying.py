"""Proves a backup with nothing but the backup; changes not a byte of it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from litterwatch.detector.errors import LitterwatchError
from litterwatch.service import chain
from litterwatch.service.backup.manifest import (
    DATA,
    MANIFEST,
    SUMS,
    DatabaseKind,
    Manifest,
    read_manifest,
    read_sums,
)
from litterwatch.service.backup.service import MARK
from litterwatch.service.backup.snapshot import contents, is_readable_dump, reading_copy
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.tables import AuditRow, CustodyRow


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a backup found.

    Attributes:
        manifest: of the backup.
        problems: one sentence each; empty where the backup is what it was.
        unproved: what could not be looked into here, one sentence each.
    """

    manifest: Manifest
    problems: tuple[str, ...]
    unproved: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.problems


def verify_backup(folder: Path) -> Verified:
    """Read every byte of a backup.

    Raises:
        ConfigError: there is no finished backup.
        EvidenceIntegrityError: its list of files is not what was written.
    """
    manifest = read_manifest(folder)
    sums = read_sums(folder, manifest)
    problems = [*_file_problems(folder, sums), *_stray_problems(folder, sums)]
    unproved: list[str] = []
    copy = folder / manifest.database_file
    if manifest.database is DatabaseKind.SQLITE:
        try:
            problems += _database_problems(copy, manifest, sums)
        except LitterwatchError as error:
            problems.append(f"{copy.name}: {error}")
    else:
        is_readable = is_readable_dump(copy)
        if is_readable is False:
            problems.append(f"{copy.name}: pg_restore cannot read it.")
        unproved.append(
            "The rows of a dump of PostgreSQL can only be looked into once they are restored."
            if is_readable
            else "pg_restore is not installed here: nobody has looked into the dump."
        )
    problems += [f"{path}: it was damaged when it was copied." for path in manifest.damaged]
    problems += [f"{path}: it was missing when the backup was made." for path in manifest.missing]
    return Verified(manifest, tuple(problems), tuple(unproved))


def _file_problems(folder: Path, sums: dict[str, str]) -> Iterator[str]:
    for path, expected in sums.items():
        try:
            found = sha256_of_file(folder / path)
        except OSError as error:
            yield f"{path}: it cannot be read ({error.strerror})."
            continue
        if found != expected:
            yield f"{path}: its content is not what was copied."


def _stray_problems(folder: Path, sums: dict[str, str]) -> Iterator[str]:
    known = {*sums, MANIFEST, SUMS, MARK}
    for place, _, names in os.walk(folder):
        for name in names:
            path = (Path(place) / name).relative_to(folder).as_posix()
            if path not in known:
                yield f"{path}: this file does not belong to the backup."


def _database_problems(copy: Path, manifest: Manifest, sums: dict[str, str]) -> Iterator[str]:
    with reading_copy(copy) as session:
        quick = session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if quick != "ok":
            yield f"{copy.name}: {quick}"
            return
        said = contents(session)
        chains = [
            (CustodyRow, manifest.custody_head, "chain of custody"),
            (AuditRow, manifest.audit_head, "log"),
        ]
        for table, head, name in chains:
            found, faults = chain.verify(session, table)
            yield from (f"{copy.name}: {fault}." for fault in faults)
            if found != head:
                yield f"{copy.name}: the {name} ends otherwise than when it was copied."
    excused = {*manifest.damaged, *manifest.missing}
    for file in said.wanted:
        if file.path not in excused and sums.get(f"{DATA}/{file.path}") != file.sha256:
            yield f"{file.path}: its row has another hash than the copy, or there is no copy."
