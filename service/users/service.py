"""Accounts and their roles. Every change is a row of the log in the same transaction."""

import re
import secrets
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed, NotFound
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.texts import N_
from litterwatch.service.users.roles import ALONE, Grant, Role
from litterwatch.service.users.tables import GrantRow, SessionRow, UserRow

LANGUAGES: Final = ("vi", "en")
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


@dataclass(frozen=True, slots=True)
class AccountDraft:
    """What is said when an account is made.

    Attributes:
        login: small letters, digits, dots, hyphens.
        name: of the person, as colleagues read it.
        grants: roles with their areas.
        password_hash: made by `Passwords.hash`.
        must_change_password: whoever made the account knows the password.
    """

    login: str
    name: str
    grants: Collection[Grant]
    password_hash: str
    must_change_password: bool = True
    language: str = "vi"


def make_account(session: Session, clock: Clock, actor: str, draft: AccountDraft) -> UserRow:
    """A new account.

    Raises:
        InvalidInput: the login, the name or the roles cannot be.
        Conflict: the login is taken.
    """
    login, name = clean_login(draft.login), clean_name(draft.name)
    require_roles(draft.grants)
    if by_login(session, login) is not None:
        raise Conflict(N_("Somebody has this sign-in name already: choose another."))
    now = clock.now()
    user = UserRow(
        id=secrets.token_hex(8),
        login=login,
        name=name,
        password_hash=draft.password_hash,
        must_change_password=draft.must_change_password,
        language=draft.language,
        created_at=now,
        updated_at=now,
        grant_rows=_grant_rows(draft.grants),
    )
    session.add(user)
    session.flush()
    record(
        session,
        clock,
        actor=actor,
        action="account.made",
        subject=f"user:{user.id}",
        detail={"login": login, "name": name, "grants": _listed(draft.grants)},
    )
    return user


def set_grants(
    session: Session, clock: Clock, actor: str, user_id: str, grants: Collection[Grant]
) -> None:
    """Other roles, from the next request on.

    Raises:
        InvalidInput: these roles cannot be together.
        NotAllowed: they are one's own, or the last administrator would be gone.
        NotFound: no such account.
    """
    require_roles(grants)
    user = account(session, user_id)
    if user_id == actor:
        raise NotAllowed(N_("Nobody changes his own roles."))
    before = user.grants
    if Role.ADMINISTRATOR not in {grant.role for grant in grants}:
        _require_another_administrator(session, user)
    user.grant_rows = [row for row in user.grant_rows if Grant(row.role, row.unit) in grants]
    kept = set(user.grants)
    user.grant_rows.extend(_grant_rows(set(grants) - kept))
    user.updated_at = clock.now()
    record(
        session,
        clock,
        actor=actor,
        action="account.roles",
        subject=f"user:{user_id}",
        detail={"before": _listed(before), "after": _listed(grants)},
    )


def switch(session: Session, clock: Clock, actor: str, user_id: str, *, is_active: bool) -> None:
    """Switch an account on or off; switching off ends its sessions, switching on unlocks it.

    Raises:
        NotAllowed: it is one's own, or the last administrator would be gone.
        NotFound: no such account.
    """
    user = account(session, user_id)
    if user_id == actor:
        raise NotAllowed(N_("Nobody switches off his own account."))
    if not is_active:
        _require_another_administrator(session, user)
        end_sessions(session, clock, user_id)
    user.is_active, user.failures, user.locked_until = is_active, 0, None
    user.updated_at = clock.now()
    action = "account.switched_on" if is_active else "account.switched_off"
    record(session, clock, actor=actor, action=action, subject=f"user:{user_id}")


def set_password(
    session: Session, clock: Clock, actor: str, user_id: str, password_hash: str
) -> None:
    """A new password; every session of the account ends.

    Set by somebody else it must be changed at the next sign-in, and the second factor is taken
    off: its owner has lost his telephone, or the account.

    Raises:
        NotFound: no such account.
    """
    user = account(session, user_id)
    is_own = actor == user_id
    user.password_hash, user.must_change_password = password_hash, not is_own
    user.failures, user.locked_until, user.updated_at = 0, None, clock.now()
    if not is_own:
        user.totp_secret = user.totp_proposed = None
    end_sessions(session, clock, user_id)
    action = "account.password" if is_own else "account.password_reset"
    record(session, clock, actor=actor, action=action, subject=f"user:{user_id}")


def set_language(session: Session, clock: Clock, user_id: str, language: str) -> None:
    """The language somebody reads.

    Raises:
        InvalidInput: there is no such language.
        NotFound: no such account.
    """
    if language not in LANGUAGES:
        raise InvalidInput(N_("There is no such language."))
    account(session, user_id).language = language
    record(
        session,
        clock,
        actor=user_id,
        action="account.language",
        subject=f"user:{user_id}",
        detail={"language": language},
    )


def end_sessions(session: Session, clock: Clock, user_id: str) -> None:
    """Sign somebody out everywhere."""
    rows = select(SessionRow).where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None))
    for row in session.scalars(rows):
        row.ended_at = clock.now()


def account(session: Session, user_id: str) -> UserRow:
    """One account.

    Raises:
        NotFound: no such account.
    """
    user = session.get(UserRow, user_id)
    if user is None:
        raise NotFound(N_("There is no such account."))
    return user


def by_login(session: Session, login: str) -> UserRow | None:
    """The account with this sign-in name."""
    return session.scalars(select(UserRow).where(UserRow.login == login.strip().lower())).first()


def accounts(session: Session) -> Sequence[UserRow]:
    """All of them, by name."""
    return session.scalars(select(UserRow).order_by(UserRow.name, UserRow.login)).all()


_NAMES: Final = select(UserRow.id, UserRow.name).where(
    UserRow.id.in_(bindparam("ids", expanding=True))
)


def names_of(session: Session, ids: Collection[str]) -> dict[str, str]:
    """The names of some accounts, by id, in one query."""
    return {row.id: row.name for row in session.execute(_NAMES, {"ids": sorted(set(ids))})}


def has_accounts(session: Session) -> bool:
    """Whether the first run is over."""
    return session.scalar(select(UserRow.id).limit(1)) is not None


def clean_login(login: str) -> str:
    """As it is stored.

    Raises:
        InvalidInput: it holds other characters.
    """
    cleaned = login.strip().lower()
    if not _LOGIN.fullmatch(cleaned):
        raise InvalidInput(
            N_("A sign-in name has 2 to 63 small letters without accents, digits, dots, hyphens.")
        )
    return cleaned


def clean_name(name: str) -> str:
    """A person's name, composed (NFC), without needless blanks.

    Raises:
        InvalidInput: nothing is left, or too much.
    """
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(cleaned) <= 120 or not cleaned.isprintable():
        raise InvalidInput(N_("Write the person's name, up to 120 characters."))
    return cleaned


def require_roles(grants: Collection[Grant]) -> None:
    """Refuse roles that one person must not hold together.

    Raises:
        InvalidInput: none, or one that stands alone beside another.
    """
    roles = {grant.role for grant in grants}
    if not roles:
        raise InvalidInput(N_("Choose at least one role."))
    if roles & ALONE and len(roles) > 1:
        raise InvalidInput(
            N_("Administrator and auditor are roles for themselves: make another account.")
        )


def _require_another_administrator(session: Session, user: UserRow) -> None:
    if Role.ADMINISTRATOR not in {grant.role for grant in user.grants}:
        return
    others = (
        select(UserRow.id)
        .join(GrantRow)
        .where(
            GrantRow.role == Role.ADMINISTRATOR, UserRow.is_active.is_(True), UserRow.id != user.id
        )
    )
    if session.scalar(others.limit(1)) is None:
        raise NotAllowed(N_("This is the last administrator: appoint another one first."))


def _grant_rows(grants: Collection[Grant]) -> list[GrantRow]:
    return [GrantRow(role=grant.role, unit=grant.unit) for grant in sorted(grants, key=str)]


def _listed(grants: Collection[Grant]) -> list[str]:
    return sorted(f"{grant.role}@{grant.unit}" for grant in grants)
