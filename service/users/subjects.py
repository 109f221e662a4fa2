"""Which account belongs to whom at the provider. Only a row here lets somebody in."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.chain import SYSTEM
from litterwatch.service.texts import N_
from litterwatch.service.users.provider import Subject
from litterwatch.service.users.service import account, by_login, clean_name
from litterwatch.service.users.tables import SubjectRow, UserRow

_LONGEST: Final = 255
_OTHER: Final = re.compile(r"[^a-z0-9._-]+")


def user_of(session: Session, subject: Subject) -> UserRow | None:
    """The account of somebody whom the provider has proved."""
    row = session.get(SubjectRow, (subject.issuer, subject.subject))
    return None if row is None else session.get(UserRow, row.user_id)


def subject_of(session: Session, user_id: str, issuer: str) -> str | None:
    """What the provider calls the owner of an account; None where nobody has linked it."""
    return session.scalar(
        select(SubjectRow.subject).where(SubjectRow.user_id == user_id, SubjectRow.issuer == issuer)
    )


def subjects_of(session: Session, issuer: str) -> Mapping[str, str]:
    """The same of every account, by its id."""
    rows = select(SubjectRow.user_id, SubjectRow.subject).where(SubjectRow.issuer == issuer)
    return {row.user_id: row.subject for row in session.execute(rows)}


def link(session: Session, clock: Clock, actor: str, user_id: str, subject: Subject) -> None:
    """Let somebody into an account through the provider from now on; another link is replaced.

    Raises:
        Conflict: he has another account already.
        InvalidInput: nobody can be called so.
        NotFound: no such account.
    """
    account(session, user_id)
    if not 0 < len(subject.subject) <= _LONGEST or not subject.subject.isprintable():
        raise InvalidInput(N_("Write the subject as the sign-in service shows it."))
    row = session.get(SubjectRow, (subject.issuer, subject.subject))
    if row is not None and row.user_id != user_id:
        raise Conflict(N_("Another account is linked with this person already."))
    if row is not None:
        return
    unlink(session, clock, actor, user_id, subject.issuer)
    session.add(
        SubjectRow(
            issuer=subject.issuer,
            subject=subject.subject,
            user_id=user_id,
            linked_by=actor,
            linked_at=clock.now(),
        )
    )
    _tell(session, clock, actor, "account.linked", user_id, subject)


def unlink(session: Session, clock: Clock, actor: str, user_id: str, issuer: str) -> None:
    """Nobody gets into the account through the provider any more; nothing where nobody did."""
    rows = select(SubjectRow).where(SubjectRow.user_id == user_id, SubjectRow.issuer == issuer)
    for row in session.scalars(rows).all():
        session.delete(row)
        session.flush()
        gone = Subject(row.issuer, row.subject)
        _tell(session, clock, actor, "account.unlinked", user_id, gone)


def make_waiting(session: Session, clock: Clock, subject: Subject, password_hash: str) -> UserRow:
    """An account without roles, switched off: an administrator gives it roles and switches it on.

    Args:
        session: a writing one.
        clock: when.
        subject: whom the provider has proved.
        password_hash: of a password that nobody knows.
    """
    now = clock.now()
    user = UserRow(
        id=secrets.token_hex(8),
        login=_free_login(session, subject.login),
        name=_name_of(subject),
        password_hash=password_hash,
        is_active=False,
        created_at=now,
        updated_at=now,
    )
    session.add(user)
    session.flush()
    record(
        session,
        clock,
        actor=SYSTEM,
        action="account.made",
        subject=f"user:{user.id}",
        detail={"login": user.login, "name": user.name, "grants": []},
    )
    link(session, clock, SYSTEM, user.id, subject)
    return user


def _free_login(session: Session, wanted: str) -> str:
    local, _, _ = wanted.partition("@")
    plain = unicodedata.normalize("NFKD", local.lower().replace("đ", "d"))
    plain = _OTHER.sub("", plain).lstrip("._-")[:40]
    if len(plain) >= 2 and by_login(session, plain) is None:
        return plain
    return f"{plain or 'user'}-{secrets.token_hex(4)}"


def _name_of(subject: Subject) -> str:
    try:
        return clean_name(subject.name or subject.login)
    except InvalidInput:
        return "?"


def _tell(  # noqa: PLR0917 - what every row of the log says
    session: Session, clock: Clock, actor: str, action: str, user_id: str, subject: Subject
) -> None:
    record(
        session,
        clock,
        actor=actor,
        action=action,
        subject=f"user:{user_id}",
        detail={"issuer": subject.issuer, "subject": subject.subject},
    )
