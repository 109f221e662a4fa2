"""The desk as officers use it, in a real browser: by keyboard, at both sizes, in both languages."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect
from sqlalchemy import select

from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.evidence.stills import jpeg
from litterwatch.service.reviews.conditions import Order
from litterwatch.service.reviews.state import Action, ReviewState
from litterwatch.service.runtime.board import Board
from litterwatch.service.runtime.condition import Condition, Link
from litterwatch.service.runtime.newest_still import still_path
from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, PHONE, Visits, press
from litterwatch.service.sites.service import CameraDraft, SiteDraft, save_camera, save_site
from litterwatch.service.sites.tables import SiteKind
from litterwatch.service.tables import MissedRow, ReviewRow, StepRow, ZonesRow
from litterwatch.service.users.first_run import issue_token
from litterwatch.service.users.roles import Role

pytestmark = pytest.mark.browser

EVENTS = 24


Serve = Callable[[ScriptedDesk], AbstractContextManager[str]]


@dataclass
class Served(Visits):
    def states(self) -> dict[str, ReviewState]:
        with self.desk.house.database.reading() as session:
            return {row.event_id: row.state for row in session.scalars(select(ReviewRow))}


@pytest.fixture
def served(tmp_path: Path, browser: Browser, make_video: object, serve: Serve) -> Iterator[Served]:
    film: Path = make_video("film.mp4", size=(320, 240), frames=240, rate=10, gop=10)  # type: ignore[operator]
    clips = ScriptedClips(content=film.read_bytes(), size=(640, 480))
    root = tmp_path / "data"
    root.mkdir()
    desk = ScriptedDesk(root, [f"e{number}" for number in range(EVENTS)], clips)
    with serve(desk) as address:
        yield Served(desk, address, browser)


def until(page: Page, expression: str) -> None:
    """Wait until something is true; the policy of the pages forbids Playwright's own way."""
    for _ in range(Visits.PATIENCE_MS // 100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


def test_the_first_run_and_the_first_verdict(served: Served) -> None:
    with served.desk.house.database.writing() as session:
        token = issue_token(session, served.desk.house.clock)
    page = served.page()
    page.goto(f"/first-run?token={token}")
    for name, value in {
        "admin_name": "Hoàng Văn Nam",
        "admin_login": "nam",
        "admin_password": PASSWORD,
        "officer_name": "Nông Thị Hoà",
        "officer_login": "hoa",
        "officer_password": PASSWORD,
    }.items():
        page.locator(f"[name={name}]").fill(value)
    press(page, "Enter")
    page.get_by_role("link", name=f"{EVENTS} Chờ sàng lọc").click()
    page.wait_for_url("**/events")
    assert page.locator(".card").count() == EVENTS
    press(page, "j")
    press(page, "Enter")
    page.wait_for_url("**/events/*")
    press(page, "1")
    page.get_by_role("status").get_by_text("Đã bác bỏ.").wait_for()
    assert list(served.states().values()).count(ReviewState.REJECTED) == 1


def test_twenty_events_by_keyboard_one_key_each(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.locator(".card").first.click()
    page.wait_for_url("**/events/*")
    seconds = []
    for number in range(20):
        before = page.url
        started = time.perf_counter()
        press(page, "1" if number % 2 else "p")
        page.wait_for_url(re.compile(f"^(?!{re.escape(before)}$)"))
        page.locator(".verdict button").first.wait_for()
        seconds.append(time.perf_counter() - started)
    counted = list(served.states().values())
    assert (counted.count(ReviewState.REJECTED), counted.count(ReviewState.PROPOSED)) == (10, 10)
    assert statistics.median(seconds) <= 5


def test_a_verdict_is_taken_back_by_one_key(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.locator(".card").first.click()
    page.wait_for_url("**/events/*")
    press(page, "2")
    page.get_by_role("status").get_by_text("Đã bác bỏ.").wait_for()
    press(page, "z")
    page.get_by_text("hoàn tác bước trước").wait_for()
    assert ReviewState.REJECTED not in served.states().values()


def test_a_second_person_watches_and_confirms(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    served.desk.account("hoa", Role.REVIEWER)
    screener = served.signed_in("lan")
    screener.locator(".card").first.click()
    screener.wait_for_url("**/events/*")
    press(screener, "p")
    screener.get_by_role("status").get_by_text("Đã đề nghị").wait_for()
    reviewer = served.signed_in("hoa")
    reviewer.get_by_role("link", name="Chờ người thứ hai").click()
    reviewer.wait_for_url("**/events?state=proposed")
    # The recording begins when he says so: the act is four seconds later, however slow a page is.
    reviewer.emulate_media(reduced_motion="reduce")
    reviewer.locator(".card").first.click()
    reviewer.wait_for_url("**/events/*")
    confirm = reviewer.locator('[value="confirm"]')
    assert confirm.is_disabled()
    press(reviewer, "a")
    expect(confirm).to_be_enabled()
    press(reviewer, "y")
    reviewer.get_by_role("status").get_by_text("Đã xác nhận.").wait_for()
    assert list(served.states().values()).count(ReviewState.CONFIRMED) == 1
    with served.desk.house.database.reading() as session:
        actors = session.scalars(
            select(StepRow.actor).where(StepRow.action.in_(["propose", "confirm"]))
        ).all()
    assert len(set(actors)) == 2


def test_a_screener_is_not_offered_and_not_given_what_a_reviewer_may(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.locator(".card").first.click()
    page.wait_for_url("**/events/*")
    event = page.url
    press(page, "p")
    page.get_by_role("status").get_by_text("Đã đề nghị").wait_for()
    page.goto(event)
    page.get_by_text("Hiện bạn không có gì phải quyết định").or_(
        page.get_by_text("Hoàn tác:")
    ).first.wait_for()
    assert page.locator('[value="confirm"]').count() == 0
    answer = page.evaluate(
        """async () => {
          const {csrf, event} = document.querySelector(".review").dataset;
          const body = new URLSearchParams({csrf, action: "confirm", revision: "3"});
          return (await fetch(`/events/${event}/orders`, {method: "POST", body})).status;
        }"""
    )
    assert answer == 403
    assert page.goto("/accounts").status == 403  # type: ignore[union-attr]
    page.get_by_text("Vai trò của bạn không cho phép việc này.").wait_for()


def test_the_language_changes_and_the_page_stays(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.goto("/events?state=all&view=timeline")
    page.get_by_role("button", name="EN").click()
    page.locator(".tabs").get_by_text("To screen").wait_for()
    assert page.url.endswith("/events?state=all&view=timeline")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("button", name="VI").click()
    page.locator(".tabs").get_by_text("Chờ sàng lọc").wait_for()


def test_something_missed_is_reported_from_the_paused_picture(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.locator(".card").first.click()
    page.wait_for_url("**/events/*")
    until(page, "document.querySelector('video')?.currentTime > 9")
    press(page, " ")
    press(page, "r")
    page.keyboard.type("một túi đen bên trái")
    page.get_by_role("button", name="Báo", exact=True).click()
    page.get_by_text("một túi đen bên trái").wait_for()
    with served.desk.house.database.reading() as session:
        (missed,) = session.scalars(select(MissedRow))
    assert 26 < missed.media_time < 40


def test_a_zone_is_drawn_with_the_mouse_and_moved_by_keyboard(served: Served) -> None:
    served.desk.account("nam", Role.ADMINISTRATOR)
    served.desk.account("hoa", Role.REVIEWER)
    admin = served.signed_in("nam")
    admin.goto("/sites")
    admin.locator("[name=name]").fill("Cổng chợ")
    admin.get_by_role("button", name="Đăng ký").click()
    admin.wait_for_url("**/sites/*")
    admin.locator("form[action$='/cameras'] [name=name]").fill("Cổng 2")
    admin.locator("[name=source]").fill("street")
    admin.locator("form[action$='/cameras']").get_by_role("button", name="Đăng ký").click()
    admin.wait_for_url("**/cameras/*")
    page = served.signed_in("hoa")
    page.goto(admin.url)
    canvas = page.locator(".canvas")
    box = canvas.bounding_box()
    assert box is not None
    for x, y in ((0.1, 0.2), (0.6, 0.2), (0.6, 0.8)):
        canvas.click(position={"x": x * box["width"], "y": y * box["height"]})
    page.locator(".corner").nth(0).focus()
    press(page, "ArrowRight")
    press(page, "Insert")
    page.locator("#zone-id").fill("điểm tập kết")
    page.locator("#zone-hours").fill("05:30-07:30")
    press(page, "Tab")
    assert not page.locator("#zone-rounds").is_visible()
    page.locator("#zone-kind").select_option("collection_point")
    page.get_by_role("button", name="Thêm lượt").press("Enter")
    press(page, "Space")  # the first day is chosen already: now it is not
    page.locator(".round-hours").fill("05:00-06:30")
    page.get_by_label("Cả ngày lễ").press("Space")
    page.get_by_role("button", name="Lưu thành phiên bản mới").click()
    page.get_by_role("link", name="SITE.toml").wait_for()
    with served.desk.house.database.reading() as session:
        (row,) = session.scalars(select(ZonesRow))
    drawn: Any = row.document["zone"]
    (zone,) = drawn
    assert (zone["id"], zone["permitted"]) == ("điểm tập kết", ["05:30-07:30"])
    days = ["tue", "wed", "thu", "fri", "sat"]
    assert zone["rounds"] == [{"days": days, "hours": "05:00-06:30", "on_days_off": True}]
    assert len(zone["outline"]) == 4
    first, *_, third = zone["outline"]
    assert first == pytest.approx([0.11, 0.2], abs=0.006)
    assert third == pytest.approx([0.6, 0.8], abs=0.006)


def test_pictures_pass_under_the_pointer_without_any_video(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.goto("/events")
    card = page.locator(".card").first
    picture = card.locator("img")
    first = picture.get_attribute("src")
    card.hover()
    until(page, f"document.querySelector('.card img').getAttribute('src') !== '{first}'")
    assert page.locator("video").count() == 0


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_the_line_of_time_shows_before_act_and_after_beside_each_other(
    served: Served, size: tuple[int, int]
) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan", size)
    page.goto("/events?state=all&view=timeline")
    entry = page.locator(".entry").first
    boxes = [image.bounding_box() for image in entry.locator("img").all()]
    tops = {round(box["y"]) for box in boxes if box is not None}
    assert (len(boxes), len(tops)) == (3, 1)
    framed = "all => all.filter(one => getComputedStyle(one).borderTopWidth !== '0px').length"
    assert entry.locator("span:not(.dot):not(.state)").evaluate_all(framed) == 0


def test_outlines_lie_over_the_picture_and_go_by_key(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.locator(".card").first.click()
    until(page, "document.querySelector('video')?.readyState >= 2")
    over, video = page.locator("#player svg"), page.locator("#player video")
    assert over.bounding_box() == video.bounding_box()
    press(page, "x")
    assert not over.is_visible()
    press(page, "x")
    assert over.is_visible()


def faults_of(page: Page) -> list[str]:
    """A list that fills with what goes wrong on a page from now on."""
    wrong: list[str] = []

    def note_answer(answer: Response) -> None:
        if answer.status >= 400:
            wrong.append(f"{answer.status} {answer.url}")

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", note_answer)
    return wrong


def add_cameras(served: Served) -> None:
    """Two sites on the map; a camera that watches, and one that does not answer."""
    house = served.desk.house
    with house.database.writing() as session:
        for name, source, place in (
            ("Chợ Xanh", "street", (22.67, 106.25)),
            ("Cầu Sông Hiến", "bridge", (22.61, 106.27)),
        ):
            draft = SiteDraft(name, SiteKind.MARKET, "01273", *place)
            site = save_site(session, house.clock, "nam", draft)
            save_camera(session, house.clock, "nam", site.id, CameraDraft(name, source))
    conditions = [Condition("street", Link.ONLINE), Condition("bridge", Link.UNREACHABLE)]
    Board({each.camera_id: each for each in conditions}).write(house.root, house.clock.now())
    picture = still_path(house.root, "street")
    picture.parent.mkdir()
    picture.write_bytes(jpeg(np.full((90, 160, 3), 120, np.uint8)))


def view_of(page: Page) -> list[float]:
    """x, y, width and height of what the map shows, km."""
    shown = page.locator("#map").get_attribute("viewBox") or ""
    return [float(value) for value in shown.split()]


def test_the_map_is_moved_by_keys_wheel_and_pointer(served: Served) -> None:
    add_cameras(served)
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.goto("/map")
    sheet = page.locator("#map")
    whole = view_of(page)
    sheet.focus()
    press(page, "+")
    closer = view_of(page)
    assert closer[2] < whole[2]
    press(page, "ArrowRight")
    assert view_of(page)[0] > closer[0]
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -100)
    width = "Number(document.getElementById('map').getAttribute('viewBox').split(' ')[2])"
    until(page, f"{width} < {closer[2]}")
    before = view_of(page)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=4)
    page.mouse.up()
    left = "Number(document.getElementById('map').getAttribute('viewBox').split(' ')[0])"
    until(page, f"{left} > {before[0]}")
    page.get_by_role("button", name="Cả tỉnh").or_(page.locator("[data-zoom=all]")).first.click()
    assert view_of(page)[2] == pytest.approx(whole[2])
    page.get_by_role("link", name="Chợ Xanh: 0 sự kiện").focus()
    press(page, "Enter")
    page.wait_for_url("**/sites/*")


def test_the_wall_follows_what_the_watch_says(served: Served) -> None:
    add_cameras(served)
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.get_by_role("link", name="Camera không theo dõi được").click()
    page.wait_for_url("**/wall?only=unwell")
    assert page.locator(".screen").count() == 1
    page.goto("/wall")
    bridge = page.locator("[data-camera=bridge]")
    bridge.get_by_text("không trả lời").wait_for()
    house = served.desk.house
    Board({"bridge": Condition("bridge", Link.ONLINE)}).write(house.root, house.clock.now())
    bridge.get_by_text("đang theo dõi").wait_for()


def test_the_queue_tells_what_is_new_and_what_others_did(served: Served) -> None:
    lan = served.desk.account("lan", Role.SCREENER)
    served.desk.account("hoa", Role.REVIEWER)
    page = served.signed_in("lan")
    page.goto("/events")
    assert not page.locator("#news").is_visible()
    assert not page.locator("#sound-on").is_checked()
    house = served.desk.house
    first = page.locator(".card").first.get_attribute("data-event") or ""
    house.reviews.carry_out(lan, first, Order(Action.ASK_MORE, note="rõ hơn"))
    page.locator(".card.changed").wait_for()
    house.clock.advance(1)
    house.find("later1", "later2")
    page.get_by_role("link", name="2 sự kiện mới").wait_for()
    assert page.title().startswith("(2) ")
    page.get_by_role("link", name="2 sự kiện mới").click()
    expect(page.locator("#news")).to_be_hidden()


def test_news_that_the_filters_leave_out_are_not_told(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    page.goto("/events?state=all")
    other = page.context.new_page()
    other.goto(f"{page.url}&day=01/01/2020")
    other.get_by_text("Không có sự kiện nào khớp bộ lọc.").wait_for()
    house = served.desk.house
    for number, told in enumerate(("1 sự kiện mới", "2 sự kiện mới"), 1):
        house.clock.advance(1)
        house.find(f"later{number}")
        page.get_by_role("link", name=told).wait_for()  # what came first has long reached both
    expect(other.locator("#news")).to_be_hidden()


PAGES = [
    *("/", "/wall", "/map", "/statistics?counted=found", "/ending"),
    *("/events", "/events?state=all&view=timeline", "EVENT", "/account"),
]


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_nothing_sticks_out_nothing_goes_wrong_and_everybody_can_use_it(
    served: Served, size: tuple[int, int]
) -> None:
    served.desk.account("lan", Role.SCREENER, Role.REVIEWER)
    served.desk.account("nam", Role.ADMINISTRATOR)
    served.desk.account("an", Role.AUDITOR)
    add_cameras(served)
    with served.desk.house.database.reading() as session:
        event_id = session.scalars(select(ReviewRow.event_id)).first()
    walks = (
        ("lan", PAGES),
        ("nam", ["/", "/wall", "/accounts", "/sites", "/webhooks"]),
        ("an", ["/", "/log"]),
    )
    for login, pages in walks:
        page = served.signed_in(login, size, is_checked=True)
        wrong = faults_of(page)
        for path in pages:
            page.goto(path.replace("EVENT", f"/events/{event_id}"))
            page.locator("h1").first.wait_for(state="attached")
            assert page.evaluate("document.documentElement.scrollWidth") == size[0], path
            found = Axe().run(page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], path
        assert wrong == []


def test_the_policy_lets_every_page_work(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    page = served.signed_in("lan")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/events")
    page.locator(".card").first.click()
    until(page, "document.querySelector('video')?.currentTime > 7")
    assert [text for text in told if "Content Security Policy" in text] == []
    assert all(url.startswith(served.address) for url in asked)


def test_the_door_works_without_script(served: Served) -> None:
    served.desk.account("lan", Role.SCREENER)
    context = served.browser.new_context(java_script_enabled=False, base_url=served.address)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("[name=login]").fill("lan")
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Enter")
    page.locator(".card").first.click()
    page.get_by_role("button", name="Báo động sai").click()
    page.get_by_role("status").get_by_text("Đã bác bỏ.").wait_for()
