"""Opens a browser for tests: it waits for what it is to see for as long as all tests do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import launch_options
from tests.eventually import PATIENCE


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Open one, for a module's tests at most.

    While Playwright's sync API is open, its loop runs in this thread and no other test's can.
    """
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()
