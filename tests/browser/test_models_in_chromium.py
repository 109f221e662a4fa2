"""The page of the models in a real browser: by keyboard, at both sizes, following what is made."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from litterwatch.labelling.comparison import Difference
from litterwatch.labelling.gate import Answer, RuleResult
from litterwatch.models.shelf import SHIPPED, Shelf
from litterwatch.service.learning.bench import Bench, Making, WorkOrder
from litterwatch.service.learning.folders import labelling_folder, models_folder
from litterwatch.service.learning.scripted import add_candidate, add_data_set
from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import OFFICE, PHONE, Visits, press
from litterwatch.service.users.roles import Role

pytestmark = pytest.mark.browser

GOOD, BAD = "v0002-a1b2c3-d4e5f6", "v0001-a1b2c3-d4e5f6"
Serve = Callable[[ScriptedDesk], AbstractContextManager[str]]


def waste(candidate: float, camera: str = "") -> RuleResult:
    found = Difference(0.6, candidate, candidate - 0.7, candidate - 0.5, 80)
    answer = Answer.PASSED if candidate > 0.6 else Answer.FAILED
    return RuleResult("waste", camera, answer, is_needed=True, why="waste", difference=found)


@dataclass
class Served(Visits):
    @property
    def shelf(self) -> Shelf:
        return Shelf(models_folder(self.desk.house.root))


@pytest.fixture
def served(tmp_path: Path, browser: Browser, serve: Serve) -> Iterator[Served]:
    desk = ScriptedDesk(tmp_path)
    desk.account("minh", Role.INSPECTOR, Role.AUTHORITY)
    add_data_set(tmp_path)
    add_candidate(tmp_path, BAD, is_accepted=False, rules=[waste(0.3), waste(0.2, "gate")])
    add_candidate(tmp_path, GOOD, rules=[waste(0.8), waste(0.7, "gate")])
    with serve(desk) as address:
        yield Served(desk, address, browser)


def test_a_candidate_is_promoted_by_keyboard_and_taken_back_within_seconds(served: Served) -> None:
    page = served.signed_in("minh")
    page.goto(f"/models/candidates/{BAD}")
    expect(page.locator("h1 + .state")).to_have_text("Không qua cổng kiểm tra")
    expect(page.locator(".gate tr.failed").first).to_contain_text("Rác được phát hiện")
    expect(page.locator("form[action$=promote]")).to_have_count(0)
    page.goto("/models")
    page.get_by_role("link", name=GOOD).press("Enter")
    page.wait_for_url("**/models/candidates/*")
    expect(page.locator("h1 + .state")).to_have_text("Qua cổng kiểm tra")
    press(page, "p")  # leads to what is still to be said
    press(page, "Space")
    press(page, "Tab")
    page.keyboard.type("thấy rác rõ hơn")
    press(page, "Control+Enter")
    page.wait_for_url("**/models")
    expect(page.locator(".in-use")).to_have_text(GOOD)
    assert served.shelf.pointer().default == GOOD
    started = time.perf_counter()
    page.get_by_role("button", name="Quay lại mô hình đi kèm").press("Enter")
    expect(page.locator(".in-use")).to_have_text("mô hình đi kèm")
    assert time.perf_counter() - started <= 10
    assert served.shelf.pointer().default == SHIPPED


def test_the_page_follows_what_is_made_and_takes_the_next_order_by_key(served: Served) -> None:
    root = served.desk.house.root
    bench = Bench(labelling_folder(root), served.desk.house.clock)
    page = served.signed_in("minh")
    with bench.making(WorkOrder(Making.DATASET), "os:lan") as told:
        page.goto("/models")
        expect(page.locator("#step")).to_have_text("đang khởi động")
        told("copying pictures", 0, 40)
        expect(page.locator("#step")).to_have_text("Đang sao chép ảnh")
        expect(page.locator("#count")).to_have_text("0 / 40")
        told.made("v0002-0123456789ab")
    expect(page.locator("#work")).to_contain_text("Bộ dữ liệu đã tạo xong")
    page.wait_for_load_state("load")
    press(page, "t")
    # The launch of this desk starts nothing: as if the process had been killed at once.
    expect(page.locator("#work")).to_contain_text("bị dừng trước khi xong")
    page.wait_for_load_state("load")
    before = page.locator("#work").inner_text()
    press(page, "g")
    page.wait_for_url(re.compile("#work$"))
    expect(page.locator("#work")).to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize("size", [OFFICE, PHONE])
def test_everybody_can_use_the_pages_and_nothing_sticks_out(
    served: Served, size: tuple[int, int]
) -> None:
    served.shelf.promote(
        labelling_folder(served.desk.house.root) / "candidates" / GOOD / "model" / GOOD, GOOD
    )
    page = served.signed_in("minh", size, is_checked=True)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda a: wrong.append(a.url) if a.status >= 400 else None)
    for path in ("/models", f"/models/candidates/{GOOD}", f"/models/candidates/{BAD}"):
        page.goto(path)
        page.locator("h1").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == size[0], path
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], path
    assert wrong == []
