"""People at a desk that is served, each with a browser of their own. Ships for tests."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import uvicorn

from litterwatch.service.scripted_desk import PASSWORD, ScriptedDesk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OFFICE: Final = (1366, 768)
PHONE: Final = (390, 844)
"""Screens that every page must fit, px."""


@dataclass
class Visits:
    """Browsers of people at a desk.

    Attributes:
        desk: that is served.
        address: where it answers.
        browser: starts a fresh one for everybody.
    """

    PATIENCE_MS: ClassVar[int] = 60_000

    desk: ScriptedDesk
    address: str
    browser: "Browser"

    def page(self, size: tuple[int, int] = OFFICE, *, is_checked: bool = False) -> "Page":
        """A fresh browser; `is_checked` lets the accessibility checker in past the policy."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            base_url=self.address,
            bypass_csp=is_checked,
            reduced_motion="no-preference",
        )
        page = context.new_page()
        page.set_default_timeout(self.PATIENCE_MS)
        return page

    def signed_in(
        self, login: str, size: tuple[int, int] = OFFICE, *, is_checked: bool = False
    ) -> "Page":
        """Somebody at his start page."""
        page = self.page(size, is_checked=is_checked)
        page.goto("/sign-in")
        page.get_by_label("Tên đăng nhập").fill(login)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


def press(page: "Page", key: str) -> None:
    """Press a key once the page listens: its scripts have run when the document is ready."""
    page.wait_for_load_state("domcontentloaded")
    page.keyboard.press(key)


@contextmanager
def served(
    desk: ScriptedDesk, listener: socket.socket | None = None, *, browser: "Browser"
) -> Iterator[str]:
    """Serves a desk on a free port, gives its address, and closes everything afterwards.

    A desk that must know its own address is given the listener it will be served on.
    """
    listener = listener or socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk.app, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    for context in browser.contexts:
        context.close()
    server.should_exit = True
    thread.join(timeout=60)
    assert not thread.is_alive()
    desk.close()
