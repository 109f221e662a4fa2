"""Signing in through an OpenID Connect provider: a real one, small, with keys of its own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy import func, select

from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.settings import DeskSettings, OidcSettings, Settings
from litterwatch.service.tables import SubjectRow, UserRow
from litterwatch.service.users.provider import PATIENCE
from litterwatch.service.users.roles import Role
from litterwatch.service.users.scripted import Claims, ScriptedProvider

DESK = "http://desk.test"
BACK = "/sign-in/provider/back"
KEY = "JBSWY3DPEHPK3PXP"
"""Of somebody's second factor."""

OLD, OTHER = RSAKey.generate_key(2048, {"kid": "first"}), "s-2"


@dataclass
class Place:
    """A desk and its provider."""

    desk: ScriptedDesk
    provider: ScriptedProvider

    def browser(self) -> TestClient:
        return TestClient(self.desk.app, base_url=DESK, follow_redirects=False)

    def away(self, browser: TestClient, begin: str = "/sign-in/provider?next=/account") -> str:
        """Where the provider sends somebody back to."""
        left = browser.get(begin)
        assert left.status_code == 303
        return self.back_from(left.headers["location"])

    def back_from(self, address: str) -> str:
        assert address.startswith(self.provider.issuer + "/authorize?")
        back = httpx.get(address, trust_env=False).headers["location"]
        assert back.startswith(DESK + BACK)
        return str(back.removeprefix(DESK))

    def through(self, browser: TestClient) -> Any:
        """The whole way."""
        return browser.get(self.away(browser))

    def password(self, login: str) -> tuple[TestClient, str]:
        """A browser signed in with a password, and the token of its forms."""
        browser = self.browser()
        browser.get("/sign-in")
        csrf = browser.cookies["litterwatch-before"]
        form = {"login": login, "password": PASSWORD, "csrf": csrf}
        assert browser.post("/sign-in", data=form).status_code == 303
        visitor = self.desk.app.state.desk.sessions.find(browser.cookies["litterwatch"])
        return browser, visitor.csrf

    def link(self, login: str) -> TestClient:
        """Link an account with whoever the provider lets in now."""
        browser, csrf = self.password(login)
        page = browser.post("/account/provider", data={"csrf": csrf, "current": PASSWORD})
        found = re.search(r'href="(http://127[^"]+)"', page.text)
        assert found is not None
        back = self.back_from(found.group(1).replace("&amp;", "&"))
        assert browser.get(back).headers["location"] == "/account"
        return browser

    def who(self, browser: TestClient) -> str | None:
        visitor = self.desk.app.state.desk.sessions.find(browser.cookies.get("litterwatch"))
        return None if visitor is None else visitor.login

    def log(self, action: str) -> list[Any]:
        with self.desk.house.database.reading() as session:
            return [row.detail for row in read_log(session, AuditFilter(action=action), 20)]

    def accounts(self) -> int:
        with self.desk.house.database.reading() as session:
            return session.scalar(select(func.count()).select_from(UserRow)) or 0


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    opened: list[Any] = []

    def make(secret: str | None = None, **settings: Any) -> Place:
        desk = ScriptedDesk(tmp_path, ())
        provider = ScriptedProvider(desk.house.clock, client_secret=secret)
        provider.__enter__()
        oidc = OidcSettings(
            issuer=provider.issuer,
            client_id="litterwatch",
            client_secret=None if secret is None else SecretStr(secret),
            name="Cổng nội bộ",
            **settings,
        )
        app = desk.with_settings(desk=DeskSettings(address=DESK), oidc=oidc)
        running = TestClient(app, base_url=DESK)
        running.__enter__()
        opened.extend((running, provider))
        return Place(desk, provider)

    yield make
    for each in opened:
        each.__exit__(None, None, None)


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    """With an officer whose account is linked."""
    place = make_place()
    place.desk.account("hoa", Role.SCREENER)
    place.link("hoa")
    return place


def test_a_linked_officer_comes_in_with_the_roles_of_the_desk(place: Place) -> None:
    assert place.provider.person is not None
    place.provider.person |= {"roles": ["admin"], "groups": ["r7"]}
    browser = place.browser()
    page = browser.get("/sign-in")
    assert "Cổng nội bộ" in page.text
    answer = place.through(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert place.who(browser) == "hoa"
    assert browser.get("/accounts").status_code == 403
    opened = place.log("session.opened")[0]
    assert opened["issuer"] == place.provider.issuer
    assert place.log("account.linked") == [{"issuer": place.provider.issuer, "subject": "s-1"}]


def test_what_is_asked_of_the_provider_is_what_the_standard_says(place: Place) -> None:
    query = parse_qs(urlsplit(place.browser().get("/sign-in/provider").headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [DESK + BACK]
    assert query["scope"] == ["openid profile"]
    assert len(query["state"][0]) >= 32
    assert query["state"] != query["nonce"]


SPOILT: dict[str, Callable[[Claims], Claims]] = {
    "nonce": lambda claims: {**claims, "nonce": "another"},
    "no nonce": lambda claims: {k: v for k, v in claims.items() if k != "nonce"},
    "aud": lambda claims: {**claims, "aud": "another-desk"},
    "azp": lambda claims: {**claims, "azp": "another-desk"},
    "two aud": lambda claims: {**claims, "aud": ["litterwatch", "another-desk"]},
    "iss": lambda claims: {**claims, "iss": "http://127.0.0.1:9"},
    "exp": lambda claims: {**claims, "iat": claims["iat"] - 900, "exp": claims["iat"] - 120},
    "no exp": lambda claims: {k: v for k, v in claims.items() if k != "exp"},
    "iat": lambda claims: {**claims, "iat": claims["iat"] + 900},
    "no sub": lambda claims: {**claims, "sub": ""},
}


def test_a_token_that_proves_nothing_lets_nobody_in(place: Place) -> None:
    for number, spoil in enumerate(SPOILT.values(), start=1):
        place.provider.spoil = spoil
        browser = place.browser()
        answer = place.through(browser)
        assert answer.status_code == 401
        assert place.who(browser) is None
        assert len(place.log("session.refused")) == number
    whys = " ".join(str(detail["why"]) for detail in place.log("session.refused"))
    for name in ("nonce", "aud", "azp", "iss", "exp", "in the future", "sub"):
        assert name in whys
    place.provider.spoil = lambda claims: {**claims, "aud": ["litterwatch"]}
    assert place.through(place.browser()).status_code == 303


def test_a_key_that_the_provider_does_not_publish_proves_nothing(place: Place) -> None:
    place.desk.house.clock.advance(10)
    place.provider.key = OLD  # of the same name, and another one
    answer = place.through(place.browser())
    assert answer.status_code == 401


def test_new_keys_of_the_provider_are_asked_for_once(place: Place) -> None:
    place.through(place.browser())
    before = place.provider.asked.count("/keys")
    place.through(place.browser())
    assert place.provider.asked.count("/keys") == before, "known keys are not asked for again"
    place.provider.rotate()
    place.desk.house.clock.advance(10)
    assert place.through(place.browser()).status_code == 303
    assert place.provider.asked.count("/keys") == before + 1


def test_an_answer_belongs_to_the_browser_that_left_and_to_one_time(place: Place) -> None:
    browser, other = place.browser(), place.browser()
    back = place.away(browser)
    assert other.get(back).status_code == 401, "somebody else's browser"
    place.away(other)
    assert other.get(back).status_code == 401, "another attempt's state"
    assert browser.get(back).status_code == 303
    assert place.who(browser) == "hoa"
    again = place.browser()
    assert again.get(back).status_code == 401, "the same address once more"
    slow = place.browser()
    late = place.away(slow)
    place.desk.house.clock.advance(PATIENCE + 1)
    assert slow.get(late).status_code == 401


def test_who_is_turned_away_by_the_provider_is_told(place: Place) -> None:
    place.provider.person = None
    place.provider.asked.clear()
    browser = place.browser()
    answer = place.through(browser)
    assert answer.status_code == 401
    assert "Dịch vụ đăng nhập không cho bạn vào" in answer.text
    assert place.log("session.refused")[0]["why"] == "declined there: access_denied"
    assert "/token" not in place.provider.asked


def test_nobody_gets_an_account_by_himself(place: Place) -> None:
    place.provider.person = {"sub": OTHER, "name": "Ai Đó", "email": "hoa@office.example"}
    browser = place.browser()
    before = place.accounts()
    answer = place.through(browser)
    assert answer.status_code == 401
    assert "quản trị" in answer.text
    assert place.accounts() == before, "a name or an address links nobody"


def test_where_the_setting_says_so_an_account_waits_for_its_roles(
    make_place: Callable[..., Place],
) -> None:
    place = make_place(make_accounts=True)
    place.desk.account("nam", Role.ADMINISTRATOR)
    place.desk.account("tho", Role.SCREENER)
    place.provider.person = {"sub": OTHER, "name": "Đàm Thọ", "preferred_username": "Tho@office"}
    assert place.through(place.browser()).status_code == 401
    assert place.through(place.browser()).status_code == 401, "and only one"
    with place.desk.house.database.reading() as session:
        made = session.scalars(select(UserRow).where(UserRow.name == "Đàm Thọ")).one()
    assert (made.is_active, made.grants) == (False, ())
    assert made.login.startswith("tho-"), "another's name is not taken"
    admin, csrf = place.password("nam")
    assert admin.get("/accounts").status_code == 200
    roles = {"csrf": csrf, "roles": ["r2"], "unit": ""}
    assert admin.post(f"/accounts/{made.id}/roles", data=roles).status_code == 303
    switch = {"csrf": csrf, "is_active": "true"}
    assert admin.post(f"/accounts/{made.id}/switch", data=switch).status_code == 303
    assert place.through(place.browser()).status_code == 303


def test_an_account_that_is_switched_off_stays_shut(place: Place) -> None:
    with place.desk.house.database.writing() as session:
        session.scalars(select(UserRow)).one().is_active = False
    browser = place.browser()
    assert place.through(browser).status_code == 401
    assert place.who(browser) is None


def test_the_second_factor_of_the_desk_is_still_asked_for(place: Place) -> None:
    with place.desk.house.database.writing() as session:
        session.scalars(select(UserRow)).one().totp_secret = KEY
    browser = place.browser()
    assert place.through(browser).headers["location"] == "/second-factor?next=%2Faccount"
    assert browser.get("/account").status_code == 401


def test_the_administrator_links_by_the_subject_and_takes_it_off(place: Place) -> None:
    place.desk.account("nam", Role.ADMINISTRATOR)
    lan = place.desk.account("lan", Role.SCREENER)
    admin, csrf = place.password("nam")
    address = f"/accounts/{lan.user_id}/subject"
    assert admin.post(address, data={"csrf": csrf, "subject": "s-1"}).status_code == 409
    assert admin.post(address, data={"csrf": csrf, "subject": OTHER}).status_code == 303
    place.provider.person = {"sub": OTHER}
    browser = place.browser()
    place.through(browser)
    assert place.who(browser) == "lan"
    assert admin.post(address, data={"csrf": csrf, "subject": ""}).status_code == 303
    assert place.through(place.browser()).status_code == 401
    assert len(place.log("account.unlinked")) == 1


def test_linking_needs_the_password_and_the_session_that_asked(place: Place) -> None:
    place.desk.account("lan", Role.SCREENER)
    lan, csrf = place.password("lan")
    wrong = lan.post("/account/provider", data={"csrf": csrf, "current": "x"})
    assert wrong.status_code == 422
    place.provider.person = {"sub": OTHER}
    page = lan.post("/account/provider", data={"csrf": csrf, "current": PASSWORD})
    found = re.search(r'href="(http://127[^"]+)"', page.text)
    assert found is not None
    back = place.back_from(found.group(1).replace("&amp;", "&"))
    lan.post("/sign-out", data={"csrf": csrf})
    assert lan.get(back).status_code == 401
    with place.desk.house.database.reading() as session:
        assert session.scalars(select(SubjectRow.subject)).all() == ["s-1"]


def test_one_person_has_one_account(place: Place) -> None:
    place.desk.account("lan", Role.SCREENER)
    lan, csrf = place.password("lan")
    page = lan.post("/account/provider", data={"csrf": csrf, "current": PASSWORD})
    found = re.search(r'href="(http://127[^"]+)"', page.text)
    assert found is not None
    back = place.back_from(found.group(1).replace("&amp;", "&"))
    assert lan.get(back).status_code == 409
    hoa, csrf = place.password("hoa")
    assert hoa.post("/account/provider/off", data={"csrf": csrf}).status_code == 303
    assert place.through(place.browser()).status_code == 401


def test_signing_out_ends_the_session_here_and_offers_the_other(place: Place) -> None:
    browser = place.browser()
    place.through(browser)
    visitor = place.desk.app.state.desk.sessions.find(browser.cookies["litterwatch"])
    left = browser.post("/sign-out", data={"csrf": visitor.csrf})
    assert left.headers["location"] == "/sign-in?left=1"
    assert place.who(browser) is None
    assert 'href="/sign-out/provider"' in browser.get("/sign-in?left=1").text
    there = browser.get("/sign-out/provider").headers["location"]
    assert there.startswith(place.provider.issuer + "/leave?")
    assert "post_logout_redirect_uri=http%3A%2F%2Fdesk.test%2Fsign-in" in there


def test_without_the_provider_the_password_still_opens(place: Place) -> None:
    place.provider.is_down = True
    place.desk.house.clock.advance(7200)
    answer = place.browser().get("/sign-in/provider")
    assert answer.status_code == 503
    assert 'name="password"' in answer.text
    browser, _ = place.password("hoa")
    assert place.who(browser) == "hoa"


def test_a_secret_is_given_as_the_standard_says(make_place: Callable[..., Place]) -> None:
    place = make_place(secret="s3cret/value")  # noqa: S106 - of a provider in a test
    place.provider.client_secret = "s3cret%2Fvalue"  # noqa: S105 - as it comes over the line
    place.desk.account("hoa", Role.SCREENER)
    place.link("hoa")
    assert place.through(place.browser()).status_code == 303
    place.provider.client_secret = "another"  # noqa: S105 - of a provider in a test
    assert place.through(place.browser()).status_code == 401
    assert "s3cret" not in repr(place.desk.app.state.desk.provider.registration)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://login.example", "client_id": "x"},
        {"issuer": "https://me:secret@login.example", "client_id": "x"},
        {"issuer": "https://login.example"},
        {"client_secret": "x"},
        {"scopes": "profile"},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings.model_validate(wrong)


def test_people_must_be_able_to_come_back() -> None:
    oidc = OidcSettings(issuer="https://login.example", client_id="x")
    with pytest.raises(ValidationError, match="address"):
        Settings(oidc=oidc)
