"""Marking as officers do it, in a real browser: by keys, mouse and finger, in two tabs."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from litterwatch.detector.geometry import Box
from litterwatch.detector.types import Detections, EventKind, Image, Label, PassedOver
from litterwatch.labelling.records import Origin
from litterwatch.models.scripted import ScriptedDetector
from litterwatch.service.evidence.scripted import ScriptedClips
from litterwatch.service.labels.boxes import labelled
from litterwatch.service.labels.candidates import Draw, keep_candidates
from litterwatch.service.labels.handing import labelled_pictures
from litterwatch.service.reviews.conditions import Order, Person
from litterwatch.service.reviews.state import Action, RejectReason
from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, PHONE, Visits, press
from litterwatch.service.settings import LabelSettings
from litterwatch.service.tables import FootageRow, LabelRow, MarkingRow, PermitRow, ReviewRow
from litterwatch.service.users.roles import Role

pytestmark = pytest.mark.browser

SIZE = (640, 480)
EVENTS = 30
SEEN = Detections.of(
    [(Box(100, 100, 160, 260), 0.9, Label.PERSON), (Box(300, 300, 380, 360), 0.5, Label.WASTE)]
)


@dataclass
class Streets(ScriptedClips):
    """Every still is another street."""

    def still(self, media_time: float) -> Image:
        super().still(media_time)
        made = np.random.default_rng(len(self.stills))
        small = made.integers(40, 220, (12, 16, 3)).astype(np.uint8)
        return np.kron(small, np.ones((40, 40, 1), np.uint8)).astype(np.uint8)


Serve = Callable[[ScriptedDesk], AbstractContextManager[str]]


@dataclass
class Served(Visits):
    lan: Person
    hoa: Person

    def marking(self, page: Page) -> MarkingRow:
        """The row of the picture that a page shows."""
        with self.desk.house.database.reading() as session:
            return session.get_one(MarkingRow, page.url.rpartition("/")[2])

    def judge_all(self) -> None:
        """A verdict on each of the thirty: confirmed, rejected with each reason, duplicates."""
        reviews = self.desk.app.state.desk.reviews
        with self.desk.house.database.reading() as session:
            ids = list(session.scalars(select(ReviewRow.event_id).order_by(ReviewRow.event_id)))
        reasons = [reason for reason in RejectReason if reason is not RejectReason.OTHER]
        for number, event_id in enumerate(ids):
            if number % 3 == 0:
                propose = Order(Action.PROPOSE, act=EventKind.BAG_DUMP)
                reviews.carry_out(self.lan, event_id, propose)
                self.desk.house.play(self.hoa, event_id)
                reviews.carry_out(self.hoa, event_id, Order(Action.CONFIRM))
            elif number % 10 == 4:
                reviews.carry_out(self.lan, event_id, Order(Action.DUPLICATE, parent_id=ids[0]))
            else:
                reason = reasons[number % len(reasons)]
                reviews.carry_out(self.lan, event_id, Order(Action.REJECT, reason=reason))


@pytest.fixture
def served(tmp_path: Path, browser: Browser, serve: Serve) -> Iterator[Served]:
    root = tmp_path / "data"
    root.mkdir()
    desk = ScriptedDesk(
        root,
        [f"e{number}" for number in range(EVENTS)],
        Streets(size=SIZE),
        detector=lambda: ScriptedDetector(lambda _: SEEN),
    )
    with serve(desk) as address:
        lan = desk.account("lan", Role.SCREENER)
        hoa = desk.account("hoa", Role.REVIEWER, Role.AUTHORITY)
        served = Served(desk, address, browser, lan, hoa)
        page = served.signed_in("lan")  # the application has started when this answers
        page.context.close()
        served.judge_all()
        yield served


def passed_over(served: Served) -> None:
    """Some of what the machine passed over was drawn by lot."""
    house = served.desk.house
    with house.database.reading() as session:
        footage_id = session.scalars(select(FootageRow.id)).first()
    assert footage_id is not None
    draw = Draw(LabelSettings(audit_share=1.0), house.root, house.clock)
    passed = [
        PassedOver("weak_evidence", 10.0, Box(10, 10, 30, 30), score=0.4, label=Label.PERSON),
        PassedOver("dwell", 20.0, Box(5, 5, 25, 45), label=Label.PERSON),
    ]
    keep_candidates(house.database, draw, footage_id, Streets(size=SIZE), passed)


def opened(page: Page) -> Page:
    """From the state of the labels to the first picture."""
    page.goto("/labelling")
    press(page, "j")
    page.wait_for_url("**/labelling/pictures/*")
    expect(page.locator("#boxes li")).to_have_count(2)
    return page


def saved(page: Page) -> None:
    expect(page.locator("#saving")).to_have_text("Đã lưu")


def test_thirty_verdicts_then_twenty_boxes_by_keyboard_and_permission(served: Served) -> None:
    """From verdicts to pictures that may be trained on: nothing but keys until the permission."""
    page = opened(served.signed_in("lan"))
    for number in range(10):
        before = page.url
        press(page, ".")  # the second box: waste
        press(page, str(number % 6 + 1))
        press(page, "ArrowRight")
        press(page, "Shift+ArrowDown")
        press(page, "v")
        page.wait_for_url(re.compile(f"^(?!{re.escape(before)}$)"))
        expect(page.locator("#boxes li")).to_have_count(2)
    with served.desk.house.database.reading() as session:
        rows = session.execute(
            select(MarkingRow, LabelRow)
            .join(LabelRow, LabelRow.id == MarkingRow.label_id)
            .where(MarkingRow.state == "verified")
            .order_by(MarkingRow.number)
        ).all()
    boxes = [labelled(marking.boxes) for marking, _ in rows]
    assert sum(len(each) for each in boxes) == 20
    assert {each[1].label for each in boxes} == set(Label)
    for each in boxes:
        assert each[0].box == SEEN.boxes()[0]
        assert each[1].box == Box(304, 300, 384, 364)
    assert {label.origin for _, label in rows} <= {
        Origin.CONFIRMED,
        Origin.REJECTED,
        Origin.DUPLICATE,
    }
    officer = served.signed_in("hoa")
    officer.goto("/labelling")
    form = officer.locator("form:has(select[name=source])")
    form.locator("select").select_option("street.mp4")
    form.locator("textarea").fill("cho lần huấn luyện tới")
    form.get_by_role("button", name="Cho phép").click()
    officer.locator("#permits").get_by_text("cho lần huấn luyện tới").wait_for()
    with served.desk.house.database.reading() as session:
        assert session.scalars(select(PermitRow.source)).all() == ["street.mp4"]
        handed = list(
            labelled_pictures(session, served.desk.house.root, ScriptedDetector(lambda _: SEEN))
        )
    assert all(picture.trainable and picture.file.is_file() for picture in handed)
    cases = sum(label.origin is not Origin.REJECTED for _, label in rows)
    assert len(handed) == 10 - cases


def test_what_was_drawn_survives_a_reload_and_is_undone(served: Served) -> None:
    page = opened(served.signed_in("lan"))
    press(page, "a")
    press(page, "5")
    press(page, "u")
    saved(page)
    page.reload()
    expect(page.locator("#boxes li")).to_have_count(3)
    expect(page.locator("#boxes li").nth(2)).to_contain_text("Thùng rác (không chắc)")
    press(page, "d")
    press(page, "d")
    expect(page.locator("#boxes li")).to_have_count(1)
    press(page, "z")
    press(page, "z")
    expect(page.locator("#boxes li")).to_have_count(3)
    press(page, "y")
    saved(page)
    assert len(served.marking(page).boxes) == 2


def test_keys_lead_back_and_forth_and_step_finely(served: Served) -> None:
    """What the other walks do not press: back to the picture and the box before, a pixel, Q."""
    page = opened(served.signed_in("lan"))
    first = page.url
    press(page, "v")
    another = re.compile(f"^(?!{re.escape(first)}$)")
    page.wait_for_url(another)
    second = page.url
    press(page, "k")
    page.wait_for_url(first)
    press(page, "j")
    page.wait_for_url(second)
    expect(page.locator("#boxes li")).to_have_count(2)
    for key in (".", ",", "ArrowDown", "g", "ArrowRight", "Shift+ArrowLeft"):
        press(page, key)
    saved(page)
    person, waste = labelled(served.marking(page).boxes)
    assert (list(person.box), list(waste.box)) == ([101, 104, 160, 264], [300, 300, 380, 360])
    press(page, ".")
    press(page, "Delete")
    saved(page)
    assert [each.label for each in labelled(served.marking(page).boxes)] == [Label.PERSON]
    press(page, "q")
    page.wait_for_url("**/labelling")


def test_a_second_tab_is_told_that_it_is_too_late(served: Served) -> None:
    page = opened(served.signed_in("lan"))
    other = page.context.new_page()
    other.goto(page.url)
    press(page, "d")
    saved(page)
    press(other, "a")
    expect(other.locator("#conflict")).to_be_visible()
    press(other, "a")
    assert len(served.marking(page).boxes) == 1
    other.get_by_role("link", name="Tải lại").click()
    expect(other.locator("#boxes li")).to_have_count(1)
    press(other, "a")
    saved(other)
    assert len(served.marking(page).boxes) == 2


def test_a_lost_connection_loses_nothing(served: Served) -> None:
    page = opened(served.signed_in("lan"))
    refuse = [True]

    def answer(route: Route) -> None:
        if refuse[0]:
            route.abort()
        else:
            route.continue_()

    page.route("**/boxes", answer)
    press(page, "a")
    expect(page.locator("#saving")).to_contain_text("Chưa lưu")
    press(page, "2")
    refuse[0] = False
    saved(page)
    kept = labelled(served.marking(page).boxes)
    assert [each.label for each in kept] == [Label.PERSON, Label.WASTE, Label.TWO_WHEELER]


def test_boxes_are_drawn_moved_and_stretched_with_the_mouse(served: Served) -> None:
    page = opened(served.signed_in("lan"))
    press(page, "Escape")
    press(page, "6")
    shape = page.locator("#easel").bounding_box()
    assert shape is not None
    scale = min(shape["width"] / SIZE[0], shape["height"] / SIZE[1])
    left = shape["x"] + (shape["width"] - SIZE[0] * scale) / 2
    top = shape["y"] + (shape["height"] - SIZE[1] * scale) / 2

    def drag(*way: tuple[float, float]) -> None:
        places = [(left + x * scale, top + y * scale) for x, y in way]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()
        saved(page)

    def last() -> Box:
        return labelled(served.marking(page).boxes)[-1].box

    drag((440, 100), (540, 180))
    assert labelled(served.marking(page).boxes)[-1].label is Label.OVERFLOW
    assert list(last()) == pytest.approx([440, 100, 540, 180], abs=2)
    drag((490, 140), (510, 170))
    assert list(last()) == pytest.approx([460, 130, 560, 210], abs=3)
    drag((560, 210), (600, 300))
    assert list(last()) == pytest.approx([460, 130, 600, 300], abs=3)


def test_a_finger_draws_on_a_telephone(served: Served) -> None:
    context = served.browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]},
        base_url=served.address,
        locale="vi-VN",
        has_touch=True,
        is_mobile=True,
        storage_state=served.signed_in("lan").context.storage_state(),
    )
    page = context.new_page()
    page.goto("/labelling")
    page.get_by_role("button", name="Gán nhãn ảnh").tap()
    page.wait_for_url("**/labelling/pictures/*")
    page.get_by_role("button", name="Thêm").tap()
    page.get_by_role("button", name="Thùng rác").first.tap()
    saved(page)
    expect(page.locator("#boxes li")).to_have_count(3)
    page.get_by_role("button", name="Xác nhận và sang ảnh sau").tap()
    expect(page.locator("#boxes li")).to_have_count(2)
    with served.desk.house.database.reading() as session:
        (done,) = session.scalars(select(MarkingRow).where(MarkingRow.state == "verified"))
    assert labelled(done.boxes)[-1].label is Label.BIN


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_everybody_can_use_the_pages_and_nothing_sticks_out(
    served: Served, size: tuple[int, int]
) -> None:
    passed_over(served)
    page = served.signed_in("hoa", size, is_checked=True)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda a: wrong.append(a.url) if a.status >= 400 else None)
    opened(page)
    marking = page.url
    for path in ("/labelling", marking):
        page.goto(path)
        page.locator("h1").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == size[0], path
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], path
    if size == OFFICE:
        assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
    page.goto("/labelling")
    expect(page.locator("#passed-over tbody tr")).to_have_count(2)
    page.goto(marking)
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert wrong == []


def test_the_policy_lets_the_pages_work(served: Served) -> None:
    page = served.signed_in("lan")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    opened(page)
    press(page, "f")
    press(page, "a")
    saved(page)
    assert [text for text in told if "Content Security Policy" in text] == []
