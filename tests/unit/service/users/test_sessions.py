"""Getting in: passwords, lock-out, rate limit, second factor, lifetimes."""

from dataclasses import dataclass

import pyotp
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select

from litterwatch.detector.errors import InvalidInput, NotSignedIn, TooManyAttempts
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.users import second_factor
from litterwatch.service.users.passwords import Passwords
from litterwatch.service.users.roles import Grant, Role
from litterwatch.service.users.service import AccountDraft, make_account, set_password, switch
from litterwatch.service.users.sessions import ATTEMPTS, FAILURES, Lifetimes, Sessions
from litterwatch.service.users.tables import SessionRow, UserRow

RIGHT, WRONG = "mưa rơi trên núi", "nắng lên trên núi"
HERE = "192.0.2.7"


@dataclass
class Door:
    database: Database
    clock: ManualClock
    sessions: Sessions
    user_id: str

    def secret(self) -> str:
        """Turn the second factor on."""
        with self.database.writing() as session:
            secret = second_factor.propose(session, self.user_id)
        with self.database.writing() as session:
            second_factor.turn_on(session, self.clock, self.user_id, self.code(secret))
        self.clock.advance(60)
        return secret

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.clock.now())


@pytest.fixture
def door(any_database: Database) -> Door:
    clock = ManualClock()
    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    draft = AccountDraft("hoa", "Hoà", [Grant(Role.SCREENER)], passwords.hash(RIGHT))
    with any_database.writing() as session:
        user_id = make_account(session, clock, "system", draft).id
    return Door(any_database, clock, Sessions(any_database, clock, passwords, Lifetimes()), user_id)


def test_the_right_password_opens_a_session(door: Door) -> None:
    key, is_complete = door.sessions.sign_in("Hoa", RIGHT, HERE)
    visitor = door.sessions.find(key)
    assert is_complete
    assert visitor is not None
    assert (visitor.login, visitor.is_complete) == ("hoa", True)
    assert door.sessions.find(key + "x") is None
    assert door.sessions.find(None) is None


def test_the_key_itself_is_kept_nowhere(door: Door) -> None:
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    with door.database.reading() as session:
        stored = [str(vars(row)) for row in session.scalars(select(SessionRow))]
        logged = [str(vars(row)) for row in read_log(session, AuditFilter(), 100)]
    assert key not in "".join(stored + logged)
    assert RIGHT not in "".join(logged)


def test_wrong_unknown_and_switched_off_sound_the_same(door: Door) -> None:
    texts = set()
    with door.database.writing() as session:
        off = AccountDraft("off", "Off", [Grant(Role.CLERK)], Passwords().hash(RIGHT))
        switch(session, door.clock, "x", make_account(session, door.clock, "x", off).id,
               is_active=False)  # fmt: skip
    for login, password in (("hoa", WRONG), ("nobody", RIGHT), ("off", RIGHT)):
        with pytest.raises(NotSignedIn) as caught:
            door.sessions.sign_in(login, password, HERE)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_some_failures_lock_the_account_for_a_while(door: Door) -> None:
    for _ in range(FAILURES):
        with pytest.raises(NotSignedIn):
            door.sessions.sign_in("hoa", WRONG, HERE)
    with pytest.raises(NotSignedIn):
        door.sessions.sign_in("hoa", RIGHT, "198.51.100.1")
    door.clock.advance(15 * 60 + 1)
    assert door.sessions.sign_in("hoa", RIGHT, HERE)[1]


def test_too_many_failures_from_one_address_are_not_looked_at(door: Door) -> None:
    for number in range(ATTEMPTS):
        with pytest.raises(NotSignedIn):
            door.sessions.sign_in(f"guess{number}", WRONG, HERE)
    with pytest.raises(TooManyAttempts):
        door.sessions.sign_in("hoa", RIGHT, HERE)
    assert door.sessions.sign_in("hoa", RIGHT, "198.51.100.1")[1]
    door.clock.advance(10 * 60 + 1)
    assert door.sessions.sign_in("hoa", RIGHT, HERE)[1]


def test_failures_are_logged(door: Door) -> None:
    with pytest.raises(NotSignedIn):
        door.sessions.sign_in("hoa", WRONG, HERE)
    with door.database.reading() as session:
        row = read_log(session, AuditFilter(action="session.refused"), 1)[0]
    assert (row.actor, row.subject) == ("anybody", f"user:{door.user_id}")
    assert row.detail == {"address": HERE, "locked": False}


def test_a_session_ends_by_rest_age_and_sign_out(door: Door) -> None:
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    for _ in range(25):
        door.clock.advance(29 * 60)
        visitor = door.sessions.find(key)
        if visitor is None:
            break
    assert 12 * 3600 < door.clock.monotonic() < 13 * 3600
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    door.clock.advance(31 * 60)
    assert door.sessions.find(key) is None
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    visitor = door.sessions.find(key)
    assert visitor is not None
    door.sessions.sign_out(visitor)
    assert door.sessions.find(key) is None


def test_switching_off_and_a_new_password_end_sessions(door: Door) -> None:
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    with door.database.writing() as session:
        set_password(session, door.clock, "boss", door.user_id, Passwords().hash(WRONG))
    assert door.sessions.find(key) is None


def test_the_second_factor_completes_a_session(door: Door) -> None:
    secret = door.secret()
    key, is_complete = door.sessions.sign_in("hoa", RIGHT, HERE)
    half = door.sessions.find(key)
    assert not is_complete
    assert half is not None
    assert not half.is_complete
    whole = door.sessions.give_code(key, door.code(secret), HERE)
    visitor = door.sessions.find(whole)
    assert visitor is not None
    assert visitor.is_complete
    assert door.sessions.find(key) is None


def test_a_code_works_once(door: Door) -> None:
    secret = door.secret()
    code = door.code(secret)
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    door.sessions.give_code(key, code, HERE)
    again, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    with pytest.raises(NotSignedIn):
        door.sessions.give_code(again, code, HERE)


def test_guessing_codes_locks_the_account(door: Door) -> None:
    secret = door.secret()
    key, _ = door.sessions.sign_in("hoa", RIGHT, HERE)
    for _ in range(FAILURES):
        with pytest.raises(NotSignedIn):
            door.sessions.give_code(key, "000000", HERE)
    with pytest.raises(NotSignedIn):
        door.sessions.give_code(key, door.code(secret), HERE)
    with pytest.raises(NotSignedIn):
        door.sessions.sign_in("hoa", RIGHT, HERE)


def test_the_second_factor_needs_a_first_code_and_a_last_one(door: Door) -> None:
    with door.database.writing() as session:
        secret = second_factor.propose(session, door.user_id)
    with pytest.raises(InvalidInput), door.database.writing() as session:
        second_factor.turn_on(session, door.clock, door.user_id, "12345")
    with door.database.writing() as session:
        second_factor.turn_on(session, door.clock, door.user_id, door.code(secret))
    door.clock.advance(120)
    with pytest.raises(InvalidInput), door.database.writing() as session:
        second_factor.turn_off(session, door.clock, door.user_id, "000000")
    with door.database.writing() as session:
        second_factor.turn_off(session, door.clock, door.user_id, door.code(secret))
    with door.database.reading() as session:
        assert session.get_one(UserRow, door.user_id).totp_secret is None
    assert "otpauth://totp/litterwatch:hoa" in second_factor.address_of(secret, "hoa")
