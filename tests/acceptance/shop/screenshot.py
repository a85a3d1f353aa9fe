"""Takes the README's picture of the café anew: `python -m tests.acceptance.shop.screenshot`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.acceptance.shop.demo import running_demo
from tests.acceptance.shop.guest import Guest
from tests.browser import launch_options

PICTURE = Path(__file__).parents[3] / "docs" / "cafe.png"
STILL = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { animation: none !important; transition: none !important }");
  document.adoptedStyleSheets = [sheet];
}"""


def take(page: Page, url: str) -> None:
    """Let one guest answer and another be asked, and save what the page looks like then."""
    first = Guest(page, url)
    first.pays_for("jasmine-tea", "croissant")
    first.expect_question("How was paying today?")
    first.tabs_to(type="radio")
    first.presses("ArrowLeft")
    first.tabs_to(name="Send")
    first.presses("Enter")
    expect(page.locator("#feed .answer").first).to_be_visible()
    with page.expect_navigation():
        page.click("#new-guest")
    second = Guest(page, url)
    second.pays_for("morning-set")
    second.expect_question("Would you recommend our sets to a friend?")
    second.tabs_to(type="radio")
    second.presses(*["ArrowRight"] * 9)
    page.evaluate(STILL)
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURE)


def main() -> None:
    """Start a demo of its own, take the picture, stop the demo."""
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder) / "data") as demo, sync_playwright() as it:
        browser = it.chromium.launch(**launch_options())
        page = browser.new_page(viewport={"width": 1360, "height": 1160}, device_scale_factor=1, locale="en-GB")
        take(page, demo.url)
        browser.close()
    print(f"Saved {PICTURE}")


if __name__ == "__main__":
    main()
