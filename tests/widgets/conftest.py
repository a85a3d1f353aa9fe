"""Fixtures for the widget: a browser, a stand-in gateway, a host page; noise in a console fails the test."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, sync_playwright

from tests.browser import launch_options
from tests.widgets.standin import Site, StandIn, serve

WIDGETS = Path(__file__).parents[2] / "widgets"
WATCH = """
addEventListener("securitypolicyviolation", (event) => (window.violations ??= []).push(event.violatedDirective));
"""


# Not longer than a module: while Playwright's sync API is open, its loop runs in this thread and no other test's can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(**launch_options())
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def _servers() -> Iterator[tuple[StandIn, Site]]:
    with serve() as both:
        yield both


@pytest.fixture
def gateway(_servers: tuple[StandIn, Site]) -> StandIn:
    _servers[0].reset()
    return _servers[0]


@pytest.fixture
def site(_servers: tuple[StandIn, Site]) -> Site:
    _servers[1].reset()
    return _servers[1]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Give a function that opens a browser context, whose pages' console errors fail the test at its end."""
    contexts: list[BrowserContext] = []
    noise: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(r"Failed to load resource", message.text):
            noise.append(message.text)

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 900, "height": 640}, **options})
        context.set_default_timeout(6_000)
        context.add_init_script(WATCH)
        context.on("console", listen)
        context.on("weberror", lambda error: noise.append(str(error.error)))
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    assert noise == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def card(page: Page, site: Site) -> Callable[[], Locator]:
    """Give a function that opens the host page and waits for the card."""

    def opened() -> Locator:
        page.goto(site.base)
        found = page.locator("[data-tactful] .card")
        found.wait_for()
        return found

    return opened


@pytest.fixture(scope="session")
def npm() -> Callable[..., None]:
    """Give a function that runs npm in `widgets/`, with the locked packages; without npm its tests are left out."""
    program = shutil.which("npm")
    if program is None:
        pytest.skip("npm is not on this machine; CI has it")

    def run(*arguments: str) -> None:
        command = [program, *arguments]
        done = subprocess.run(command, cwd=WIDGETS, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]

    digest = hashlib.sha256((WIDGETS / "package-lock.json").read_bytes()).hexdigest()
    installed = WIDGETS / "node_modules" / ".tactful-lock"
    # The workers of a parallel run share one node_modules: one installs, the others wait.
    with (WIDGETS / "package.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != digest:
            run("ci", "--no-audit", "--no-fund")
            installed.write_text(digest)
    return run


@pytest.fixture(scope="session")
def axe(npm: Callable[..., None]) -> str:
    """Give the source of axe-core, which npm brings."""
    return (WIDGETS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
