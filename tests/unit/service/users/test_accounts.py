"""Accounts, roles, the first run."""

import pytest

from litterwatch.detector.errors import Conflict, InvalidInput, NotAllowed
from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.clock import ManualClock
from litterwatch.service.db import Database
from litterwatch.service.users.first_run import issue_token, make_first_accounts, require_token
from litterwatch.service.users.passwords import Passwords, require_good
from litterwatch.service.users.roles import (
    ALLOWED,
    Grant,
    Permission,
    Role,
    areas,
    holds,
    is_allowed,
)
from litterwatch.service.users.service import (
    AccountDraft,
    account,
    make_account,
    set_grants,
    set_password,
    switch,
)

CLOCK = ManualClock()
ADMIN, SCREEN, REVIEW = Grant(Role.ADMINISTRATOR), Grant(Role.SCREENER), Grant(Role.REVIEWER)


def draft(login: str, *grants: Grant) -> AccountDraft:
    return AccountDraft(login, "Nông Thị  Hoà", grants or (SCREEN,), "hash")


def make(database: Database, login: str, *grants: Grant) -> str:
    with database.writing() as session:
        return make_account(session, CLOCK, "system", draft(login, *grants)).id


def test_an_account_is_made_and_logged(any_database: Database) -> None:
    user_id = make(any_database, " Hoa.NT ", SCREEN, Grant(Role.REVIEWER, "01273"))
    with any_database.reading() as session:
        user = account(session, user_id)
        assert (user.login, user.name) == ("hoa.nt", "Nông Thị Hoà")
        assert set(user.grants) == {SCREEN, Grant(Role.REVIEWER, "01273")}
        row = read_log(session, AuditFilter(), 1)[0]
        assert (row.action, row.detail["grants"]) == ("account.made", ["r1@", "r2@01273"])


@pytest.mark.parametrize("login", ["a", "hoà", "a b", "x" * 64, "-a", "a/b", ""])
def test_a_login_that_cannot_be_is_refused(any_database: Database, login: str) -> None:
    with pytest.raises(InvalidInput):
        make(any_database, login)


def test_a_login_is_used_once(any_database: Database) -> None:
    make(any_database, "hoa")
    with pytest.raises(Conflict):
        make(any_database, "HOA")


@pytest.mark.parametrize(
    "grants", [(), (ADMIN, SCREEN), (Grant(Role.AUDITOR), REVIEW), (ADMIN, Grant(Role.AUDITOR))]
)
def test_roles_that_must_stand_alone_do(any_database: Database, grants: tuple[Grant, ...]) -> None:
    user_id = make(any_database, "hoa")
    with pytest.raises(InvalidInput), any_database.writing() as session:
        set_grants(session, CLOCK, "boss", user_id, grants)


def test_roles_change_and_the_log_tells_both(any_database: Database) -> None:
    user_id = make(any_database, "hoa", SCREEN, REVIEW)
    with any_database.writing() as session:
        set_grants(session, CLOCK, "boss", user_id, {REVIEW, Grant(Role.CASE_OFFICER, "01279")})
    with any_database.reading() as session:
        assert set(account(session, user_id).grants) == {REVIEW, Grant(Role.CASE_OFFICER, "01279")}
        row = read_log(session, AuditFilter(action="account.roles"), 1)[0]
        assert row.detail == {"before": ["r1@", "r2@"], "after": ["r2@", "r3@01279"]}


def test_nobody_changes_his_own_roles_or_switches_himself_off(any_database: Database) -> None:
    user_id = make(any_database, "boss", ADMIN)
    with pytest.raises(NotAllowed), any_database.writing() as session:
        set_grants(session, CLOCK, user_id, user_id, {ADMIN})
    with pytest.raises(NotAllowed), any_database.writing() as session:
        switch(session, CLOCK, user_id, user_id, is_active=False)


def test_the_last_administrator_stays(any_database: Database) -> None:
    first = make(any_database, "boss", ADMIN)
    with pytest.raises(NotAllowed), any_database.writing() as session:
        switch(session, CLOCK, "other", first, is_active=False)
    with pytest.raises(NotAllowed), any_database.writing() as session:
        set_grants(session, CLOCK, "other", first, {SCREEN})
    make(any_database, "second", ADMIN)
    with any_database.writing() as session:
        switch(session, CLOCK, "other", first, is_active=False)


def test_a_password_set_by_others_must_be_changed(any_database: Database) -> None:
    user_id = make(any_database, "hoa")
    with any_database.writing() as session:
        set_password(session, CLOCK, user_id, user_id, "own")
    with any_database.reading() as session:
        assert not account(session, user_id).must_change_password
    with any_database.writing() as session:
        account(session, user_id).totp_secret = "SECRET"  # noqa: S105
        set_password(session, CLOCK, "boss", user_id, "given")
    with any_database.reading() as session:
        user = account(session, user_id)
        assert user.must_change_password
        assert user.totp_secret is None


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("short", False),
        ("matkhau123456", False),
        ("litterwatch-hoa", False),
        ("aaaaaaaaaaaaaaa", False),
        ("123456123456", False),
        ("mưa rơi trên núi", True),
        ("x9 bamboo raft 4", True),
        ("y" * 201, False),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str, *, is_good: bool) -> None:
    if is_good:
        require_good(password, "hoa")
    else:
        with pytest.raises(InvalidInput):
            require_good(password, "hoa")


def test_argon2_is_what_is_stored() -> None:
    passwords = Passwords()
    stored = passwords.hash("mưa rơi trên núi")
    assert stored.startswith("$argon2id$")
    assert passwords.is_right("mưa rơi trên núi", stored)
    assert not passwords.is_right("mua roi tren nui", stored)
    assert not passwords.is_right("nobody has this password", None)
    assert not passwords.is_right("anything", "not a hash")


def test_the_first_run_works_once(any_database: Database) -> None:
    with any_database.writing() as session:
        earlier = issue_token(session, CLOCK)
    with any_database.writing() as session:
        token = issue_token(session, CLOCK)
    assert token
    assert earlier
    assert token != earlier
    with pytest.raises(NotAllowed), any_database.reading() as session:
        require_token(session, earlier)
    with any_database.writing() as session:
        admin, officer = make_first_accounts(
            session, CLOCK, token, draft("boss", SCREEN), draft("hoa", ADMIN)
        )
    assert [grant.role for grant in admin.grants] == [Role.ADMINISTRATOR]
    assert {grant.role for grant in officer.grants} == {Role.SCREENER, Role.REVIEWER}
    with pytest.raises(NotAllowed), any_database.reading() as session:
        require_token(session, token)
    with any_database.writing() as session:
        assert issue_token(session, CLOCK) is None


def test_every_permission_has_somebody_and_no_administrator_sees_footage() -> None:
    assert set(ALLOWED) == set(Permission)
    assert all(ALLOWED.values())
    for permission in (
        Permission.SEE_EVENTS,
        Permission.JUDGE_EVENTS,
        Permission.REPORT_MISSES,
        Permission.DRAW_ZONES,
    ):
        assert not ALLOWED[permission] & {Role.ADMINISTRATOR, Role.AUDITOR, Role.CLERK}


def test_areas_follow_from_the_roles_that_count() -> None:
    grants = (Grant(Role.SCREENER, "01273"), Grant(Role.ADMINISTRATOR))
    assert areas(grants, Permission.SEE_EVENTS) == frozenset({"01273"})
    assert areas((SCREEN, Grant(Role.REVIEWER, "01273")), Permission.SEE_EVENTS) is None
    assert areas((ADMIN,), Permission.SEE_EVENTS) == frozenset()
    assert is_allowed((ADMIN,), Permission.MANAGE_ACCOUNTS)
    assert not is_allowed((ADMIN,), Permission.SEE_EVENTS)
    assert holds(grants, Role.SCREENER, "01273")
    assert not holds(grants, Role.SCREENER, "01279")
    assert not holds(grants, Role.SCREENER, None)
    assert holds((SCREEN,), Role.SCREENER, None)
