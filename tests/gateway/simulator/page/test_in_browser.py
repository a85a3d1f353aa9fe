"""The page as Chromium shows it: without a script and a network, accessible, at every width, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.gateway.simulator.page.conftest import Write
from tests.npm import install

WIDGETS = Path(__file__).parents[4] / "widgets"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a context without JavaScript in which every request beside the page's own fails the test."""
    opened = browser.new_context(java_script_enabled=False)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    yield opened
    opened.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == 1
    assert said == []


@pytest.mark.parametrize("against", [False, True])
@pytest.mark.parametrize("width", [1200, 360])
def test_everything_shows_without_a_script_and_nothing_is_cut_off(
    write: Write, context: BrowserContext, against: bool, width: int
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(write("--answer-rate", "40%", against=against).as_uri())
    size = page.locator("html").bounding_box()
    assert size is not None
    assert size["width"] <= width
    for section in page.locator("section, .tiles > div").all():
        box = section.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    plot = page.locator(".plot svg").first.bounding_box()
    assert plot is not None
    assert plot["width"] > width * 0.6
    assert plot["height"] > 100
    page.get_by_text("The numbers").first.click()
    assert (
        page.get_by_role("cell", name="2026-01-01").or_(page.get_by_role("rowheader", name="2026-01-01")).count() == 1
    )


def test_a_chart_has_its_sums_in_its_name_and_a_table_behind(write: Write, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(write(against=True).as_uri())
    chart = page.get_by_role("img", name="Asks by day: was ")
    assert chart.count() == 1
    for figure in page.locator("figure").all():
        assert figure.locator("svg[role=img] > title").first.text_content()
        assert figure.locator("details table tbody tr").count() > 1


def test_it_prints_on_paper_in_light_colours(write: Write, context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark")
    page.goto(write(against=True).as_uri())
    assert page.pdf(print_background=True)[:5] == b"%PDF-"
    page.emulate_media(media="print", color_scheme="dark")
    page.screenshot(path=tmp_path / "paper.png")
    assert page.get_by_text("The numbers").first.is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("against", [False, True])
def test_it_is_accessible_as_far_as_a_machine_can_tell(
    write: Write, browser: Browser, against: bool, scheme: Any
) -> None:
    install(WIDGETS)
    axe = (WIDGETS / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    # The page's own policy lets no script run: axe is one.
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.goto(write("--answer-rate", "40%", against=against).as_uri())
    for closed in page.locator("summary").all():
        closed.click()
    page.evaluate(axe)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    context.close()
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]] == []
