"""Getting in, staying in, getting out. Sessions are rows here; a browser holds a random key."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from litterwatch.detector.errors import NotSignedIn, TooManyAttempts
from litterwatch.detector.protocols import Clock
from litterwatch.service.audit.service import record
from litterwatch.service.db import Database
from litterwatch.service.texts import N_
from litterwatch.service.users import second_factor
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.roles import Grant
from litterwatch.service.users.service import by_login
from litterwatch.service.users.tables import AttemptRow, GrantRow, SessionRow, UserRow

ANYBODY: Final = "anybody"
"""Who is not signed in, as an actor of the log."""

FAILURES: Final = 5
"""Wrong passwords or codes in a row that lock an account."""

LOCKED: Final = timedelta(minutes=15)
ATTEMPTS: Final = 20
"""Failed attempts from one address within `WINDOW`; the next are not looked at."""

WINDOW: Final = timedelta(minutes=10)
_FRESH: Final = timedelta(minutes=1)  # how exactly the last request is noted
_WHO: Final = (
    select(
        *(SessionRow.id, SessionRow.user_id, SessionRow.csrf, SessionRow.is_complete),
        *(SessionRow.created_at, SessionRow.seen_at, SessionRow.ended_at),
        *(UserRow.login, UserRow.name, UserRow.language),
        *(UserRow.is_active, UserRow.must_change_password),
        UserRow.totp_secret.is_not(None).label("has_second_factor"),
        *(GrantRow.role, GrantRow.unit),
    )
    .join(UserRow, UserRow.id == SessionRow.user_id)
    .outerjoin(GrantRow, GrantRow.user_id == UserRow.id)
    .where(SessionRow.id == bindparam("key"))
    .order_by(GrantRow.role, GrantRow.unit)
)
"""A session, its account and its roles: a row for each role."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        is_complete: whether the second factor was given, where there is one.
        csrf: must stand in every form.
        has_second_factor: whether the account has one.
    """

    user_id: str
    login: str
    name: str
    language: str
    grants: tuple[Grant, ...]
    session_id: str
    csrf: str
    is_complete: bool
    must_change_password: bool
    has_second_factor: bool


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lasts.

    Attributes:
        idle: without any request.
        whole: in any case.
    """

    idle: timedelta = timedelta(minutes=30)
    whole: timedelta = timedelta(hours=12)


class Sessions:
    """The door.

    Args:
        database: where accounts and sessions are.
        clock: when.
        passwords: how they are checked.
        lifetimes: how long somebody stays in.
    """

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, lifetimes: Lifetimes
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._lifetimes = lifetimes

    def sign_in(self, login: str, password: str, address: str) -> tuple[str, bool]:
        """A new session: its key for the cookie, and whether it is complete.

        Raises:
            NotSignedIn: wrong, locked or switched off; the text does not say which.
            TooManyAttempts: too many failures from this address.
        """
        with self._database.reading() as session:
            self._require_few_attempts(session, address)
            user = by_login(session, login)
            stored = None if user is None else user.password_hash
        is_right = self._passwords.is_right(password, stored)  # slow, so outside the transaction
        with self._database.writing() as session:
            user = by_login(session, login)
            if (
                user is not None
                and is_right
                and self._is_open(user)
                and user.password_hash == stored
            ):
                return self._open(session, user, address)
            self._note_failure(session, user, address)
        raise NotSignedIn(
            N_("The name or the password is wrong, or the account is locked for a while.")
        )

    def sign_in_proved(self, user_id: str, address: str, issuer: str) -> tuple[str, bool]:
        """A new session for somebody whom a sign-in service has proved: its key, as `sign_in`.

        The second factor of the account is still asked for.

        Raises:
            NotSignedIn: the account is locked or switched off.
        """
        with self._database.writing() as session:
            user = session.get(UserRow, user_id)
            if user is not None and self._is_open(user):
                return self._open(session, user, address, issuer)
        raise NotSignedIn(N_("The account is switched off or locked: ask the administrator."))

    def note_refused(self, address: str, why: str) -> None:
        """Note that somebody came from the sign-in service and was not let in."""
        with self._database.writing() as session:
            self._note_failure(session, None, address, why)

    def require_few_attempts(self, address: str) -> None:
        """Look at nothing from where too many have failed.

        Raises:
            TooManyAttempts: too many failures from this address.
        """
        with self._database.reading() as session:
            self._require_few_attempts(session, address)

    def give_code(self, key: str, code: str, address: str) -> str:
        """Complete a session with the second factor: a new key for the cookie.

        Raises:
            NotSignedIn: the code is wrong; after some wrong ones the session is over as well.
            TooManyAttempts: too many failures from this address.
        """
        with self._database.writing() as session:
            self._require_few_attempts(session, address)
            row = session.get(SessionRow, _digest(key))
            user = None if row is None else session.get(UserRow, row.user_id)
            if row is None or user is None or not self._is_alive(row) or not self._is_open(user):
                raise NotSignedIn(N_("The session has ended: sign in again."))
            if second_factor.accept(user, code, self._clock.now()):
                row.ended_at = self._clock.now()
                user.failures = 0
                return self._make(session, user, address, is_complete=True)
            self._note_failure(session, user, address)
            if user.locked_until is not None:
                row.ended_at = self._clock.now()
        raise NotSignedIn(N_("This code is wrong: check the clock of the telephone."))

    def find(self, key: str | None, *, is_use: bool = True) -> Visitor | None:
        """Who holds this key; None for nobody.

        Args:
            key: of the cookie.
            is_use: a person asks; what a page asks for by itself keeps no session alive.
        """
        if not key:
            return None
        with self._database.reading() as session:
            # One statement: every page and picture begins with it.
            held: Sequence[Any] = session.execute(_WHO, {"key": _digest(key)}).all()
        if not held or not held[0].is_active or not self._is_alive(held[0]):
            return None
        visitor = _visitor(held)
        is_stale = is_use and self._clock.now() - held[0].seen_at > _FRESH
        if is_stale:
            with self._database.writing() as session:
                session.get_one(SessionRow, visitor.session_id).seen_at = self._clock.now()
        return visitor

    def sign_out(self, visitor: Visitor) -> None:
        """End a session."""
        with self._database.writing() as session:
            session.get_one(SessionRow, visitor.session_id).ended_at = self._clock.now()
            record(
                session,
                self._clock,
                actor=visitor.user_id,
                action="session.ended",
                subject=f"user:{visitor.user_id}",
            )

    def open_for(self, user_id: str, address: str) -> str:
        """A complete session for somebody who has just proved who he is; its key."""
        with self._database.writing() as session:
            user = session.get_one(UserRow, user_id)
            return self._make(session, user, address, is_complete=True)

    def _open(
        self, session: Session, user: UserRow, address: str, issuer: str | None = None
    ) -> tuple[str, bool]:
        is_complete = user.totp_secret is None
        if is_complete:
            user.failures = 0  # with a second factor only its code takes the count back
        user.locked_until = None
        key = self._make(session, user, address, is_complete=is_complete, issuer=issuer)
        return key, is_complete

    def _make(
        self,
        session: Session,
        user: UserRow,
        address: str,
        *,
        is_complete: bool,
        issuer: str | None = None,
    ) -> str:
        key, now = secrets.token_urlsafe(32), self._clock.now()
        session.add(
            SessionRow(
                id=_digest(key),
                user_id=user.id,
                csrf=secrets.token_hex(16),
                is_complete=is_complete,
                address=address,
                created_at=now,
                seen_at=now,
            )
        )
        first = "session.password_given" if issuer is None else "session.proved_elsewhere"
        action = "session.opened" if is_complete else first
        through = {} if issuer is None else {"issuer": issuer}
        record(
            session,
            self._clock,
            actor=user.id,
            action=action,
            subject=f"user:{user.id}",
            detail={"address": address, **through},
        )
        return key

    def _note_failure(
        self, session: Session, user: UserRow | None, address: str, why: str | None = None
    ) -> None:
        now = self._clock.now()
        session.execute(delete(AttemptRow).where(AttemptRow.at < now - WINDOW))
        session.add(AttemptRow(origin=address, at=now))
        if user is not None:
            user.failures += 1
            if user.failures >= FAILURES:
                user.failures, user.locked_until = 0, now + LOCKED
        is_locked = user is not None and user.locked_until is not None and user.locked_until > now
        record(
            session,
            self._clock,
            actor=ANYBODY,
            action="session.refused",
            subject="user:unknown" if user is None else f"user:{user.id}",
            detail={
                "address": address,
                "locked": is_locked,
                **({} if why is None else {"why": why[:200]}),
            },
        )

    def _require_few_attempts(self, session: Session, address: str) -> None:
        since = self._clock.now() - WINDOW
        failed = select(func.count()).where(AttemptRow.origin == address, AttemptRow.at >= since)
        if (session.scalar(failed) or 0) >= ATTEMPTS:
            raise TooManyAttempts(N_("Too many attempts from here: wait ten minutes."))

    def _is_open(self, user: UserRow) -> bool:
        return user.is_active and not _is_locked(user, self._clock.now())

    def _is_alive(self, row: SessionRow | Any) -> bool:
        now = self._clock.now()
        return (
            row.ended_at is None
            and now - row.seen_at <= self._lifetimes.idle
            and now - row.created_at <= self._lifetimes.whole
        )


def _is_locked(user: UserRow, now: datetime) -> bool:
    return user.locked_until is not None and user.locked_until > now


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _visitor(held: Sequence[Any]) -> Visitor:
    """Whose session it is; one row for each role."""
    row = held[0]
    return Visitor(
        user_id=row.user_id,
        login=row.login,
        name=row.name,
        language=row.language,
        grants=tuple(Grant(each.role, each.unit) for each in held if each.role is not None),
        session_id=row.id,
        csrf=row.csrf,
        is_complete=row.is_complete,
        must_change_password=row.must_change_password,
        has_second_factor=row.has_second_factor,
    )
