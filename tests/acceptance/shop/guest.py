"""A guest of the café: orders, pays, and answers with the keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const label = element.labels?.[0]?.textContent ?? element.getAttribute("aria-label") ?? element.textContent;
  const inside = element.getRootNode() !== document;
  return { tag: element.tagName, type: element.type ?? "", name: label.trim(), inside };
}"""
STOPS = 40
"""More than the page has places for the focus."""


class Guest:
    """Drives the shop's page as a person would."""

    def __init__(self, page: Page, url: str, language: str = "en") -> None:
        self.page = page
        self.decision: dict[str, Any] = {}
        page.goto(f"{url}/?lang={language}")
        page.wait_for_function("() => window.tactful?.touchpoint !== undefined")

    def pays_for(self, *dishes: str, asker: str = "page") -> dict[str, Any]:
        """Order dishes, pay with the Enter key, and give the decision that came of it."""
        for dish in dishes:
            self.page.click(f"[data-dish={dish}]")
        self.page.check(f"[name=asker][value={asker}]", force=True)
        decisive = "/orders" if asker == "server" else "/v1/touchpoints"
        self.page.focus("#pay")
        with self.page.expect_response(lambda response: decisive in response.url) as caught:
            self.page.keyboard.press("Enter")
        body = caught.value.json()
        decision: dict[str, Any] = body["decision"] if asker == "server" else body
        return decision

    @property
    def reason(self) -> str:
        """What the footer says."""
        return self.page.inner_text("#reason")

    def expect_question(self, text: str) -> None:
        """Wait until the widget asks this."""
        expect(self.page.get_by_role("radiogroup", name=text)).to_be_visible()

    def focused(self) -> dict[str, Any]:
        """Tell where the keyboard is, looking into the widget's shadow root."""
        where: dict[str, Any] = self.page.evaluate(FOCUSED)
        return where

    def tabs_to(self, **wanted: str) -> None:
        """Press Tab until the focus is on a part of the widget that has these features."""
        for _ in range(STOPS):
            here = self.focused()
            if here["inside"] and all(here[key] == value for key, value in wanted.items()):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard never reached {wanted}")

    def presses(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
