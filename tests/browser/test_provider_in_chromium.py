"""Signing in through a sign-in service, in a real browser and across two sites."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from litterwatch.service.audit.service import AuditFilter, read_log
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.scripted_visits import Visits, press
from litterwatch.service.settings import DeskSettings, OidcSettings
from litterwatch.service.tables import SubjectRow, UserRow
from litterwatch.service.users.provider import BACK
from litterwatch.service.users.roles import Role
from litterwatch.service.users.scripted import ScriptedProvider

pytestmark = pytest.mark.browser

NAME = "Cổng đăng nhập tỉnh"
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of somebody's second factor."""


@dataclass
class Office(Visits):
    """A desk with an officer `hoa`, and the sign-in service of her office on another site."""

    provider: ScriptedProvider

    def linked(self) -> Page:
        """Her browser, once she has linked her account with the person there."""
        page = self.signed_in("hoa")
        page.goto("/account")
        form = page.locator("form[action='/account/provider']")
        form.get_by_label("Mật khẩu hiện tại").fill(PASSWORD)
        form.get_by_role("button").click()
        page.get_by_role("link", name=f"Sang {NAME}").click()
        page.get_by_text("s-1").wait_for()
        return page

    def log(self, action: str) -> int:
        with self.desk.house.database.reading() as session:
            return len(read_log(session, AuditFilter(action=action), 20))


@pytest.fixture
def office(
    tmp_path: Path,
    browser: Browser,
    serve: Callable[..., AbstractContextManager[str]],
) -> Iterator[Office]:
    listener = socket.create_server(("127.0.0.1", 0))
    # By name, while the provider is told by its number: for a browser that is another site.
    address = f"http://localhost:{listener.getsockname()[1]}"
    desk = ScriptedDesk(tmp_path, ["e1", "e2"])
    desk.account("hoa", Role.SCREENER)
    with ScriptedProvider(desk.house.clock, back=address + BACK) as provider:
        desk.with_settings(
            desk=DeskSettings(address=address),
            oidc=OidcSettings(issuer=provider.issuer, client_id="litterwatch", name=NAME),
        )
        with serve(desk, listener):
            yield Office(desk, address, browser, provider)


def test_an_officer_links_her_account_leaves_and_comes_back_without_a_password(
    office: Office,
) -> None:
    told: list[str] = []
    page = office.linked()
    page.on("console", lambda message: told.append(message.text))
    with office.desk.house.database.reading() as session:
        assert session.scalars(select(SubjectRow.subject)).all() == ["s-1"]
    page.get_by_role("button", name="Đăng xuất").click()
    page.get_by_role("link", name=re.compile(f"Đăng xuất .*{NAME}")).click()
    page.wait_for_url(f"{office.address}/sign-in")
    assert "/leave" in office.provider.asked

    page.goto("/events?state=all&view=timeline")
    page.wait_for_url("**/sign-in?*")
    page.get_by_role("link", name=f"Đăng nhập bằng {NAME}").click()
    page.locator(".entry").first.wait_for()
    assert page.url == f"{office.address}/events?state=all&view=timeline"
    assert page.locator(".me").inner_text() == "Hoa"
    page.locator(".entry").first.click()
    press(page, "1")
    page.get_by_role("status").get_by_text("Đã bác bỏ.").wait_for()
    assert [text for text in told if "Content Security Policy" in text] == []


def test_a_stranger_and_somebody_who_is_refused_there_stay_outside(office: Office) -> None:
    page = office.page()
    for person, says in (
        ({"sub": "s-2", "name": "Người Lạ"}, "Chưa có tài khoản nào liên kết với người này"),
        (None, "Dịch vụ đăng nhập không cho bạn vào"),
    ):
        office.provider.person = person
        page.goto("/sign-in")
        page.get_by_role("link", name=f"Đăng nhập bằng {NAME}").click()
        page.get_by_role("alert").get_by_text(says).wait_for()
        page.goto("/events")
        page.wait_for_url("**/sign-in?*")
    assert office.log("session.refused") == 2
    # The door of passwords stands open beside it, also on the page that has refused him.
    page.get_by_label("Tên đăng nhập").fill("hoa")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    press(page, "Enter")
    page.locator(".card").first.wait_for()


def test_the_second_factor_is_asked_for_and_the_way_goes_on(office: Office) -> None:
    office.linked()
    with office.desk.house.database.writing() as session:
        session.scalars(select(UserRow).where(UserRow.login == "hoa")).one().totp_secret = KEY
    page = office.page()
    page.goto("/events?state=all&view=timeline")
    page.get_by_role("link", name=f"Đăng nhập bằng {NAME}").click()
    page.get_by_label("Mã", exact=True).fill(pyotp.TOTP(KEY).at(office.desk.house.clock.now()))
    press(page, "Enter")
    page.locator(".entry").first.wait_for()
    assert page.url == f"{office.address}/events?state=all&view=timeline"
    assert office.log("session.proved_elsewhere") == 1


def test_a_service_that_is_down_locks_nobody_out(office: Office) -> None:
    office.provider.is_down = True
    page = office.page()
    page.goto("/sign-in")
    page.get_by_role("link", name=f"Đăng nhập bằng {NAME}").click()
    page.get_by_role("alert").wait_for()
    page.get_by_label("Tên đăng nhập").fill("hoa")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    press(page, "Enter")
    page.get_by_role("link", name="2 Chờ sàng lọc").wait_for()
