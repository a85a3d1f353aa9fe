"""Answering: every question type by keyboard alone, branching, piping, and what the gateway is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.widgets.standin import NPS, Site, StandIn, until

Opened = Callable[[], Locator]
OPTIONS = [
    {"id": "food", "text": "The food"},
    {"id": "staff", "text": "The people"},
    {"id": "price", "text": "The price"},
]
CHOICE = {"id": "liked", "text": "What did you like?", "options": OPTIONS, "other": "Something else"}
WHY = {"id": "why", "type": "text", "text": "Why?", "long": True}


def ask(gateway: StandIn, *questions: dict[str, Any], **more: Any) -> None:
    gateway.questionnaire = {"id": "q", "questions": list(questions), **more}


def enter(page: Page, card: Locator) -> None:
    """Tab from the end of the host page into the card and past its close button."""
    page.locator("a").focus()
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Tab")


def final(gateway: StandIn, page: Page) -> dict[str, Any]:
    expect(page.locator("[data-tactful] .end")).to_be_visible()
    last = gateway.calls("response")[-1]
    assert last["complete"] is True
    answers: dict[str, Any] = last["answers"]
    return answers


@pytest.mark.parametrize(
    ("question", "keys", "answer"),
    [
        (NPS, ["Space", *["ArrowRight"] * 9], 9),
        (NPS, ["ArrowLeft"], 10),
        ({"id": "score", "type": "csat", "text": "How was it?"}, ["Space", "ArrowDown", "ArrowDown"], 3),
        ({"id": "score", "type": "csat", "style": "stars", "text": "How was it?"}, ["ArrowUp"], 5),
        ({"id": "score", "type": "csat", "style": "emoji", "text": "How was it?"}, ["ArrowRight"], 2),
        ({"id": "score", "type": "ces", "text": "It was easy."}, ["ArrowLeft", "ArrowRight"], 1),
        ({**CHOICE, "id": "score", "type": "single"}, ["Space", "ArrowDown"], "staff"),
        ({**CHOICE, "id": "score", "type": "multi"}, ["Space", "Tab", "Tab", "Space"], ["food", "price"]),
        ({"id": "score", "type": "text", "text": "Why?"}, ["H", "i"], "Hi"),
    ],
)
def test_every_question_type_is_answered_by_keyboard_alone(
    gateway: StandIn, page: Page, card: Opened, question: dict[str, Any], keys: list[str], answer: object
) -> None:
    ask(gateway, question)
    enter(page, card())
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert final(gateway, page) == {"score": answer}


def test_tab_leaves_a_scale_in_one_step_and_comes_back_to_the_checked_radio(
    page: Page, gateway: StandIn, card: Opened
) -> None:
    shown = card()
    enter(page, shown)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(shown.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(shown.get_by_role("radio", name="1", exact=True)).to_be_focused()
    expect(shown.get_by_role("radio", checked=True)).to_have_count(1)
    until(page, lambda: gateway.calls("response"))
    assert gateway.calls("response")[-1]["complete"] is False


def test_arrow_keys_never_send_or_advance(gateway: StandIn, page: Page, card: Opened) -> None:
    ask(gateway, NPS, WHY)
    shown = card()
    enter(page, shown)
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(shown.get_by_text(NPS["text"])).to_be_visible()
    assert gateway.calls("response") == []


def test_a_low_score_brings_up_its_question_and_a_high_one_does_not(gateway: StandIn, page: Page, card: Opened) -> None:
    low = {"kind": "test", "attribute": "score", "op": "at_most", "value": 6}
    ask(gateway, NPS, {**WHY, "if": low})
    shown = card()
    shown.locator("label", has_text="9").click()
    expect(shown.get_by_role("button", name="Send")).to_be_visible()
    shown.locator("label", has_text="3").click()
    shown.get_by_role("button", name="Next").click()
    shown.get_by_role("textbox").fill("slow")
    shown.get_by_role("button", name="Back").click()
    expect(shown.get_by_role("radio", name="3", exact=True)).to_be_checked()
    shown.locator("label", has_text="8").click()
    shown.get_by_role("button", name="Send").click()
    assert final(gateway, page) == {"score": 8}


def test_nothing_is_promised_that_an_answer_can_change(gateway: StandIn, card: Opened) -> None:
    low = {"kind": "test", "attribute": "score", "op": "at_most", "value": 6}
    ask(gateway, NPS, {**WHY, "if": low})
    shown = card()
    button = shown.locator(".go")
    expect(button).to_have_text("Next")
    shown.locator("label", has_text="3").click()
    expect(button).to_have_text("Next")
    button.click()
    expect(button).to_have_text("Send")
    expect(shown.get_by_text("/ 2")).to_have_count(0)


def test_steps_are_counted_where_nothing_branches(gateway: StandIn, card: Opened) -> None:
    ask(gateway, {**NPS, "required": False}, WHY)
    shown = card()
    expect(shown.get_by_text("1 / 2")).to_be_visible()
    shown.get_by_role("button", name="Next").click()
    expect(shown.get_by_text("2 / 2")).to_be_visible()


def test_something_else_without_a_word_is_no_answer(gateway: StandIn, page: Page, card: Opened) -> None:
    ask(gateway, {**CHOICE, "type": "single", "required": True})
    shown = card()
    shown.get_by_text("Something else").click()
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_role("alert")).to_have_text("Please answer this question.")
    expect(shown.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("the cat")
    expect(shown.get_by_role("alert")).to_have_text("")
    shown.get_by_role("button", name="Send").click()
    assert final(gateway, page) == {"liked": {"other": "the cat"}}


def test_something_else_without_a_word_is_left_out_of_the_choices(gateway: StandIn, page: Page, card: Opened) -> None:
    ask(gateway, {**CHOICE, "type": "multi"})
    shown = card()
    shown.get_by_text("Something else").click()
    shown.get_by_text("The food").click()
    shown.get_by_role("button", name="Send").click()
    assert final(gateway, page) == {"liked": ["food"]}


def test_what_was_said_is_piped_as_text(gateway: StandIn, page: Page, card: Opened) -> None:
    ask(
        gateway,
        {**CHOICE, "type": "single"},
        {**WHY, "text": "Why {{answers.liked}}, with your {{params.order.kind}}?"},
        ends=[{"title": "Thanks for {{answers.why}}"}],
    )
    gateway.params = {"order.kind": "<img src=x onerror=alert(1)>"}
    shown = card()
    shown.get_by_text("The food").click()
    shown.get_by_role("button", name="Next").click()
    expect(shown.get_by_text("Why The food, with your <img src=x onerror=alert(1)>?")).to_be_visible()
    shown.get_by_role("textbox").fill("<b>it</b>")
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_text("Thanks for <b>it</b>")).to_be_visible()
    assert page.locator("[data-tactful] img, [data-tactful] b").count() == 0


def test_a_required_question_says_so_and_takes_the_focus(page: Page, gateway: StandIn, card: Opened) -> None:
    shown = card()
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_role("alert")).to_have_text("Please answer this question.")
    expect(shown.get_by_role("radio").first).to_be_focused()
    shown.locator("label", has_text="7").click()
    expect(shown.get_by_role("alert")).to_have_text("")
    assert gateway.calls("response") == []


def test_none_of_these_excludes_all_others_whichever_came_last(gateway: StandIn, page: Page, card: Opened) -> None:
    ask(gateway, {**CHOICE, "type": "multi", "none": "None of these"})
    shown = card()
    shown.get_by_text("The food").click()
    shown.get_by_text("None of these").click()
    expect(shown.get_by_label("The food")).not_to_be_checked()
    shown.get_by_text("The price").click()
    expect(shown.get_by_label("None of these")).not_to_be_checked()
    shown.get_by_text("Something else").click()
    page.keyboard.type("the cat")
    shown.get_by_role("button", name="Send").click()
    assert final(gateway, page) == {"liked": ["price", {"other": "the cat"}]}


@pytest.mark.parametrize(
    ("limits", "picked", "text"),
    [
        ({"min": 2, "max": 2}, 1, "Please choose 2."),
        ({"min": 2, "max": 3}, 1, "Please choose 2–3."),
        ({"min": 2}, 1, "Please choose at least 2."),
        ({"max": 2}, 3, "Please choose at most 2."),
    ],
)
def test_too_few_and_too_many_choices_are_named(
    gateway: StandIn, card: Opened, limits: dict[str, int], picked: int, text: str
) -> None:
    ask(gateway, {**CHOICE, "type": "multi", **limits})
    shown = card()
    for option in OPTIONS[:picked]:
        shown.get_by_text(option["text"]).click()
    shown.get_by_role("button", name="Send").click()
    expect(shown.get_by_role("alert")).to_have_text(text)


def test_an_invitation_without_words_is_asked_in_english(gateway: StandIn, page: Page, card: Opened) -> None:
    gateway.locale, gateway.with_words = "ar", False
    expect(card().get_by_role("button", name="Send")).to_be_visible()
    assert page.locator("[data-tactful]").get_attribute("dir") == "rtl"


def test_a_type_that_this_renderer_does_not_know_shows_nothing(gateway: StandIn, site: Site, page: Page) -> None:
    ask(gateway, NPS, {"id": "x", "type": "hologram", "text": "?"})
    with page.expect_response("**/renderer.js"):
        page.goto(site.base)
    page.wait_for_timeout(400)
    assert page.locator("[data-tactful]").count() == 0
    assert gateway.events == []
