"""Proof that rows and files agree (`litterwatch evidence check`).

Three costs: `names` looks at directories, `sizes` asks each file for its size, `hashes` reads every
byte. The chain of custody is walked every time. Nothing is changed, and a scan may run meanwhile:
files are listed before rows are read, so that a file's garbage row, which is older than the file,
is always seen.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceError
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody import verify_chain
from litterwatch.service.evidence.custody_tables import HoldRow, SignatureRow
from litterwatch.service.evidence.envelope import Signed
from litterwatch.service.evidence.files import FOLDER, sha256_of_file, temporary
from litterwatch.service.evidence.service import DELETED, SEALED
from litterwatch.service.evidence.signing import signature_faults
from litterwatch.service.evidence.tables import CustodyRow, EvidenceRow, GarbageRow

Cost = Literal["names", "sizes", "hashes"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken promise.

    Attributes:
        kind: "missing", "stray", "size", "hash", "unreadable", "unsealed", "removed", "signature",
            "held" or "custody".
        subject: the path, or "custody".
        text: one sentence for people.
    """

    kind: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        cost: how thorough it was.
        rows, files, garbage: how many there are; garbage is allowed and removed at the next start.
        custody_head: hash of the last custody row; compare it with one noted elsewhere.
        problems: empty when every promise holds.
    """

    cost: Cost
    rows: int
    files: int
    garbage: int
    custody_head: str
    problems: tuple[Problem, ...] = field(default=())

    @property
    def is_sound(self) -> bool:
        return not self.problems


def check(root: Path, database: Database, cost: Cost = "sizes") -> CheckReport:
    """Prove the invariants of the evidence in a data folder.

    Args:
        root: the data folder.
        database: its tables are there.
        cost: how thorough.

    Raises:
        EvidenceError: a folder cannot be listed.
        StoreError: the database refused.
    """
    files = set(_listed(root))
    with database.reading() as session:
        rows = list(session.scalars(select(EvidenceRow).order_by(EvidenceRow.path)))
        garbage = set(session.scalars(select(GarbageRow.path)))
        head, faults = verify_chain(session)
        sealed = _sealed(session)
        signed = [*_signature_problems(session), *_hold_problems(session, rows)]
    problems = [Problem("custody", "custody", f"{fault}.") for fault in faults]
    problems += signed
    problems += _custody_problems(rows, sealed)
    broken = [problem for row in rows for problem in _row_problems(root, row, cost)]
    problems += _still_standing(broken, database)
    declared = garbage | {str(temporary(PurePosixPath(path))) for path in garbage}
    problems += [
        Problem("stray", path, "no row knows this file.")
        for path in sorted(files - {row.path for row in rows} - declared)
        if os.path.lexists(root / path)
    ]
    return CheckReport(cost, len(rows), len(files), len(garbage), head, tuple(problems))


def _still_standing(problems: list[Problem], database: Database) -> list[Problem]:
    """Without those of rows that a scan running meanwhile has replaced."""
    if not problems:
        return []
    with database.reading() as session:
        paths = set(session.scalars(select(EvidenceRow.path)))
    return [problem for problem in problems if problem.subject in paths]


def _custody_problems(rows: list[EvidenceRow], sealed: dict[str, str]) -> Iterator[Problem]:
    for row in rows:
        if sealed.pop(row.path, None) != row.sha256:
            text = "the chain of custody does not say that this file was stored with this hash."
            yield Problem("unsealed", row.path, text)
    for path in sorted(sealed):
        yield Problem("removed", path, "the chain of custody says it is kept, and no row is left.")


def _signature_problems(session: Session) -> Iterator[Problem]:
    for subject, text in signature_faults(session):
        yield Problem("signature", subject, text)
    details = select(CustodyRow.subject, CustodyRow.detail).where(CustodyRow.action == SEALED)
    signatures = select(SignatureRow.subject, SignatureRow.sha256).where(
        SignatureRow.kind == Signed.MANIFEST
    )
    signed = {(subject, sha256) for subject, sha256 in session.execute(signatures)}
    for subject, detail in session.execute(details):
        match detail:
            case {"manifest": str() as manifest} if (subject, manifest) not in signed:
                text = "its manifest was signed when it was stored, and the signature is gone."
                yield Problem("signature", subject, text)


def _hold_problems(session: Session, rows: list[EvidenceRow]) -> Iterator[Problem]:
    kept = {row.event_id for row in rows}
    held = select(HoldRow.event_id).where(HoldRow.released_at.is_(None)).distinct()
    for event_id in session.scalars(held.order_by(HoldRow.event_id)):
        if event_id not in kept:
            yield Problem("held", event_id, "this event is under hold, and its evidence is gone.")


def _listed(root: Path) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise EvidenceError(
            f"The folder {error.filename} cannot be listed ({error.strerror}): check permissions."
        ) from error

    top = root / FOLDER
    if not top.exists():
        return
    for folder, subfolders, names in os.walk(top, onerror=fail):
        links = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            yield (Path(folder) / name).relative_to(root).as_posix()


def _sealed(session: Session) -> dict[str, str]:
    """The hash of each file that should be there, by path, as the chain of custody says."""
    hashes: dict[str, str] = {}
    details = select(CustodyRow.detail).where(CustodyRow.action.in_([SEALED, DELETED]))
    for detail in session.scalars(details.order_by(CustodyRow.seq)):
        match detail:
            case {"files": dict() as files, "superseded": list() as superseded}:
                for path in superseded:
                    hashes.pop(path, None)
                hashes.update(files)
            case {"deleted": list() as deleted}:
                for path in deleted:
                    hashes.pop(path, None)
    return hashes


def _row_problems(root: Path, row: EvidenceRow, cost: Cost) -> Iterator[Problem]:
    path = root / row.path
    try:
        facts = path.lstat()
    except OSError as error:
        yield Problem("missing", row.path, f"the file is not there ({error.strerror}).")
        return
    if not stat.S_ISREG(facts.st_mode):
        yield Problem("missing", row.path, "this is not a file any more.")
        return
    if cost != "names" and facts.st_size != row.size:
        text = f"the file has {facts.st_size} bytes and had {row.size} when it was stored."
        yield Problem("size", row.path, text)
        return
    if cost == "hashes":
        try:
            found = sha256_of_file(path)
        except OSError as error:
            yield Problem("unreadable", row.path, f"the file cannot be read ({error.strerror}).")
            return
        if found != row.sha256:
            yield Problem("hash", row.path, "the content was changed after it was stored.")
