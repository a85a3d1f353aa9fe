"""The café's whole story in a real browser: order, pay, answer by keyboard, and be left in peace."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.acceptance.shop.demo import Demo
from tests.acceptance.shop.guest import Guest

Keep = Callable[[Page, str], None]


def _newest(demo: Demo, before: int) -> dict[str, object]:
    return demo.wait_for_answers(before + 1)[-1]


def _answers_the_set(guest: Guest) -> None:
    """Give a nine, then the taste, then send; no mouse."""
    guest.expect_question("Would you recommend our sets to a friend?")
    guest.tabs_to(type="radio")
    guest.presses(*["ArrowRight"] * 9)
    assert guest.focused()["name"] == "9"
    guest.tabs_to(name="Next")
    guest.presses("Enter")
    guest.expect_question("What did you like best?")
    guest.tabs_to(type="radio")
    guest.presses("Space")
    guest.tabs_to(name="Send")
    guest.presses("Enter")


def test_a_set_is_asked_about_and_answered_by_keyboard_alone(demo: Demo, page: Page, keep_picture: Keep):
    before = len(demo.answers())
    guest = Guest(page, demo.url)
    keep_picture(page, "1-open")
    decision = guest.pays_for("morning-set")
    assert (decision["reason"], decision["rule"], decision["questionnaire"]) == ("asked", "combo-meal", "combo-nps")
    keep_picture(page, "2-asked")
    _answers_the_set(guest)
    event = _newest(demo, before)
    assert event["type"] == "tactful.response.completed"
    assert event["data"]["answers"] == {"recommend": 9, "best": "taste"}
    assert event["data"]["params"] == {"order.kind": "combo", "order.amount": 42, "order.items": 3}
    expect(page.locator("#reason")).to_contain_text("Thank you")
    panel = page.locator("#feed .answer").first
    expect(panel).to_contain_text("Answered combo-nps")
    expect(panel).to_contain_text("The taste")
    keep_picture(page, "3-answered")


def test_paying_again_asks_nothing_and_the_footer_says_until_when(demo: Demo, page: Page, keep_picture: Keep):
    guest = Guest(page, demo.url)
    before = len(demo.answers())
    guest.pays_for("noodle-set")
    _answers_the_set(guest)
    _newest(demo, before)
    expect(page.locator("#reason")).to_contain_text("Thank you")
    again = guest.pays_for("noodle-set")
    assert (again["ask"], again["reason"]) == (False, "paused")
    year = again["until"][:4]
    expect(page.locator("#reason")).to_have_text(re.compile(rf"paused.* until \w+ \d+, {year} at \d+:\d\d"))
    expect(page.locator("#feed .decision").first).to_contain_text("Not asked: paused")
    keep_picture(page, "4-paused")


def test_a_new_guest_with_a_single_dish_gets_another_questionnaire(demo: Demo, page: Page, keep_picture: Keep):
    guest = Guest(page, demo.url)
    guest.pays_for("morning-set")
    guest.expect_question("Would you recommend our sets to a friend?")
    with page.expect_navigation():
        page.click("#new-guest")
    someone_else = Guest(page, demo.url)
    decision = someone_else.pays_for("croissant")
    assert (decision["rule"], decision["questionnaire"]) == ("any-payment", "payment-csat")
    someone_else.expect_question("How was paying today?")
    keep_picture(page, "5-single-dish")


def test_a_new_guest_sees_nothing_of_an_answer_under_way(demo: Demo, page: Page):
    guest = Guest(page, demo.url)
    guest.pays_for("morning-set")
    guest.expect_question("Would you recommend our sets to a friend?")
    guest.tabs_to(type="radio")
    guest.presses("Space", "ArrowRight")
    with page.expect_navigation():
        page.click("#new-guest")
    page.wait_for_timeout(800)
    expect(page.locator("[data-tactful]")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('tactful.open')") is None


def test_an_answer_under_way_follows_the_guest_into_the_other_language(demo: Demo, page: Page):
    guest = Guest(page, demo.url)
    guest.pays_for("croissant")
    guest.expect_question("How was paying today?")
    guest.tabs_to(type="radio")
    guest.presses("Space", "ArrowRight")
    page.click(".languages [data-lang=zh-CN]")
    expect(page.get_by_role("textbox", name="哪里不好？")).to_be_visible()


def test_the_footer_no_longer_speaks_of_a_question_that_was_closed(demo: Demo, page: Page):
    guest = Guest(page, demo.url)
    guest.pays_for("croissant")
    guest.expect_question("How was paying today?")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#reason")).to_contain_text("You closed the question.")


def test_a_low_score_brings_the_follow_up_question(demo: Demo, page: Page, keep_picture: Keep):
    before = len(demo.answers())
    guest = Guest(page, demo.url)
    guest.pays_for("jasmine-tea", "croissant")
    guest.expect_question("How was paying today?")
    guest.tabs_to(type="radio")
    guest.presses("Space", "ArrowRight")
    guest.tabs_to(name="Next")
    guest.presses("Enter")
    guest.tabs_to(tag="TEXTAREA")
    page.keyboard.type("The card reader was asleep.")
    keep_picture(page, "6-follow-up")
    guest.tabs_to(name="Send")
    guest.presses("Enter")
    assert _newest(demo, before)["data"]["answers"] == {"score": 2, "why": "The card reader was asleep."}
    expect(page.get_by_text("We are sorry.")).to_be_visible()
    expect(page.locator("#feed .answer").first).to_contain_text("The card reader was asleep.")


def test_the_server_can_ask_through_the_sdk_and_the_page_shows_it(demo: Demo, page: Page):
    before = len(demo.answers())
    guest = Guest(page, demo.url)
    decision = guest.pays_for("morning-set", asker="server")
    assert (decision["reason"], decision["questionnaire"]) == ("asked", "combo-nps")
    _answers_the_set(guest)
    assert _newest(demo, before)["data"]["answers"] == {"recommend": 9, "best": "taste"}
    assert guest.pays_for("flat-white", asker="page")["reason"] == "paused"


def test_the_page_speaks_chinese_and_so_does_the_question(demo: Demo, page: Page, keep_picture: Keep):
    guest = Guest(page, demo.url, language="zh-CN")
    guest.pays_for("dumplings")
    guest.expect_question("您对本次支付体验满意吗？")
    assert "any-payment" in guest.reason
    keep_picture(page, "7-chinese")


def test_the_hosted_page_takes_the_answer_too(demo: Demo, page: Page, context: BrowserContext, keep_picture: Keep):
    before = len(demo.answers())
    guest = Guest(page, demo.url)
    decision = guest.pays_for("dumplings")
    hosted = context.new_page()
    hosted.goto(decision["invitation"]["url"])
    keep_picture(hosted, "8-hosted")
    expect(hosted.get_by_role("radiogroup", name="How was paying today?")).to_be_visible()
    hosted.get_by_role("radio").nth(4).check(force=True)
    hosted.get_by_role("button", name=re.compile("Send|Next")).click()
    assert _newest(demo, before)["data"]["answers"] == {"score": 5}
    hosted.reload()
    expect(hosted.get_by_text("Thank you")).to_be_visible()


def test_on_a_phone_the_question_is_a_sheet_over_the_whole_width(demo: Demo, page: Page, keep_picture: Keep):
    """Found by looking: the café's `data-position` once pushed the sheet out of a phone's screen."""
    page.set_viewport_size({"width": 390, "height": 844})
    guest = Guest(page, demo.url)
    guest.pays_for("croissant")
    guest.expect_question("How was paying today?")
    box = page.get_by_role("dialog", name="How was paying today?").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    keep_picture(page, "9-phone")
