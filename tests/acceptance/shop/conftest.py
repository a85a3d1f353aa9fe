"""One demo and one browser for the whole story; every test is a guest of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.acceptance.shop.demo import Demo, running_demo
from tests.chromium import opened_browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB", timezone_id="Europe/Lisbon")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong: no error, nothing on the console, nothing that the policy had to stop."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    assert wrong == []


@pytest.fixture(scope="session")
def keep_picture(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Page, str], None]:
    """Save what a page looks like now, for a human to look at; the folder's name is in pytest's own output."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    return lambda page, name: page.screenshot(path=folder / f"{name}.png") and None
