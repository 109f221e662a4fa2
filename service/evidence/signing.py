"""Signatures as rows: made in the caller's transaction, stamped and checked later."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import EvidenceIntegrityError
from litterwatch.detector.protocols import Clock
from litterwatch.service.db import Database
from litterwatch.service.evidence.custody import append_custody
from litterwatch.service.evidence.custody_tables import SignatureRow, SigningKeyRow
from litterwatch.service.evidence.envelope import Signed, open_envelope, seal_envelope
from litterwatch.service.evidence.keys import SigningKey, SigningKeys
from litterwatch.service.evidence.tables import CustodyRow


class StampAuthority(Protocol):
    """Says when something was there already (RFC 3161)."""

    def stamp(self, message: bytes) -> bytes:
        """A checked time stamp response, DER, over the message.

        Raises:
            EvidenceError: the authority did not answer, or with something that does not hold.
        """
        ...


def sign(
    session: Session, clock: Clock, key: SigningKey, *, kind: Signed, subject: str, sha256_hex: str
) -> SignatureRow:
    """Sign a hash; what is signed already keeps its first signature.

    The first use of a key is noted in the chain of custody with its public half.
    """
    known = find_signature(session, kind, subject, sha256_hex)
    if known is not None:
        return known
    _note_key(session, clock, key)
    envelope = seal_envelope(key, kind, subject, sha256_hex, clock.now())
    row = SignatureRow(
        id=sha256(envelope).hexdigest()[:32],
        kind=kind,
        subject=subject,
        sha256=sha256_hex,
        key_id=key.id,
        envelope=envelope.decode(),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def sign_head(session: Session, clock: Clock, key: SigningKey) -> SignatureRow | None:
    """Sign the last row of the chain of custody, None where there is none: an anchor.

    Whoever notes it elsewhere, or has it stamped, can tell later that nothing before was rewritten.
    """
    _note_key(session, clock, key)
    rows = select(CustodyRow).order_by(CustodyRow.seq.desc()).limit(1)
    head = session.scalars(rows).first()
    if head is None:
        return None
    subject, kind = str(head.seq), Signed.CUSTODY_HEAD
    return sign(session, clock, key, kind=kind, subject=subject, sha256_hex=head.hash)


def find_signature(
    session: Session, kind: Signed, subject: str, sha256_hex: str
) -> SignatureRow | None:
    """The signature over this hash, if there is one."""
    return session.scalars(
        select(SignatureRow).where(
            SignatureRow.kind == kind,
            SignatureRow.subject == subject,
            SignatureRow.sha256 == sha256_hex,
        )
    ).one_or_none()


def rotate_key(database: Database, clock: Clock, keys: SigningKeys, *, actor: str) -> SigningKey:
    """A new signing key from now on; both keys are named in the chain of custody.

    Raises:
        ConfigError: the key in use cannot be read.
        EvidenceError: the new one cannot be written; the old one stands.
        StoreError: the database refused; the old one stands.
    """
    with database.writing() as session:
        old = keys.current()
        _note_key(session, clock, old)
    new = keys.rotate()
    with database.writing() as session:
        _note_key(session, clock, new)
        append_custody(
            session,
            clock,
            action="key.rotated",
            subject=new.id,
            detail={"earlier": old.id},
            actor=actor,
        )
    return new


def stamp_pending(database: Database, clock: Clock, authority: StampAuthority) -> int:
    """Have every signature stamped that has no time stamp yet; how many were.

    Raises:
        EvidenceError: the authority refused; those stamped before stay stamped.
        StoreError: the database refused.
    """
    with database.reading() as session:
        pending = session.execute(
            select(SignatureRow.id, SignatureRow.envelope)
            .where(SignatureRow.token.is_(None))
            .order_by(SignatureRow.created_at, SignatureRow.id)
        ).all()
    for identifier, envelope in pending:
        token = authority.stamp(envelope.encode())
        with database.writing() as session:
            row = session.get_one(SignatureRow, identifier)
            row.token, row.stamped_at = token, clock.now()
    return len(pending)


def signature_faults(session: Session) -> Iterator[tuple[str, str]]:
    """(subject, sentence) for every signature that does not hold any more."""
    keys = {row.id: row.public_key for row in session.scalars(select(SigningKeyRow))}
    rows = session.scalars(select(SignatureRow).order_by(SignatureRow.created_at, SignatureRow.id))
    for row in rows:
        try:
            opened = open_envelope(row.envelope.encode())
        except EvidenceIntegrityError as error:
            yield row.subject, f"its {row.kind} is signed, but: {error}"
            continue
        statement = opened.statement
        if (statement.kind, statement.subject, statement.sha256) != (
            row.kind,
            row.subject,
            row.sha256,
        ) or keys.get(row.key_id) != opened.public_key:
            yield row.subject, "a signature stands for something else, or is of an unknown key."
        elif row.kind is Signed.CUSTODY_HEAD and not _has_head(session, row):
            yield row.subject, "this row of the chain of custody was signed and is not there."


def _has_head(session: Session, row: SignatureRow) -> bool:
    link = session.get(CustodyRow, int(row.subject))
    return link is not None and link.hash == row.sha256


def _note_key(session: Session, clock: Clock, key: SigningKey) -> None:
    if session.get(SigningKeyRow, key.id) is not None:
        return
    session.add(SigningKeyRow(id=key.id, public_key=key.public_hex, first_used_at=clock.now()))
    append_custody(
        session,
        clock,
        action="key.first_used",
        subject=key.id,
        detail={"public_key": key.public_hex},
    )
