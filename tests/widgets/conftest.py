"""Fixtures for the widget: a browser, a stand-in gateway, a host page; noise in a console fails the test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Locator,
    Page,
    WebError,
)

from tests.chromium import opened_browser
from tests.npm import Npm, install
from tests.widgets.standin import Site, StandIn, serve

WIDGETS = Path(__file__).parents[2] / "widgets"
WATCH = """
addEventListener("securitypolicyviolation", (event) => (window.violations ??= []).push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


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
def noise() -> Iterator[list[str]]:
    """Collect what consoles say; anything at all fails the test at its end."""
    heard: list[str] = []
    yield heard
    assert heard == []


def listen(context: BrowserContext, noise: list[str]) -> Callable[[], None]:
    """Add a context's console errors, warnings and uncaught exceptions to `noise`; give a function that stops it."""

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(r"Failed to load resource", message.text):
            noise.append(message.text)

    def stumble(error: WebError) -> None:
        noise.append(str(error.error))

    def stop() -> None:
        context.remove_listener("console", hear)
        context.remove_listener("weberror", stumble)

    context.on("console", hear)
    context.on("weberror", stumble)
    return stop


def open_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(**{"viewport": {"width": 900, "height": 640}, **options})
    context.add_init_script(WATCH)
    return context


@pytest.fixture
def new_context(browser: Browser, noise: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Give a function that opens a browser context of the test's own."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        contexts.append(open_context(browser, **options))
        listen(contexts[-1], noise)
        return contexts[-1]

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def _shared(browser: Browser) -> tuple[BrowserContext, CDPSession]:
    """Keep a context with an empty page, so that its process lives on: a new one costs more than most tests."""
    context = open_context(browser)
    return context, context.new_cdp_session(context.new_page())


@pytest.fixture
def page(_shared: tuple[BrowserContext, CDPSession], site: Site, noise: list[str]) -> Iterator[Page]:
    """Give a new page of the shared context; all that was stored is cleared after it."""
    context, session = _shared
    stop = listen(context, noise)
    yield context.new_page()
    for opened in context.pages[1:]:
        opened.close()
    stop()
    context.set_offline(False)
    context.clear_cookies()
    for origin in (site.base, site.gateway):
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})


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
def npm() -> Npm:
    """Give a function that runs npm in `widgets/`, with the locked packages; without npm its tests are left out."""
    return install(WIDGETS)


@pytest.fixture(scope="session")
def axe(npm: Npm) -> str:
    """Give the source of axe-core, which npm brings."""
    return (WIDGETS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
