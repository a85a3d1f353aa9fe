"""Persons in one browser: nobody sees or writes into what another one was asked, and nothing said is lost."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.widgets.standin import NPS, Site, StandIn, until

Opened = Callable[[], Locator]
OPEN = "localStorage.getItem('tactful.open')"


def token(person: str, expires: int = 1) -> str:
    """Make a token as `sign_person` does; the stand-in does not look at signatures."""
    parts = [{"alg": "HS256"}, {"sub": person, "exp": expires}]
    return ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"])


@pytest.fixture
def arrive(site: Site, page: Page, gateway: StandIn) -> Callable[..., Locator]:
    """Give a function that loads the page as a person (None: anonymous) and gives the place of the card."""
    gateway.questionnaire = {"id": "q", "questions": [NPS, {"id": "why", "type": "text", "text": "Why?"}]}

    def load(person: str | None, *, asks: bool = True, expires: int = 1) -> Locator:
        signed = f' data-person-token="{token(person, expires)}"' if person else ""
        site.attributes = f'data-key="pk_test"{signed}'
        site.script = "tactful.touchpoint('payment')" if asks else ""
        page.goto(site.base)
        page.wait_for_function("() => !tactful.q")
        return page.locator("[data-tactful] .card")

    return load


def score(card: Locator, value: str) -> None:
    card.locator("label", has_text=value).click()


@pytest.mark.parametrize(("first", "second"), [("u-1", "u-2"), ("u-1", None), (None, "u-2")])
def test_the_next_person_is_not_shown_what_the_one_before_was_asked(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator], first: str | None, second: str | None
) -> None:
    score(arrive(first), "3")
    until(page, lambda: gateway.calls("response"))
    arrive(second, asks=False)
    page.wait_for_timeout(800)
    assert page.locator("[data-tactful]").count() == 0
    assert page.evaluate(OPEN) is None
    assert gateway.answers == {"score": 3}


def test_a_renewed_token_of_the_same_person_keeps_the_answer_under_way(arrive: Callable[..., Locator]) -> None:
    score(arrive("ü-1", expires=1), "3")
    shown = arrive("ü-1", asks=False, expires=2)
    expect(shown.get_by_text("Why?")).to_be_visible()


def test_a_fresh_anonymous_id_is_another_person(page: Page, arrive: Callable[..., Locator]) -> None:
    score(arrive(None), "3")
    page.evaluate("localStorage.removeItem('tactful.id')")
    arrive(None, asks=False)
    page.wait_for_timeout(800)
    assert page.locator("[data-tactful]").count() == 0
    assert page.evaluate(OPEN) is None


def test_signing_in_as_somebody_else_closes_the_card_and_a_renewed_token_does_not(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    shown = arrive("u-1")
    score(shown, "3")
    page.evaluate("token => tactful.identify(token)", token("u-1", 2))
    page.wait_for_timeout(300)
    expect(shown).to_be_visible()
    page.evaluate("token => tactful.identify(token)", token("u-2"))
    expect(shown).to_have_count(0)
    assert page.evaluate(OPEN) is None
    until(page, lambda: gateway.answers == {"score": 3})
    assert "dismissed" not in gateway.events


def test_a_decision_that_comes_after_a_sign_in_is_not_shown_to_the_new_person(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    arrive("u-1", asks=False)
    page.evaluate("token => { tactful.touchpoint('payment'); tactful.identify(token) }", token("u-2"))
    until(page, lambda: gateway.calls("renderer"))
    page.wait_for_timeout(500)
    assert page.locator("[data-tactful]").count() == 0
    assert gateway.events == []


def test_an_unsent_final_answer_reaches_its_invitation_and_the_next_person_sees_nothing_of_it(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS]}
    shown = arrive("u-1")
    gateway.respond = [503] * 99
    score(shown, "9")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("You are offline.")).to_be_visible()
    gateway.respond = []
    arrive("u-2", asks=False)
    until(page, lambda: gateway.complete)
    assert gateway.answers == {"score": 9}
    assert page.locator("[data-tactful]").count() == 0
    until(page, lambda: page.evaluate(OPEN) is None)


def test_an_unsent_partial_answer_reaches_its_invitation_too(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    shown = arrive("u-1")
    gateway.respond = [503] * 99
    score(shown, "4")
    until(page, lambda: gateway.calls("response"))
    page.goto("about:blank")
    page.wait_for_timeout(200)
    gateway.respond = []
    arrive("u-2", asks=False)
    until(page, lambda: gateway.answers == {"score": 4})
    assert page.evaluate(OPEN) is None


def test_the_stored_state_holds_no_token_and_no_persons_id(page: Page, arrive: Callable[..., Locator]) -> None:
    score(arrive("ada@example.com"), "3")
    stored = page.evaluate(OPEN)
    assert token("ada@example.com") not in stored
    assert "ada@" not in stored


def test_what_the_pages_server_asked_is_not_taken_up_where_nobody_says_for_whom(
    page: Page, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    arrive(None, asks=False)
    page.evaluate("i => void tactful.render(i)", gateway.invitation())
    shown = page.locator("[data-tactful] .card")
    score(shown, "3")
    arrive(None, asks=False)
    page.wait_for_timeout(800)
    assert page.locator("[data-tactful]").count() == 0
    page.evaluate("i => void tactful.render(i)", gateway.invitation())
    expect(shown.get_by_text("Why?")).to_be_visible()


def test_an_answer_under_way_follows_the_page_into_another_language(
    site: Site, gateway: StandIn, arrive: Callable[..., Locator]
) -> None:
    score(arrive("u-1"), "3")
    site.html, gateway.locale = '<html lang="de">', "de"
    shown = arrive("u-1", asks=False)
    expect(shown.get_by_role("button", name="Zurück")).to_be_visible()
    assert gateway.asked_in == ["de"]
