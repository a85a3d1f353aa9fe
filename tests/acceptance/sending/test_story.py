"""Paid at 22:10 in Shanghai: asked by mail at eight, unless the page asked before; never twice, always polite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.eventually import eventually
from tests.gateway.couriers.stage import MailServer, Provider, link_in

SURVEY = """
settings: {timezone: UTC, locale: en}
touchpoints: {payment: {}, visit: {}}
rules:
  paid: {at: [payment, visit], ask: csat, channels: [web, {sms: after 1h}, email]}
questionnaires:
  csat:
    title: Your payment
    questions: [{id: score, type: csat, required: true, text: How was paying?}]
channels:
  web: {kind: widget}
  email: {kind: email, url: "${MAIL}", from: Shop <shop@example.com>}
  sms: {kind: http, url: "${SMS}", json: {to: "{{address}}", text: "{{url}}"}, allow_private: true}
do_not_disturb:
  pauses: [{after: asked, for: 7d}]
  quiet_hours: [{from: "21:00", to: "08:00", on: [email], then: wait}]
"""
ADDRESS = "guest@example.com"
Opened = Callable[[str, str], Any]


def test_who_pays_at_ten_at_night_is_asked_by_mail_at_eight(open_shop: Opened, mail: MailServer, page: Page) -> None:
    shop = open_shop(SURVEY, "2026-03-02T22:10:00+08:00")
    decision = shop.paid("guest", "order-1", email=ADDRESS)
    assert (decision["ask"], decision["reason"], decision["channel"]) == (False, "deferred", "email")
    assert decision["not_before"] == "2026-03-03T00:00:00.000Z"
    shop.clock.set("2026-03-03T07:58:00+08:00")
    time.sleep(3)
    assert not mail.tried
    shop.clock.set("2026-03-03T08:00:00+08:00")
    sent = eventually(lambda: mail.mails)[0]
    assert sent["to"] == ADDRESS
    page.goto(link_in(sent))
    page.locator("fieldset label").nth(4).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert shop.paid("guest", "order-2", email=ADDRESS)["reason"] == "paused"
    told = [kind for kind in _told(shop) if kind != "response.updated"]
    assert told == ["invitation.created", "invitation.sent", "invitation.displayed", "response.completed"]


def test_who_was_asked_on_a_visit_before_eight_gets_no_mail(open_shop: Opened, mail: MailServer, page: Page) -> None:
    shop = open_shop(SURVEY, "2026-03-02T22:10:00+08:00")
    assert shop.paid("guest", "order-1", email=ADDRESS)["reason"] == "deferred"
    shop.clock.set("2026-03-03T07:30:00+08:00")
    assert shop.visited(page, "guest")["reason"] == "asked"
    card = page.locator("[data-tactful] .card")
    card.locator("fieldset label").nth(4).click()
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_text("Thank you!")).to_be_visible()
    shop.clock.set("2026-03-03T08:00:00+08:00")
    time.sleep(3)
    assert not mail.tried
    assert _told(shop)[:3] == ["invitation.created", "invitation.cancelled", "invitation.created"]


def test_the_link_of_a_message_sent_already_says_thank_you(
    open_shop: Opened, mail: MailServer, sms: Provider, page: Page
) -> None:
    survey = SURVEY.replace("[web, {sms: after 1h}, email]", "[email, {sms: after 1h}]")
    shop = open_shop(survey, "2026-03-02T12:00:00+08:00")
    assert shop.paid("guest", "order-1", email=ADDRESS, sms="+8613800001234")["reason"] == "sending"
    link = link_in(eventually(lambda: mail.mails)[0])
    shop.clock.set("2026-03-02T13:00:01+08:00")
    page.goto(eventually(lambda: sms.requests)[0][1]["text"])
    page.locator("fieldset label").nth(4).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    expect(page.locator("form")).to_have_count(0)


def test_one_click_in_the_mail_program_ends_all_asking(open_shop: Opened, mail: MailServer, page: Page) -> None:
    shop = open_shop(SURVEY, "2026-03-02T12:00:00+08:00")
    shop.paid("guest", "order-1", email=ADDRESS)
    page.goto(f"{link_in(eventually(lambda: mail.mails)[0])}/opt-out")
    expect(page.get_by_role("radio", name="Stop on every channel")).to_be_checked()
    page.get_by_role("button").click()
    expect(page.get_by_text("We will not ask you again.")).to_be_visible()
    assert shop.paid("guest", "order-2", email=ADDRESS)["reason"] == "opted_out"


def _told(shop: Any) -> list[str]:
    """Give what the journal says, in short."""
    db = sqlite3.connect(shop.served.db)
    try:
        kinds = [kind.removeprefix("tactful.") for (kind,) in db.execute("SELECT type FROM journal ORDER BY seq")]
    finally:
        db.close()
    return [kind for kind in kinds if kind.startswith(("invitation.", "response."))]
