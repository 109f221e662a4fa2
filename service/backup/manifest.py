"""What a backup says about itself, in four parts.

* `manifest.json`: written last; a folder without it is an unfinished backup;
* `SHA256SUMS`: one line a file, as `sha256sum -c` reads it on any system;
* `database.sqlite3` or `database.pgdump`: the database as of one moment;
* `data/`: evidence, uploads, and keys where they were asked for.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from litterwatch.detector.errors import ConfigError, EvidenceError, EvidenceIntegrityError
from litterwatch.service.canonical import sha256_of
from litterwatch.service.evidence.files import sha256_of_file
from litterwatch.service.outputs import write_whole

FORMAT: Final = "litterwatch-backup-1"
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
DATA: Final = "data"
"""Where copies of the data folder's files lie, under the paths they have there."""


class DatabaseKind(StrEnum):
    """Which database was copied."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


DATABASE_FILES: Final = {
    DatabaseKind.SQLITE: "database.sqlite3",
    DatabaseKind.POSTGRESQL: "database.pgdump",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The heading of a backup.

    Attributes:
        made_at: ISO 8601, UTC: when the database was as it is in here.
        software: version of litterwatch that made it.
        database: which kind.
        revision: of the tables.
        custody_head, audit_head: hash of the last row of each chain.
        files: how many files there are; `bytes`: how large they are together.
        sums_sha256: of `SHA256SUMS`.
        has_keys: whether the private keys are in it.
        damaged: files that were not what their rows say when they were copied.
        missing: files that have rows and were not there.
    """

    made_at: str
    software: str
    database: DatabaseKind
    revision: str
    custody_head: str
    audit_head: str
    files: int
    bytes: int
    sums_sha256: str
    has_keys: bool
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Names the backup: whoever notes it elsewhere can tell later that it is this one."""
        return sha256_of(self.as_object())

    @property
    def database_file(self) -> str:
        return DATABASE_FILES[self.database]

    def as_object(self) -> dict[str, Any]:
        """As it stands in the file."""
        fields = asdict(self)
        lists = {name: list(fields[name]) for name in ("damaged", "missing")}
        return {"format": FORMAT, **fields, **lists}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say that a backup is whole.

    Raises:
        EvidenceError: the folder cannot be written.
    """
    text = json.dumps(manifest.as_object(), ensure_ascii=False, indent=1)
    write_whole(folder / MANIFEST, text + "\n")


def read_manifest(folder: Path) -> Manifest:
    """The heading of a finished backup.

    Raises:
        ConfigError: the folder holds none.
    """
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return _manifest(said)
    except FileNotFoundError:
        raise ConfigError(
            f"{folder} holds no finished backup: name one, or finish it with the same"
            " litterwatch backup create."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder / MANIFEST} cannot be read as the heading of a backup: use another backup."
        ) from error


def _manifest(said: Mapping[str, Any]) -> Manifest:
    fields = dict(said)
    if fields.pop("format") != FORMAT:
        raise ValueError("another format")
    fields["database"] = DatabaseKind(fields["database"])
    fields |= {name: tuple(fields[name]) for name in ("damaged", "missing")}
    return Manifest(**fields)


def write_sums(folder: Path, sums: Mapping[str, str]) -> str:
    """Write the hash of every file, by path relative to the folder; SHA-256 of the list.

    Raises:
        EvidenceError: the folder cannot be written, or a path would break the list.
    """
    if any("\n" in path or "\\" in path for path in sums):
        raise EvidenceError("A file's name holds a line break or a backslash: rename it.")
    text = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums))
    write_whole(folder / SUMS, text)
    return sha256_of_file(folder / SUMS)


def read_sums(folder: Path, manifest: Manifest) -> dict[str, str]:
    """The hash of every file of a backup, by path relative to the folder.

    Raises:
        EvidenceIntegrityError: the list is not the one that the manifest speaks of.
    """
    try:
        is_whole = sha256_of_file(folder / SUMS) == manifest.sums_sha256
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines() if is_whole else []
    except OSError:
        is_whole = False
    if not is_whole:
        raise EvidenceIntegrityError(
            f"{folder / SUMS} is not what was written: this backup was changed, use another one."
        )
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
