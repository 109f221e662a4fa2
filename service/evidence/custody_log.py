"""The chain of custody as a text that anybody can check: one line a row, hash first.

    HASH {"action":...,"seq":7,...}     a row of this event, its canonical text as it was hashed
    HASH withheld 8-11                  rows of other events; the hash is that of the last of them

Line by line: the SHA-256 of the text is the hash; the row's `previous` is the hash of the line
before (64 zeros at the beginning), its `seq` follows. The last line is the head, which is signed.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.service.canonical import JsonValue, canonical_json
from litterwatch.service.evidence.custody import GENESIS
from litterwatch.service.evidence.tables import CustodyRow

_LINE: Final = re.compile(r"([0-9a-f]{64}) (?:withheld ([0-9]+)-([0-9]+)|(\{.*\}))")


@dataclass(frozen=True, slots=True)
class LogRead:
    """A log that is unbroken.

    Attributes:
        rows: of this event, in full.
        withheld: how many rows of other events are between them.
        head_seq, head_hash: number and hash of the last row.
    """

    rows: tuple[dict[str, Any], ...]
    withheld: int
    head_seq: int
    head_hash: str


def custody_log(session: Session, subject: str) -> bytes:
    """The whole chain up to now, with the rows of `subject` in full."""
    rows = session.scalars(
        select(CustodyRow).where(CustodyRow.subject == subject).order_by(CustodyRow.seq)
    ).all()
    head = session.scalars(select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)).first()
    lines, last = [], 0
    for row in rows:
        if row.seq > last + 1:
            lines.append(f"{row.previous} withheld {last + 1}-{row.seq - 1}")
        lines.append(f"{row.hash} {canonical_json(_fields(row)).decode()}")
        last = row.seq
    if head is not None and head.seq > last:
        lines.append(f"{head.hash} withheld {last + 1}-{head.seq}")
    return "".join(f"{line}\n" for line in lines).encode()


def read_log(text: bytes) -> LogRead:
    """Check every line.

    Raises:
        EvidenceIntegrityError: a line was changed, left out or put in.
    """
    rows: list[dict[str, Any]] = []
    withheld, seq, previous = 0, 0, GENESIS
    for number, (line_hash, span, row) in enumerate(_lines(text), 1):
        if row is None:
            first, last = span
            if first != seq + 1 or last < first:
                raise EvidenceIntegrityError(f"Line {number} of the custody log does not follow.")
            withheld, seq = withheld + last - first + 1, last
        else:
            if row.get("seq") != seq + 1 or row.get("previous") != previous:
                raise EvidenceIntegrityError(f"Line {number} of the custody log does not follow.")
            rows.append(row)
            seq += 1
        previous = line_hash
    return LogRead(tuple(rows), withheld, seq, previous)


def _lines(text: bytes) -> Iterator[tuple[str, tuple[int, int], dict[str, Any] | None]]:
    try:
        lines = text.decode().split("\n")
    except UnicodeDecodeError:
        raise EvidenceIntegrityError("The custody log is not text any more.") from None
    if lines.pop() != "":
        raise EvidenceIntegrityError("The custody log ends in the middle of a line.")
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None:
            raise EvidenceIntegrityError(f"Line {number} of the custody log was changed.")
        line_hash, first, last, row = found.groups()
        if row is None:
            yield line_hash, (int(first), int(last)), None
            continue
        if sha256(row.encode()).hexdigest() != line_hash:
            raise EvidenceIntegrityError(f"Line {number} of the custody log was changed.")
        try:
            yield line_hash, (0, 0), json.loads(row)
        except ValueError:
            raise EvidenceIntegrityError(f"Line {number} of the custody log was changed.") from None


def _fields(row: CustodyRow) -> dict[str, JsonValue]:
    """What the hash of a row is taken of."""
    return {
        "seq": row.seq,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
        "previous": row.previous,
    }
