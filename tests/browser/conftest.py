"""One Chromium for a module of browser tests, and a desk served to it."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser, expect, sync_playwright

from litterwatch.service.scripted_desk import ScriptedDesk
from litterwatch.service.scripted_visits import Visits

expect.set_options(timeout=Visits.PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield started
        started.close()


Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def serve(browser: Browser) -> Serve:
    """Serves a desk on a free port, gives its address, and closes everything afterwards.

    A desk that must know its own address is given the listener it will be served on.
    """

    @contextmanager
    def served(desk: ScriptedDesk, listener: socket.socket | None = None) -> Iterator[str]:
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

    return served
