"""The page in a real browser: fits both screens, keys work, nothing is loaded from elsewhere."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from litterwatch.service.report.content import (
    ClipShown,
    EventShown,
    FileShown,
    PageContent,
    PageHeading,
    ReasonShown,
    StillShown,
)
from litterwatch.service.report.page import render_page

pytestmark = [pytest.mark.browser]

SIZES = [(1366, 768), (390, 844)]
STILLS = ("before", "act", "after")


def event(number: int, picture: tuple[int, int]) -> EventShown:
    return EventShown(
        event_id=f"{number:032x}",
        source=f"camera 1/{'very-long-name-' * 6}{number}.mp4",
        kind="bag_dump",
        state="confirmed" if number else "provisional",
        score=0.9 - number / 10,
        t_enter=2.0,
        t_release=8.0,
        t_confirmed=18.0,
        t_actor_left=10.0,
        box=(picture[0] / 2, picture[1] / 2, picture[0] / 20, picture[1] / 20),
        actor_box=(10.0, 10.0, 60.0, 100.0),
        actor_label="person",
        zone="kerb",
        n_items=1,
        features={"persistence": 0.9, "light": 0.1},
        reasons=(ReasonShown("released:owner_away", 9.0, {"distance": 1.2}),),
        picture=picture,
        stills=tuple(StillShown(name, f"{name}.jpg", 5.0 * i) for i, name in enumerate(STILLS)),
        clip=ClipShown("clip.mp4", 0.0, 20.0, "h264", "ab" * 32),
    )


@pytest.fixture
def address(tmp_path: Path) -> str:
    for name in STILLS:
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.full((360, 640, 3), 90, np.uint8))
    content = PageContent(
        (event(0, (640, 360)), event(1, (1080, 1920)), event(2, (160, 120))),
        (FileShown("camera 1/a.mp4", 90.0, 3), FileShown("b.mp4", 0.0, 0, "The file is empty.")),
        {"person": 3},
        PageHeading("gate", "street", "12" * 32, "34" * 32, "0.1.0"),
    )
    (tmp_path / "index.html").write_text(render_page(content), encoding="utf-8")
    return (tmp_path / "index.html").as_uri()


def opened(browser: Browser, address: str, size: tuple[int, int]) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    return page


@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_and_nothing_goes_wrong(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    wrong: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert wrong == []
    assert all(url.startswith(("file://", "data:")) for url in asked)


def test_outlines_lie_exactly_over_the_picture_and_go_away(browser: Browser, address: str) -> None:
    page = opened(browser, address, SIZES[0])
    still = page.locator(".still").first
    assert still.locator("svg").bounding_box() == still.locator("img").bounding_box()
    page.keyboard.press("o")
    assert not still.locator("svg").is_visible()
    page.locator("label.switch").click()
    assert still.locator("svg").is_visible()


def test_the_keyboard_walks_through_the_events(browser: Browser, address: str) -> None:
    page = opened(browser, address, SIZES[0])
    seen = []
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.id"))
    assert seen == ["event-1", "event-2", "event-1"]


def test_without_script_everything_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator(".card").count() == 3
    assert page.locator("video").first.is_visible()
    context.close()
