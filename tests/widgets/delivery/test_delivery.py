"""Bringing answers home: partial ones, navigation and reload, offline, retries, and never the same one twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.widgets.standin import NPS, Site, StandIn, until

Opened = Callable[[], Locator]
WHY = {"id": "why", "type": "text", "text": "Why?"}
CHOOSE_IN_TURN = """async (card) => {
  for (const score of ["3", "5", "8"]) {
    [...card.querySelectorAll("label")].find((label) => label.textContent.includes(score)).click();
    await new Promise((done) => setTimeout(done, 500));
  }
}"""


@pytest.fixture(autouse=True)
def _two_questions(gateway: StandIn) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS, WHY]}


def choose(card: Locator, score: str) -> None:
    card.locator("label", has_text=score).click()


def choose_and_save(gateway: StandIn, page: Page, card: Locator, score: str) -> None:
    """Choose and leave the question, which saves at once."""
    choose(card, score)
    page.locator("h1").click()
    until(page, lambda: gateway.calls("response"))


def test_answers_travel_as_plain_text_without_credentials_or_preflight(
    gateway: StandIn, page: Page, card: Opened
) -> None:
    choose(card(), "9")
    until(page, lambda: gateway.calls("response"))
    for kind, _, headers in gateway.seen:
        if kind != "renderer":
            assert headers["content-type"].startswith("text/plain")
            assert "cookie" not in headers


def test_a_partial_answer_waits_for_a_second_of_rest(gateway: StandIn, page: Page, card: Opened) -> None:
    # By the page's own timers: a machine that stops the browser between two clicks of ours would let it rest.
    card().evaluate(CHOOSE_IN_TURN)
    until(page, lambda: gateway.calls("response"))
    assert gateway.calls("response") == [{"answers": {"score": 8}, "complete": False, "rev": 3}]


@pytest.mark.parametrize("leave", ["navigate", "close"])
def test_a_partial_answer_arrives_when_the_page_is_left(
    gateway: StandIn, page: Page, card: Opened, site: Site, leave: str
) -> None:
    other = page.context.new_page()
    choose(card(), "6")
    if leave == "navigate":
        page.goto(f"{site.gateway}/livez")
    else:
        page.close(run_before_unload=False)
    until(other, lambda: gateway.calls("response"))
    assert gateway.calls("response")[0]["answers"] == {"score": 6}


def test_an_answer_under_way_goes_on_after_a_reload(gateway: StandIn, page: Page, card: Opened, site: Site) -> None:
    shown = card()
    choose(shown, "6")
    shown.get_by_role("button", name="Next").click()
    site.script = ""
    page.reload()
    shown = page.locator("[data-tactful] .card")
    shown.get_by_role("textbox").fill("slow")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    assert gateway.answers == {"score": 6, "why": "slow"}
    assert gateway.events == ["displayed"]
    assert page.evaluate("localStorage.getItem('tactful.open')") is None


def test_without_storage_the_gateway_says_what_was_answered(gateway: StandIn, site: Site, card: Opened) -> None:
    site.attributes += " data-storage=none"
    gateway.again, gateway.answers, gateway.rev = True, {"score": 4}, 7
    shown = card()
    expect(shown.get_by_text("Why?")).to_be_visible()
    shown.get_by_role("textbox").fill("slow")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    assert gateway.answers == {"score": 4, "why": "slow"}
    assert gateway.rev > 7


def test_offline_answers_arrive_once_when_the_network_is_back(gateway: StandIn, page: Page, card: Opened) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS]}
    shown = card()
    until(page, lambda: gateway.events)
    page.context.set_offline(True)
    choose(shown, "9")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("You are offline.")).to_be_visible()
    page.context.set_offline(False)
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    assert [call["complete"] for call in gateway.calls("response")].count(True) == 1


def test_a_final_answer_that_was_not_sent_is_sent_by_the_next_page(
    gateway: StandIn, site: Site, page: Page, card: Opened
) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS]}
    shown = card()
    choose_and_save(gateway, page, shown, "9")
    gateway.respond = [503] * 2
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("You are offline.")).to_be_visible()
    gateway.respond, site.script = [], ""
    page.goto(f"{site.base}/other")
    until(page, lambda: gateway.complete)
    assert page.locator("[data-tactful]").count() == 0


@pytest.mark.parametrize("status", [503, 429, 401])
def test_a_final_answer_is_tried_again_after_a_passing_failure(gateway: StandIn, card: Opened, status: int) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS]}
    gateway.respond = [status, status]
    shown = card()
    choose(shown, "9")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thank you!")).to_be_visible()
    revs = [call["rev"] for call in gateway.calls("response") if call["complete"]]
    assert len(set(revs)) == 1


@pytest.mark.parametrize(("status", "text"), [(409, "Thank you!"), (410, "This survey has closed.")])
def test_a_refusal_for_good_ends_the_survey(gateway: StandIn, page: Page, card: Opened, status: int, text: str) -> None:
    gateway.questionnaire = {"id": "q", "questions": [NPS]}
    shown = card()
    choose_and_save(gateway, page, shown, "9")
    gateway.respond = [status]
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text(text)).to_be_visible()
    page.wait_for_timeout(1200)  # a second try would come within one second
    assert len(gateway.calls("response")) == 2


def test_the_same_answer_is_never_sent_twice(gateway: StandIn, page: Page, card: Opened) -> None:
    shown = card()
    choose_and_save(gateway, page, shown, "9")
    choose(shown, "8")
    choose(shown, "9")
    shown.locator("legend").click()
    page.wait_for_timeout(1200)
    shown.get_by_role("button", name="Next").click()
    shown.get_by_role("button", name="Back").click()
    page.wait_for_timeout(1300)
    sent = [call["answers"] for call in gateway.calls("response")]
    assert all(before != after for before, after in pairwise(sent)), sent


def test_an_invitation_that_was_closed_meanwhile_hides_quietly(gateway: StandIn, site: Site, page: Page) -> None:
    gateway.event_status = 409
    page.goto(site.base)
    until(page, lambda: gateway.events == ["displayed"])
    expect(page.locator("[data-tactful]")).to_have_count(0)


def test_closing_says_dismissed_after_what_was_answered(gateway: StandIn, page: Page, card: Opened) -> None:
    shown = card()
    choose(shown, "2")
    shown.get_by_role("button", name="Close").click()
    until(page, lambda: "dismissed" in gateway.events)
    order = [kind for kind, body, _ in gateway.seen if kind == "response" or body.get("type") == "dismissed"]
    assert order == ["response", "event"]
    assert page.locator("[data-tactful]").count() == 0


def test_the_page_closing_the_card_is_no_refusal(gateway: StandIn, page: Page, card: Opened) -> None:
    card()
    page.evaluate("tactful.close()")
    expect(page.locator("[data-tactful]")).to_have_count(0)
    until(page, lambda: gateway.events)
    page.wait_for_timeout(300)
    assert gateway.events == ["displayed"]


def test_it_survives_the_back_forward_cache(
    gateway: StandIn, new_context: Callable[..., BrowserContext], site: Site
) -> None:
    page = new_context().new_page()
    page.goto(site.base)
    page.locator("[data-tactful] .card").wait_for()
    page.goto(f"{site.base}/other")
    page.go_back()
    shown = page.locator("[data-tactful] .card")
    choose(shown, "9")
    until(page, lambda: gateway.answers == {"score": 9})
