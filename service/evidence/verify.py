"""Checks an exported package with nothing but the package: no database, no network, no settings.

What can be shown: that every byte is as it was when the named key signed it, that the clips,
pictures and the log belong together, and that no line of the log is missing in between. Whose key
it is must be learnt elsewhere, from the key's name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from litterwatch.detector.errors import EvidenceError, EvidenceIntegrityError
from litterwatch.service.evidence.archive import Archive, read_archive
from litterwatch.service.evidence.custody_log import LogRead, read_log
from litterwatch.service.evidence.envelope import Opened, Signed, open_envelope

FORMAT: Final = "litterwatch-package/1"
DOCUMENT: Final = "package.json"
SIGNATURE: Final = "signature.json"
STAMP: Final = "signature.tsr"
MANIFEST: Final = "manifest.json"
MANIFEST_SIGNATURE: Final = "manifest.sig.json"
LOG: Final = "custody.txt"
ORIGINALS: Final = "originals/"


@dataclass(frozen=True, slots=True)
class Verified:
    """A package that is whole.

    Attributes:
        event_id: which event it shows.
        export: what was asked for, by whom, for whom, why, and who agreed.
        files: size and SHA-256 of every file, by name.
        key_id, public_key: the key that signed it; compare with what its owner publishes.
        signed_at: UTC, ISO 8601, by the signer's clock.
        manifest_key_id: the key that signed the manifest when the evidence was stored.
        rows, withheld: rows of the custody log in full, and rows of other events left out.
        head_seq, head_hash: the last row of the chain at the time.
        stamp: the time stamp over `envelope`, None where no authority gave one.
        envelope: the bytes that the stamp is over.
    """

    event_id: str
    export: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]
    key_id: str
    public_key: str
    signed_at: str
    manifest_key_id: str
    rows: int
    withheld: int
    head_seq: int
    head_hash: str
    stamp: bytes | None
    envelope: bytes


def verify_package(path: Path) -> Verified:
    """Check a package.

    Raises:
        EvidenceError: it cannot be read.
        EvidenceIntegrityError: something in it is not as it was signed.
    """
    try:
        with path.open("rb") as file:
            return verify_open(file)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read ({error.strerror}).") from error


def verify_open(file: BinaryIO) -> Verified:
    """As `verify_package`, on an open file.

    Raises:
        EvidenceIntegrityError: something in it is not as it was signed.
        OSError: it cannot be read.
    """
    archive = read_archive(file)
    try:
        return _verified(archive)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        # Whole and signed, by whomever, and still not what litterwatch writes.
        raise EvidenceIntegrityError("The package is not of a format this version knows.") from None


def _verified(archive: Archive) -> Verified:
    envelope = archive.read(SIGNATURE)
    signed = open_envelope(envelope)
    text = archive.read(DOCUMENT)
    if (
        signed.statement.kind is not Signed.PACKAGE
        or signed.statement.sha256 != archive.members[DOCUMENT].sha256
    ):
        raise EvidenceIntegrityError(f"{DOCUMENT} is not what was signed.")
    document = _document(text)
    files = _files(archive, document)
    manifest = _manifest(archive, document)
    log = _log(archive, document)
    return Verified(
        event_id=str(document["event_id"]),
        export=document["export"],
        files=files,
        key_id=signed.statement.key_id,
        public_key=signed.public_key,
        signed_at=signed.statement.signed_at,
        manifest_key_id=manifest.statement.key_id,
        rows=len(log.rows),
        withheld=log.withheld,
        head_seq=log.head_seq,
        head_hash=log.head_hash,
        stamp=archive.read(STAMP) if STAMP in archive.members else None,
        envelope=envelope,
    )


def _document(text: bytes) -> dict[str, Any]:
    document = json.loads(text)
    if document["format"] != FORMAT:
        raise EvidenceIntegrityError(f"{DOCUMENT} is not of a format this version knows.")
    return dict(document)


def _files(archive: Archive, document: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Every file is named in the signed document, and every name has its file."""
    listed: Mapping[str, Any] = document["files"]
    for name, facts in listed.items():
        member = archive.members.get(name)
        if member is None:
            raise EvidenceIntegrityError(f"{name} is missing.")
        if (member.size, member.sha256) != (facts["size"], facts["sha256"]):
            raise EvidenceIntegrityError(f"{name} was changed.")
    strangers = set(archive.members) - set(listed) - {DOCUMENT, SIGNATURE, STAMP}
    if strangers:
        raise EvidenceIntegrityError(f"{min(strangers)} was put in.")
    return {name: (facts["size"], facts["sha256"]) for name, facts in listed.items()}


def _manifest(archive: Archive, document: Mapping[str, Any]) -> Opened:
    """The manifest is signed, is of this event, and the originals are those it names."""
    signed = open_envelope(archive.read(MANIFEST_SIGNATURE))
    manifest = json.loads(archive.read(MANIFEST))
    statement = signed.statement
    if (
        statement.kind is not Signed.MANIFEST
        or statement.sha256 != archive.members[MANIFEST].sha256
        or not statement.subject == manifest["event_id"] == document["event_id"]
    ):
        raise EvidenceIntegrityError(f"{MANIFEST} is not what was signed for this event.")
    for name, member in archive.members.items():
        if name.startswith(ORIGINALS):
            facts = manifest["files"].get(name.removeprefix(ORIGINALS))
            if facts is None or facts["sha256"] != member.sha256:
                raise EvidenceIntegrityError(f"{name} is not the file that was stored.")
    return signed


def _log(archive: Archive, document: Mapping[str, Any]) -> LogRead:
    """The log is unbroken, ends at the signed head, and knows this manifest."""
    log = read_log(archive.read(LOG))
    head: Mapping[str, Any] = document["custody"]
    if (log.head_seq, log.head_hash) != (head["head_seq"], head["head_hash"]):
        raise EvidenceIntegrityError("The custody log does not end where it did when signed.")
    stored = {
        row["detail"].get("manifest") for row in log.rows if row["action"] == "evidence.sealed"
    }
    if archive.members[MANIFEST].sha256 not in stored:
        raise EvidenceIntegrityError("The custody log does not know this manifest.")
    return log
