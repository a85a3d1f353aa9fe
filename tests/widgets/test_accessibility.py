"""WCAG 2.2 AA as far as a machine can tell: axe over every state and theme, and the geometry that axe does not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.widgets.standin import NPS, Site, StandIn

OPTIONS = [{"id": "a", "text": "The food"}, {"id": "b", "text": "The friendly people at the counter"}]
QUESTIONS: list[dict[str, Any]] = [
    {**NPS, "help": "Zero means never."},
    {"id": "csat", "type": "csat", "style": "emoji", "text": "How was it?", "required": True, "low": "Bad"},
    {"id": "stars", "type": "csat", "style": "stars", "text": "How many stars?", "required": True},
    {"id": "ces", "type": "ces", "text": "It was easy.", "low": "No", "high": "Yes", "required": True},
    {"id": "one", "type": "single", "text": "Best of all?", "options": OPTIONS, "other": "Else", "required": True},
    {
        "id": "many",
        "type": "multi",
        "text": "What?",
        "options": OPTIONS,
        "other": "Else",
        "none": "None",
        "required": True,
    },
    {"id": "why", "type": "text", "long": True, "text": "Why?", "placeholder": "In your words", "required": True},
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SEEN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
"""The rules that look at pixels; all others look at the elements, which are the same in every look."""
PLAIN: dict[str, Any] = {"color_scheme": "light", "forced_colors": "none", "viewport": {"width": 900, "height": 640}}
LOOKS: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "320": {"viewport": {"width": 320, "height": 480}},
    "forced": {"forced_colors": "active"},
}


def put_on(page: Page, look: dict[str, Any]) -> None:
    """Change how the browser shows the page, without loading it again."""
    media = {**PLAIN, **look}
    page.set_viewport_size(media.pop("viewport"))
    page.emulate_media(**media)


def examine(page: Page, where: str, only: list[str]) -> None:
    """Run axe over the card; what it leaves open about contrast counts as found."""
    options = {"runOnly": only, "resultTypes": ["violations", "incomplete"]}
    found = page.evaluate("options => axe.run('[data-tactful]', options)", options)
    broken = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
    unclear = [rule["id"] for rule in found["incomplete"] if rule["id"] != "color-contrast"]
    assert (broken, unclear) == ([], []), where


def measure(page: Page, where: str) -> None:
    """Check that nothing is wider than the card, and every target at least 24 pixels high and wide."""
    card = page.locator("[data-tactful] .card")
    wide, tall = card.evaluate("e => [e.scrollWidth - e.clientWidth, e.getBoundingClientRect().bottom - innerHeight]")
    assert wide <= 0, where
    assert tall <= 1, where
    small = card.evaluate(
        "e => [...e.querySelectorAll('label:not(.q), button, .field')].filter(t => t.checkVisibility()).map(t => "
        "t.getBoundingClientRect()).filter(r => r.width < 24 || r.height < 24).length"
    )
    assert small == 0, where


def examine_every_look(page: Page, where: str) -> None:
    examine(page, where, TAGS)
    measure(page, where)
    for name, look in LOOKS.items():
        put_on(page, look)
        examine(page, f"{where}, {name}", SEEN)
        measure(page, f"{where}, {name}")
    put_on(page, PLAIN)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_every_state_is_accessible_in_every_look(
    new_context: Callable[..., BrowserContext], site: Site, gateway: StandIn, axe: str, locale: str
) -> None:
    site.attributes += " data-theme=system"
    site.head = "<style>:root{color-scheme:light dark}</style>"
    gateway.questionnaire = {"id": "q", "title": "Corner Café", "questions": QUESTIONS}
    gateway.locale = locale
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(site.base)
    card = page.locator("[data-tactful] .card")
    card.wait_for()
    page.evaluate(axe)
    for question in QUESTIONS:
        card.get_by_text(question["text"]).wait_for()
        measure(page, question["id"])
        card.locator(".go").click()
        expect(card.get_by_role("alert")).not_to_have_text("")
        examine_every_look(page, question["id"] + " with its error")
        if question["type"] == "text":
            card.get_by_role("textbox").fill("slow")
        else:
            card.locator("fieldset label").nth(1).click()
        if question["type"] in ("nps", "multi", "text"):
            examine_every_look(page, question["id"] + " answered")
        card.locator(".go").click()
    page.locator("[data-tactful] .end").wait_for()
    examine_every_look(page, "thanks")


def test_a_choice_stays_visible_in_forced_colours(
    new_context: Callable[..., BrowserContext], site: Site, gateway: StandIn
) -> None:
    page = new_context(forced_colors="active").new_page()
    page.goto(site.base)
    label = page.locator("[data-tactful] label", has_text="7")
    label.click()
    page.locator("[data-tactful] legend").click()
    style = "e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth] }"
    assert label.evaluate(style) == ["solid", "3px"]


def test_the_scale_wraps_into_two_rows_at_320_pixels(
    new_context: Callable[..., BrowserContext], site: Site, gateway: StandIn
) -> None:
    page = new_context(viewport={"width": 320, "height": 480}).new_page()
    page.goto(site.base)
    labels = page.locator("[data-tactful] .scale label")
    labels.first.wait_for()
    rows = labels.evaluate_all("all => new Set(all.map(e => e.getBoundingClientRect().top)).size")
    assert rows == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    card = page.locator("[data-tactful]").bounding_box()
    assert card is not None
    assert (card["x"], card["width"]) == (0, 320)


@pytest.mark.parametrize("title", ["", "About your set"])
@pytest.mark.parametrize("width", [900, 390])
def test_the_column_of_the_close_button_narrows_the_first_line_alone(
    gateway: StandIn, site: Site, page: Page, title: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    gateway.questionnaire = {"id": "q", "title": title, "questions": [NPS]}
    page.goto(site.base)
    page.locator("[data-tactful] .scale").wait_for()
    edges = """e => ["label:last-child", ".foot"].map(s => e.querySelector(s).getBoundingClientRect().right)"""
    last, foot = page.locator("[data-tactful] .card").evaluate(edges)
    assert round(last) == round(foot)
    text = """e => { const r = document.createRange(); r.selectNodeContents(e.querySelector(".title, .q"));
      return r.getBoundingClientRect().right <= e.querySelector(".x").getBoundingClientRect().left + 10 }"""
    assert page.locator("[data-tactful] .card").evaluate(text)
