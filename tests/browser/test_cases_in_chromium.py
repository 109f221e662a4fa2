"""Cases, reports and dossiers as officers and citizens use them, in a real browser."""

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page
from sqlalchemy import select

from litterwatch.detector.types import EventKind
from litterwatch.service.cases.state import CaseState
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.reports.tables import ReportState
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.intake import assign_units
from litterwatch.service.reviews.state import Action
from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, PHONE, Visits, press
from litterwatch.service.settings import ReportSettings
from litterwatch.service.sites.service import CameraDraft
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import (
    CameraEntryRow,
    CaseEventRow,
    CaseRow,
    ReportRow,
    ReviewRow,
    SiteRow,
    SiteTrackRow,
)
from litterwatch.service.users.roles import Role

pytestmark = pytest.mark.browser

UNIT = "01273"


Serve = Callable[[ScriptedDesk], AbstractContextManager[str]]


@dataclass
class Served(Visits):
    def events(self) -> list[str]:
        with self.desk.house.database.reading() as session:
            return list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))

    def confirm(self, event_id: str) -> None:
        """Let two other people confirm an event."""
        house = self.desk.house
        first, second = house.person("an", Role.SCREENER), house.person("binh", Role.REVIEWER)
        house.reviews.carry_out(first, event_id, Order(Action.PROPOSE, act=EventKind.BAG_DUMP))
        house.play(second, event_id)
        house.reviews.carry_out(second, event_id, Order(Action.CONFIRM))

    def case_states(self) -> list[CaseState]:
        with self.desk.house.database.reading() as session:
            return list(session.scalars(select(CaseRow.state)))


@pytest.fixture
def served(tmp_path: Path, browser: Browser, make_video: object, serve: Serve) -> Iterator[Served]:
    film: Path = make_video("film.mp4", size=(320, 240), frames=240, rate=10, gop=10)  # type: ignore[operator]
    clips = ScriptedClips(content=film.read_bytes(), size=(640, 480))
    root = tmp_path / "data"
    root.mkdir()
    reports = ReportSettings(is_public=True, from_one_address=50)
    desk = ScriptedDesk(root, ["e1", "e2"], clips, reports=reports)
    register(desk)
    with serve(desk) as address:
        yield Served(desk, address, browser)


def register(desk: ScriptedDesk) -> None:
    """A site with a camera: it says whose the events are, and when the act was."""
    now = desk.house.clock.now()
    facts = {"created_at": now, "updated_at": now}
    with desk.house.database.writing() as session:
        place = {"name": "Chân cầu", "kind": SiteKind.STREET, "unit": UNIT}
        session.add(SiteRow(id="s", latitude=22.6657, longitude=106.2579, **place, **facts))
        session.flush()
        draft = asdict(CameraDraft("Cổng 2", "street", serial="SN-1"))
        session.add(CameraEntryRow(id="c", site_id="s", **draft, **facts))
        session.flush()
        assign_units(session)
        for row in session.scalars(select(ReviewRow)):
            row.moment, row.is_dated = datetime(2025, 12, 30, 1, tzinfo=UTC), True


def photo(path: Path) -> str:
    pixels = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    path.write_bytes(file.getvalue())
    return str(path)


def sent(page: Page, button: Locator) -> None:
    """Send a form and wait for its answer: the page before may say just the same."""
    with page.expect_navigation():
        button.click()
    page.locator(".flash").wait_for()


def make_move(page: Page, name: str, **fields: str) -> None:
    """Unfold a step, fill it in and send it."""
    form = page.locator("details.offer", has=page.locator(f"button[value='{name}']")).first
    form.locator("summary").click()
    for field, value in fields.items():
        control = form.locator(f"[name='{field}']")
        if control.evaluate("element => element.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    sent(page, form.locator(f"button[value='{name}']"))


def put_paper(page: Page, kind: str, title: str) -> None:
    form = page.locator("form[action$='/papers']")
    page.get_by_text("Đưa tài liệu vào mục lục", exact=True).click()
    form.locator("[name=kind]").select_option(kind)
    form.locator("[name=title]").fill(title)
    sent(page, form.locator("button"))


def opened_by_two(served: Served) -> tuple[Page, str]:
    """One proposes, another confirms and opens a case: the second one's page, its address."""
    screener = served.signed_in("lan")
    event = served.events()[0]
    screener.goto(f"/events/{event}")
    press(screener, "p")
    screener.get_by_role("status").get_by_text("Đã đề nghị").wait_for()
    reviewer = served.signed_in("hoa")
    reviewer.goto(f"/events/{event}?state=proposed")
    reviewer.locator('[value="confirm"]:not([disabled])').wait_for()
    press(reviewer, "y")
    reviewer.get_by_role("status").get_by_text("Đã xác nhận.").wait_for()
    reviewer.get_by_role("link", name="Mở vụ việc").click()
    reviewer.wait_for_url("**/events/*")
    press(reviewer, "v")
    reviewer.wait_for_url("**/cases/*")
    return reviewer, reviewer.url.split("?")[0]


def test_from_a_confirmation_to_a_closed_case_with_its_dossier(
    served: Served, tmp_path: Path
) -> None:
    served.desk.account("lan", Role.SCREENER)
    served.desk.account("hoa", Role.REVIEWER)
    served.desk.account("nam", Role.CASE_OFFICER)
    served.desk.account("ly", Role.AUTHORITY)
    reviewer, case = opened_by_two(served)
    officer = served.signed_in("nam")
    officer.goto("/cases")
    officer.locator("table a").first.click()
    officer.wait_for_url("**/cases/*")
    make_move(officer, "verify", taken_on="01/01/2026")
    make_move(officer, "identify", identified_on="01/01/2026", how="đăng ký xe")
    officer.get_by_text("Nhập người liên quan", exact=True).click()
    officer.locator("[name=text]").fill("Nông Văn A, 1980")
    sent(officer, officer.locator("form[action$='/identity'] button"))
    officer.get_by_role("button", name="Đọc").click()
    officer.locator(".identity").get_by_text("Nông Văn A, 1980").wait_for()
    officer.goto(f"{case}?zone=pavement&vehicle=none")
    assert "1.000.000 đ – 2.000.000 đ" in officer.locator("#acts").inner_text()
    make_move(
        officer,
        "make_record",
        act_id="ND45-25-2d",
        number="01/BB-VPHC",
        record_on="01/01/2026",
        signer="Hoàng Văn B",
    )
    authority = served.signed_in("ly")
    authority.goto(case)
    assert authority.locator("button[value='execute']").count() == 0
    make_move(
        authority,
        "decide",
        number="01/QĐ-XPHC",
        decided_on="01/01/2026",
        signer="Lý C",
        amount="1.500.000",
    )
    officer.goto(case)
    make_move(officer, "execute", executed_on="01/01/2026")
    assert officer.locator("button[value='propose_close']").count() == 0
    officer.locator(".barred").get_by_text("Mục lục hồ sơ chưa đủ.").wait_for()
    for kind, title in (
        ("result_record", "Phiếu ghi nhận kết quả"),
        ("record", "Biên bản 01/BB-VPHC"),
        ("decision", "Quyết định 01/QĐ-XPHC"),
    ):
        put_paper(officer, kind, title)
    officer.locator("#print summary").click()
    with officer.expect_download() as download:
        officer.locator("#print button.strong").click()
    pdf = tmp_path / "dossier.pdf"
    download.value.save_as(pdf)
    assert pdf.read_bytes().startswith(b"%PDF-")
    make_move(officer, "propose_close")
    reviewer.goto(case)
    make_move(reviewer, "close")
    assert served.case_states() == [CaseState.CLOSED]
    reviewer.locator("h1 .state").get_by_text("Đã kết thúc").wait_for()


def test_a_citizen_reports_with_a_photo_and_it_becomes_a_case(
    served: Served, tmp_path: Path
) -> None:
    event = served.events()[0]
    served.confirm(event)
    served.desk.account("nam", Role.CASE_OFFICER)
    served.desk.account("mai", Role.CLERK)
    citizen = served.page(PHONE)
    citizen.goto("/report")
    citizen.get_by_label("Bạn đã thấy gì?").fill("Có người đổ rác xuống chân cầu.")
    citizen.get_by_label("Xã, phường").select_option(UNIT)
    citizen.get_by_label("Địa điểm cụ thể").fill("chân cầu")
    citizen.get_by_label("Ngày (nếu biết)").fill("30/12/2025")
    citizen.get_by_label("Giờ (nếu biết)").fill("08:15")
    citizen.get_by_label("Ảnh hoặc video").set_input_files(photo(tmp_path / "a.jpg"))
    citizen.get_by_label("Tên và cách liên hệ").fill("Nông Thị B")
    citizen.get_by_role("button", name="Gửi").click()
    code = citizen.locator(".receipt code").inner_text()

    officer = served.signed_in("nam")
    officer.goto("/reports")
    officer.get_by_role("link", name="Có người đổ rác").click()
    officer.wait_for_url("**/reports/*")
    picture = officer.locator(".sent img")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("async image => (await image.decode(), image.naturalWidth)") == 320
    assert "Nông Thị B" not in officer.content()
    assert "15 phút" in officer.locator(".candidate").first.inner_text()
    officer.locator("button[value=link]").first.click()
    officer.locator(".candidate.linked").wait_for()
    press(officer, "v")
    officer.get_by_role("link", name="Đến vụ việc").click()
    officer.wait_for_url("**/cases/*")
    officer.get_by_text("Có người đổ rác xuống chân cầu.").wait_for()
    with served.desk.house.database.reading() as session:
        linked = session.scalars(select(CaseEventRow.event_id)).all()
        assert session.scalars(select(ReportRow.state)).one() is ReportState.ACCEPTED
    assert linked[0] in served.events()

    clerk = served.signed_in("mai")
    clerk.goto("/reports")
    clerk.get_by_role("link", name="Đã lập vụ việc").click()
    clerk.get_by_role("link", name="Có người đổ rác").click()
    clerk.locator("[name=reason]").fill("hỏi lại")
    clerk.locator("#sender button").click()
    clerk.locator(".identity").get_by_text("Nông Thị B").wait_for()
    clerk.locator("[name=reply]").fill("Đã lập vụ việc, cảm ơn bạn.")
    clerk.get_by_role("button", name="Trả lời").click()
    clerk.get_by_role("heading", name="Trả lời", exact=True).wait_for()
    citizen.goto("/report/status")
    citizen.get_by_label("Mã biên nhận").fill(code)
    press(citizen, "Enter")
    citizen.get_by_text("Đã lập vụ việc, cảm ơn bạn.").wait_for()


def test_a_screener_is_not_offered_and_not_given_a_case(served: Served) -> None:
    event = served.events()[0]
    served.confirm(event)
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    assert page.get_by_role("link", name="Vụ việc").count() == 0
    page.goto(f"/events/{event}")
    assert page.locator("form[action$='/case']").count() == 0
    status = page.evaluate(
        """async () => {
          const {csrf, event} = document.querySelector(".review").dataset;
          const body = new URLSearchParams({csrf, unit: "01273"});
          return (await fetch(`/events/${event}/case`, {method: "POST", body})).status;
        }"""
    )
    assert status == 403
    for path in ("/cases", "/reports", "/holidays"):
        assert page.goto(path).status == 403  # type: ignore[union-attr]
    assert served.case_states() == []


def test_a_place_is_cleaned_with_a_photo(served: Served, tmp_path: Path) -> None:
    event = served.events()[0]
    served.confirm(event)
    served.desk.account("nam", Role.CASE_OFFICER)
    page = served.signed_in("nam")
    page.goto(f"/events/{event}")
    press(page, "v")
    page.wait_for_url("**/cases/*")
    page.get_by_text("Báo địa điểm cần dọn", exact=True).click()
    page.locator("form[action$='/places'] button").click()
    order = page.locator("details", has=page.locator("button[value=order]")).last
    order.locator("summary").click()
    order.locator("[name=to_whom]").fill("đội vệ sinh")
    order.locator("button").click()
    clean = page.locator("details", has=page.locator("button[value=clean]")).last
    clean.locator("summary").click()
    clean.locator("[name=photo]").set_input_files(photo(tmp_path / "b.jpg"))
    clean.locator("button").click()
    page.get_by_role("link", name="ảnh", exact=True).wait_for()
    with served.desk.house.database.reading() as session:
        assert session.scalars(select(SiteTrackRow.state)).one() == "cleaned"


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_nothing_sticks_out_and_everybody_can_use_it(served: Served, size: tuple[int, int]) -> None:
    event = served.events()[0]
    served.confirm(event)
    served.desk.account("nam", Role.CASE_OFFICER, Role.AUTHORITY, Role.INSPECTOR)
    citizen = served.page(size, is_checked=True)
    citizen.goto("/report")
    check(citizen, size)
    citizen.get_by_label("Bạn đã thấy gì?").fill("rác")
    citizen.get_by_label("Xã, phường").select_option(UNIT)
    citizen.get_by_label("Địa điểm cụ thể").fill("chợ")
    citizen.get_by_role("button", name="Gửi").click()
    citizen.locator(".receipt").wait_for()
    check(citizen, size)
    citizen.goto("/report/status")
    check(citizen, size)
    page = served.signed_in("nam", size, is_checked=True)
    page.goto(f"/events/{event}")
    page.locator("form[action$='/case'] button").click()
    page.wait_for_url("**/cases/*")
    page.goto(page.url.split("?")[0] + "?zone=pavement")
    for fold in page.locator("details").all():
        fold.evaluate("element => element.open = true")
    check(page, size)
    for path in ("/cases", "/cases?state=closed", "/reports", "/reports/new", "/holidays"):
        page.goto(path)
        check(page, size)
    page.goto("/reports")
    page.locator("table a").first.click()
    page.wait_for_url("**/reports/*")
    check(page, size)


def check(page: Page, size: tuple[int, int]) -> None:
    page.locator("h1").first.wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0], page.url
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], page.url
