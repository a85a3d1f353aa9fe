"""Isolation: under the strictest policies, on hostile pages, and without leaving anything behind."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.widgets.standin import NPS, Site, StandIn

Opened = Callable[[], Locator]
NONCE = "cjRuZDBt"
COMMON = "style-src 'none'; img-src 'none'; font-src 'none'; object-src 'none'; base-uri 'none'"
TRUSTED = "require-trusted-types-for 'script'; trusted-types 'none'"


@pytest.mark.parametrize(
    "script",
    ["{gateway} 'nonce-{nonce}'", "'nonce-{nonce}'", "'nonce-{nonce}' 'strict-dynamic'"],
    ids=["host", "nonce", "strict-dynamic"],
)
def test_it_works_under_the_documented_policy(
    gateway: StandIn, site: Site, page: Page, card: Opened, script: str
) -> None:
    allowed = script.format(gateway=site.gateway, nonce=NONCE)
    site.nonce = NONCE
    site.headers = {
        "content-security-policy": f"default-src 'none'; script-src {allowed}; connect-src {site.gateway}; "
        f"{COMMON}; {TRUSTED}"
    }
    gateway.questionnaire = {"id": "q", "questions": [NPS, {"id": "why", "type": "text", "text": "Why?"}]}
    shown = card()
    assert shown.bounding_box()["width"] == 400  # type: ignore[index]  # it is on the screen, so it has a box
    shown.locator("label", has_text="9").click()
    shown.get_by_role("button", name="Next").click()
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    assert page.evaluate("window.violations") is None


def test_hostile_styles_change_nothing(site: Site, page: Page, card: Opened) -> None:
    site.head = (
        "<style>html{font-size:62.5%}body{font:40px/3 serif;letter-spacing:.5em;color:red;text-transform:uppercase}"
        "div{display:none!important}*{border:9px solid red;color:red!important}label,input,button{display:none}</style>"
    )
    shown = card()
    box = shown.bounding_box()
    assert box is not None
    assert box["width"] == 400
    style = "e => { const s = getComputedStyle(e); return [s.fontSize, s.letterSpacing, s.textTransform, s.color] }"
    assert shown.locator("legend").evaluate(style) == ["16.96px", "normal", "none", "rgb(26, 32, 48)"]


def test_nothing_leaks_into_the_page(page: Page, site: Site, card: Opened) -> None:
    site.script = ""
    page.goto(site.base)
    facts = (
        "[document.styleSheets.length, document.adoptedStyleSheets.length,"
        "JSON.stringify(document.querySelector('h1').getBoundingClientRect())]"
    )
    before = page.evaluate(facts)
    names = page.evaluate("Object.keys(window).length")
    page.evaluate("tactful.touchpoint('payment')")
    page.locator("[data-tactful] .card").wait_for()
    assert page.evaluate(facts) == before
    assert page.evaluate("Object.keys(window).length") == names
    assert page.locator("[data-tactful]").evaluate("e => e.outerHTML.includes('style=')") is False
    assert page.locator("[data-tactful] [style]").count() == 0


@pytest.mark.parametrize("placed", ["before", "after"])
def test_the_loader_has_no_names_in_common_with_the_page(site: Site, page: Page, card: Opened, placed: str) -> None:
    letters = "abcdefghijklmnopqrsuvwxyz"
    theirs = "window.t = 't'; let " + ",".join(f"{letter} = '{letter}'" for letter in letters)
    names = "Object.getOwnPropertyNames(window)"
    site.head = f"<script>window.known = {names}.concat('known', 't');{theirs if placed == 'before' else ''}</script>"
    card()
    if placed == "after":
        page.add_script_tag(content=theirs)
    assert page.evaluate(f"{names}.filter(name => !known.includes(name))") == ["tactful"]
    assert page.evaluate(f"[t, {','.join(letters)}].join('')") == "t" + letters


def test_hot_keys_of_the_page_do_not_hear_what_is_typed(gateway: StandIn, site: Site, page: Page, card: Opened) -> None:
    gateway.questionnaire = {"id": "q", "questions": [{"id": "why", "type": "text", "text": "Why?"}]}
    site.body += (
        "<script>for (const t of ['keydown','keyup','keypress'])"
        "document.addEventListener(t, () => window.heard = t)</script>"
    )
    card().get_by_role("textbox").focus()
    page.keyboard.type("sn?/")
    page.keyboard.press("Escape")
    assert page.evaluate("window.heard") is None


@pytest.mark.parametrize(
    ("attributes", "before"), [("", 0), (" data-storage=session", 0), (" data-storage=none", None)]
)
def test_nothing_is_stored_before_something_is_displayed(
    gateway: StandIn, site: Site, page: Page, attributes: str, before: int | None
) -> None:
    site.attributes += attributes
    gateway.ask = False
    with page.expect_response("**/v1/touchpoints*"):
        page.goto(site.base)
    page.wait_for_timeout(100)
    count = "localStorage.length + sessionStorage.length"
    assert page.evaluate(count) == 0
    assert gateway.calls("touchpoint")
    assert gateway.calls("renderer") == []
    gateway.ask = True
    page.reload()
    page.locator("[data-tactful] .card").wait_for()
    page.wait_for_timeout(100)
    assert page.evaluate(count) == (0 if before is None else 1)
    assert page.context.cookies() == []


def test_the_anonymous_id_stays_the_same_once_kept(gateway: StandIn, page: Page, card: Opened) -> None:
    card()
    page.reload()
    page.locator("[data-tactful] .card").wait_for()
    first, second = gateway.calls("touchpoint")
    assert first["anonymous_id"] == second["anonymous_id"]
    assert first["event_id"] != second["event_id"]


def test_with_consent_required_nothing_is_kept_until_it_is_given(
    gateway: StandIn, site: Site, page: Page, card: Opened
) -> None:
    site.attributes += " data-consent=required"
    shown = card()
    shown.locator("label", has_text="9").click()
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("tactful.consent(true)")
    shown.locator("label", has_text="8").click()
    assert page.evaluate("Object.keys(localStorage).sort()") == ["tactful.id", "tactful.open"]
    page.evaluate("tactful.consent(false)")
    assert page.evaluate("localStorage.length") == 0


def test_global_privacy_control_means_no_storage(page: Page, card: Opened) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    card().locator("label", has_text="9").click()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_sandboxed_frame_without_storage_is_enough(gateway: StandIn, site: Site, page: Page) -> None:
    page.goto(f"{site.gateway}/livez")
    page.set_content(f'<iframe sandbox="allow-scripts" width=600 height=500 src="{site.base}"></iframe>')
    shown = page.frame_locator("iframe").locator("[data-tactful] .card")
    shown.locator("label", has_text="9").click()
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    assert gateway.answers == {"score": 9}


def test_it_talks_to_nobody_but_the_gateway(
    gateway: StandIn, site: Site, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    origins: set[str] = set()
    page.on("request", lambda request: origins.add("{0.scheme}://{0.netloc}".format(urlsplit(request.url))))
    page.goto(site.base)
    page.locator("[data-tactful] label", has_text="9").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert origins == {site.base, site.gateway}


def test_query_strings_stay_in_the_page_unless_it_says_otherwise(gateway: StandIn, site: Site, page: Page) -> None:
    site.attributes += ' data-person-token="e.y.J"'
    page.goto(f"{site.base}/reset?token=secret#more")
    page.locator("[data-tactful] .card").wait_for()
    (call,) = gateway.calls("touchpoint")
    assert "secret" not in str(call)
    assert call["page"]["url"] == f"{site.base}/reset"
    assert call["identity"] == "e.y.J"
    assert "anonymous_id" not in call
    assert call["timezone"]
    assert call["locale"] == "en"


def test_a_blocked_gateway_makes_no_noise(site: Site, page: Page) -> None:
    page.route("**/v1/**", lambda route: route.abort())
    page.goto(site.base)
    decision = page.evaluate("tactful.touchpoint('payment')")
    assert decision["reason"] == "unavailable"
    assert page.evaluate("tactful.touchpoint('payment', (() => { const a = {}; a.a = a; return a })())")["ask"] is False
