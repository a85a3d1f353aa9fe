"""The widget and the hosted page against the real gateway: what is shown, what is saved, and what a link may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.widgets.standin import Site

SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints:
  payment: {params: {order.kind: string}}
  menu-page: {web: {url: "/menu*", on: dwell 1s}}
  leaving: {}
rules:
  everybody: {at: [payment, menu-page], ask: how}
  leavers: {at: leaving, ask: which}
questionnaires:
  how:
    title: {en: Corner Café, zh-CN: 街角咖啡}
    questions:
      - {id: score, type: csat, style: emoji, required: true, text: {en: How was paying today?, zh-CN: 支付体验如何?}}
      - {id: why, type: text, text: {en: What went wrong?, zh-CN: 哪里不好?}, if: {score: {at_most: 2}}}
    ends:
      - {title: {en: We are sorry}, if: {score: {at_most: 2}}}
  which:
    questions:
      - id: liked
        type: multi
        min: 2
        required: true
        text: {de: Was war gut?, ar: ما الذي أعجبك؟, pt-BR: Do que você gostou?}
        options: {food: {de: Essen, ar: الطعام, pt-BR: Comida}, staff: {de: Personal, ar: الموظفون, pt-BR: Equipe}}
      - {id: why, type: text, text: {de: Warum?, ar: لماذا؟, pt-BR: Por quê?}}
channels:
  web: {kind: widget}
"""
WORDS = [
    ("de-AT", ["Bitte beantworten Sie diese Frage.", "Bitte wählen Sie mindestens 2 aus.", "Weiter", "Vielen Dank!"]),
    ("ar", ["يرجى الإجابة عن هذا السؤال.", "يرجى اختيار 2 على الأقل.", "التالي", "شكرًا لك!"]),
    ("pt-BR", ["Responda a esta pergunta.", "Escolha pelo menos 2.", "Avançar", "Obrigado!"]),
]
"""Locales, and what the widget says when nothing or too little is chosen, on its button, and at the end."""


@pytest.fixture
def real(running_gateway: Callable[..., Any], site: Site) -> Iterator[Any]:
    """Give the gateway, with the host page set to talk to it."""
    gateway = running_gateway(SURVEY, origin=site.base, db="memory:")
    before, site.gateway = site.gateway, gateway.url
    site.attributes = f'data-key="{gateway.keys["pk"]}"'
    yield gateway
    site.gateway = before


@pytest.fixture
def invited(real: Any) -> Callable[..., dict[str, Any]]:
    """Give a function that decides an ask through the server's key and gives the invitation."""

    def invite(person: str = "u-1", locale: str = "en") -> dict[str, Any]:
        reply = httpx.post(
            f"{real.url}/v1/touchpoints",
            headers={"authorization": f"Bearer {real.keys['sk']}"},
            json={"touchpoint": "payment", "person": person, "locale": locale},
        )
        invitation: dict[str, Any] = reply.json()["invitation"]
        return invitation

    return invite


def statuses(real: Any, person: str = "u-1") -> tuple[list[str], list[str]]:
    """Give what is open of a person, and the kinds of what has happened."""
    headers = {"authorization": f"Bearer {real.keys['ak']}"}
    state = httpx.post(f"{real.url}/v1/explain", headers=headers, json={"person": person}).json()["state"]
    return [one["status"] for one in state["open"]], [past["kind"] for past in state["history"]]


def answers(real: Any, invitation: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    shown = httpx.get(f"{real.url}/v1/invitations/{invitation['token']}").json()
    return shown["answers"], shown["complete"]


def test_a_touchpoint_in_the_page_is_answered_and_then_left_alone(real: Any, site: Site, page: Page) -> None:
    page.goto(site.base)
    card = page.locator("[data-tactful] .card")
    card.locator("fieldset label").nth(1).click()
    card.get_by_role("button", name="Next").click()
    card.get_by_role("textbox").fill("slow")
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_text("We are sorry")).to_be_visible()
    decision = page.evaluate("tactful.touchpoint('payment')")
    assert decision["reason"] in {"paused", "capped"}


@pytest.mark.parametrize(("locale", "words"), WORDS, ids=[locale for locale, _ in WORDS])
def test_the_widget_speaks_the_invitations_language(
    real: Any, site: Site, page: Page, locale: str, words: list[str]
) -> None:
    required, too_few, onward, thanks = words
    site.script, site.html = "tactful.touchpoint('leaving')", f'<html lang="{locale}">'
    page.goto(site.base)
    card = page.locator("[data-tactful] .card")
    for options, text in ((0, required), (1, too_few)):
        for option in range(options):
            card.locator("fieldset label").nth(option).click()
        card.get_by_role("button", name=onward).click()
        expect(card.get_by_role("alert")).to_have_text(text)
    card.locator("fieldset label").nth(1).click()
    card.get_by_role("button", name=onward).click()
    card.locator(".go").click()
    expect(card.get_by_text(thanks)).to_be_visible()
    assert page.locator("[data-tactful]").get_attribute("dir") == ("rtl" if locale == "ar" else "ltr")


def test_a_declared_trigger_asks_by_itself(real: Any, site: Site, page: Page) -> None:
    site.script = ""
    page.goto(f"{site.base}/menu")
    expect(page.locator("[data-tactful] .card").get_by_text("How was paying today?")).to_be_visible()


def test_the_hosted_page_is_enhanced_in_place(
    real: Any, invited: Callable[..., dict[str, Any]], new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    invitation = invited(locale="zh-CN")
    page.goto(f"{real.url}/i/{invitation['token']}")
    card = page.locator("[data-tactful] .card")
    card.locator("fieldset label").nth(4).click()
    card.get_by_role("button", name="提交").click()
    expect(card.get_by_text("谢谢您！")).to_be_visible()
    assert answers(real, invitation) == ({"score": 5}, True)
    assert page.evaluate("window.violations") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.reload()
    expect(page.get_by_role("heading", name="谢谢您！")).to_be_visible()


def test_the_ring_around_the_first_answer_is_not_cut_off(
    real: Any, invited: Callable[..., dict[str, Any]], page: Page
) -> None:
    """On the hosted page the card has no padding, and scrolled by itself: at its edge the ring was clipped."""
    page.goto(f"{real.url}/i/{invited()['token']}")
    card = page.locator(".card.bare")
    expect(card.locator("fieldset label").first).to_be_visible()
    assert card.evaluate("(it) => [it.getBoundingClientRect().left, getComputedStyle(it).overflow]") == [
        card.locator("fieldset label").first.bounding_box()["x"],  # type: ignore[index]
        "visible",
    ]


def test_who_sees_the_hosted_page_has_been_asked(real: Any, invited: Callable[..., dict[str, Any]], page: Page) -> None:
    url = f"{real.url}/i/{invited()['token']}"
    assert httpx.get(url).status_code == 200
    assert statuses(real) == (["held"], [])
    taken: list[Any] = []
    page.on("requestfinished", lambda request: taken.append(request.post_data_json))
    page.goto(url)
    page.locator("[data-tactful] .card").wait_for()
    page.wait_for_load_state("networkidle")
    assert {"type": "opened"} in taken, "a fallback of it must not go out"
    assert statuses(real) == (["displayed"], ["asked"])


def test_the_hosted_page_works_without_javascript(
    real: Any, invited: Callable[..., dict[str, Any]], new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    invitation = invited()
    page.goto(f"{real.url}/i/{invitation['token']}")
    assert [it.aria_snapshot() for it in page.get_by_role("radio").all()] == [
        f'- radio "{face} {value}"' for value, face in enumerate("😞😕😐😊😃", 1)
    ]
    page.get_by_role("radio", name="😕 2").check()
    page.get_by_label("What went wrong?").fill("slow")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="We are sorry")).to_be_visible()
    assert answers(real, invitation) == ({"score": 2, "why": "slow"}, True)


def test_a_form_filled_in_wrongly_comes_back_with_what_was_said(
    real: Any, invited: Callable[..., dict[str, Any]], page: Page
) -> None:
    invitation = invited()
    reply = httpx.post(f"{real.url}/i/{invitation['token']}", data={"answers.why": "kept"}, headers={"origin": "null"})
    assert reply.status_code == 422
    assert "Please answer this question." in reply.text
    assert "kept" in reply.text
    assert answers(real, invitation) == ({}, False)


def test_looking_at_a_link_changes_nothing_and_opting_out_takes_a_button(
    real: Any, invited: Callable[..., dict[str, Any]], page: Page
) -> None:
    invitation = invited()
    for path in ("", "/opt-out"):
        assert httpx.get(f"{real.url}/i/{invitation['token']}{path}").status_code == 200
    assert answers(real, invitation) == ({}, False)
    page.goto(f"{real.url}/i/{invitation['token']}")
    page.get_by_role("link", name="No more surveys").click()
    page.get_by_role("button", name="Yes, no more surveys").click()
    expect(page.get_by_text("We will not ask you again.")).to_be_visible()


def test_the_hosted_page_is_accessible(
    real: Any, invited: Callable[..., dict[str, Any]], new_context: Callable[..., BrowserContext], axe: str
) -> None:
    invitation = invited()
    page = new_context(reduced_motion="reduce", bypass_csp=True).new_page()
    for path, there in (("", "[data-tactful] .card"), ("/opt-out", "button"), ("x", "h1")):
        page.goto(f"{real.url}/i/{invitation['token']}{path}")
        page.locator(there).wait_for()
        page.evaluate(axe)
        for look in ("light", "dark"):
            page.emulate_media(color_scheme=look)
            rules = "{runOnly: ['wcag2a','wcag2aa','wcag21aa','wcag22aa'], resultTypes: ['violations']}"
            found = page.evaluate(f"axe.run(document, {rules})")
            assert [rule["id"] for rule in found["violations"]] == [], (look, path)
