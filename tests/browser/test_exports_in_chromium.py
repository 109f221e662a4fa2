"""Evidence leaves the building, as officers do it in a real browser."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from typer.testing import CliRunner

from litterwatch.service.cli import app
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, PHONE, Visits
from litterwatch.service.tables import CustodyRow, ReviewRow
from litterwatch.service.users.roles import Role

pytestmark = pytest.mark.browser

RECIPIENT = "Công an xã Hạnh Phúc"
Serve = Callable[[ScriptedDesk], AbstractContextManager[str]]


@dataclass
class Served(Visits):
    def event(self) -> str:
        with self.desk.house.database.reading() as session:
            return session.scalars(select(ReviewRow.event_id)).one()

    def actions(self) -> list[str]:
        with self.desk.house.database.reading() as session:
            return list(session.scalars(select(CustodyRow.action).order_by(CustodyRow.seq)))


@pytest.fixture
def served(tmp_path: Path, browser: Browser, make_video: object, serve: Serve) -> Iterator[Served]:
    film: Path = make_video("film.mp4", size=(320, 240), frames=40, rate=10, gop=10)  # type: ignore[operator]
    root = tmp_path / "data"
    root.mkdir()
    clips = ScriptedClips(content=film.read_bytes(), size=(320, 240))
    desk = ScriptedDesk(root, ["e1"], clips)
    with serve(desk) as address:
        yield Served(desk, address, browser)


def ask(page: Page, event: str, *, unblurred: bool = False) -> None:
    """Fill in the form on the page of the event and send it."""
    page.goto(f"/events/{event}#exports")
    form = page.locator("#exports form[action*='/exports']").last
    if not form.is_visible():
        page.get_by_text("Yêu cầu gói chứng cứ", exact=True).click()
    form.get_by_label("Lý do").fill("Chuyển hồ sơ vụ việc")
    form.get_by_label("Nơi nhận").fill(RECIPIENT)
    if unblurred:
        form.get_by_label("Kèm bản gốc, không làm mờ").check()
    form.get_by_role("button", name="Gửi yêu cầu").click()
    page.locator("#followed").get_by_text(RECIPIENT).first.wait_for()


def fetch(page: Page, into: Path) -> Path:
    """Wait until the page says by itself that the package is ready, and fetch it."""
    link = page.get_by_role("link", name="Tải gói chứng cứ")
    link.wait_for()
    with page.expect_download() as download:
        link.click()
    download.value.save_as(into)
    return into


def by_hand(page: Page, path: str, **fields: str) -> int:
    """Send a form that the page does not offer; its status."""
    status: int = page.evaluate(
        """async ([path, fields]) => {
          const csrf = document.querySelector("[name=csrf]").value;
          const body = new URLSearchParams({csrf, ...fields});
          return (await fetch(path, {method: "POST", body})).status;
        }""",
        [path, fields],
    )
    return status


def verified(package: Path) -> str:
    found = CliRunner().invoke(app, ["evidence", "verify", str(package)])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_blurred_package_is_asked_for_fetched_and_verified(
    served: Served, tmp_path: Path
) -> None:
    served.desk.account("nam", Role.CASE_OFFICER)
    page = served.signed_in("nam")
    ask(page, served.event())
    package = fetch(page, tmp_path / "package.zip")
    assert served.event() in verified(package)
    assert [name for name in zipfile.ZipFile(package).namelist() if "originals/" in name] == []
    page.goto("/exports")
    page.locator(".book").get_by_text("Đã tải", exact=True).wait_for()
    made = ["evidence.export_begun", "evidence.exported", "evidence.package_fetched"]
    assert served.actions()[-3:] == made


def test_originals_need_a_second_person(served: Served, tmp_path: Path) -> None:
    served.desk.account("nam", Role.REVIEWER, Role.CASE_OFFICER)
    served.desk.account("ly", Role.AUTHORITY)
    page = served.signed_in("nam")
    ask(page, served.event(), unblurred=True)
    page.get_by_text("Bạn là người yêu cầu: người thứ hai quyết định.").wait_for()
    assert page.get_by_role("button", name="Đồng ý", exact=True).count() == 0
    followed = page.locator("[data-follow]").get_attribute("data-follow") or ""
    export = followed.removesuffix("/state")
    assert by_hand(page, f"{export}/decision", agree="true") == 403
    second = served.signed_in("ly")
    second.get_by_role("link", name="Bản không làm mờ chờ bạn duyệt").click()
    second.get_by_role("button", name="Đồng ý", exact=True).click()
    second.locator(".book").get_by_text("đồng ý: Ly").wait_for()
    assert second.get_by_role("link", name="Tải gói chứng cứ").count() == 0
    package = fetch(page, tmp_path / "package.zip")
    verified(package)
    assert [name for name in zipfile.ZipFile(package).namelist() if "originals/" in name]


def test_who_screens_is_offered_nothing_and_given_nothing(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    served.desk.account("nam", Role.CASE_OFFICER)
    officer = served.signed_in("nam")
    ask(officer, served.event())
    officer.get_by_role("link", name="Tải gói chứng cứ").wait_for()
    package = officer.get_by_role("link", name="Tải gói chứng cứ").get_attribute("href") or ""
    page = served.signed_in("lan")
    page.goto(f"/events/{served.event()}")
    assert page.locator("#exports").count() == 0
    assert page.get_by_role("link", name="Trích xuất").count() == 0
    form = {"reason": "x", "recipient": "y"}
    assert by_hand(page, f"/events/{served.event()}/exports", **form) == 403
    for path in ("/exports", package):
        assert page.goto(path).status == 403  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_nothing_sticks_out_and_everybody_can_use_it(served: Served, size: tuple[int, int]) -> None:
    served.desk.account("nam", Role.REVIEWER, Role.CASE_OFFICER, Role.INSPECTOR)
    page = served.signed_in("nam", size, is_checked=True)
    ask(page, served.event(), unblurred=True)
    for address in ("/exports", f"/events/{served.event()}#exports"):
        page.goto(address)
        page.locator("#followed").get_by_text(RECIPIENT).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
