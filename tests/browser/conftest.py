"""One Chromium for a module of browser tests, and a desk served to it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from litterwatch.service.scripted_visits import Visits, served

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
    """Serves a desk to this browser: see `served`."""
    return partial(served, browser=browser)
