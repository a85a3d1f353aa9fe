"""Links of messages that were refused or withdrawn and may have arrived all the same work until there is a word."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.eventually import eventually
from tests.gateway.couriers.stage import NUMBER, Guest, MovedClock, Provider

Shop = Callable[..., Guest]
NOON = "2026-03-02T12:00:00Z"
SELDOM = "{caps: [{at_most: 9, per: 30d}]}"


@pytest.fixture
def superseded(open_shop: Shop, sms: Provider) -> tuple[Guest, str, str]:
    """Give a guest, the link of a text in whose place there was an ask on screen before it went, and its token."""
    guest = open_shop("sms, web", MovedClock(NOON), do_not_disturb=SELDOM)
    sms.answer = lambda _: (503, {}, "")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 1)
    asked = guest.at("payment", "later", web=True)
    assert asked["reason"] == "asked"
    assert guest.journal().count("invitation.cancelled") == 1
    return guest, guest.gateway.url + httpx.URL(sms.requests[0][1]["text"]).path, asked["invitation"]["token"]


def test_the_link_of_a_message_that_was_refused_and_arrived_all_the_same_may_be_answered(
    open_shop: Shop, sms: Provider
) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    sms.answer = lambda _: (400, {}, "")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.journal("invitation.failed"))
    ((_, body),) = sms.requests
    answer_by(guest.gateway.url + httpx.URL(body["text"]).path)
    assert guest.journal()[-1] == "response.completed"


def test_the_link_of_a_withdrawn_message_that_arrived_may_be_answered(superseded: tuple[Guest, str, str]) -> None:
    guest, link, _ = superseded
    answer_by(link)
    assert guest.journal()[-1] == "response.completed"


def test_it_says_thank_you_once_the_person_has_answered_there_on_screen(superseded: tuple[Guest, str, str]) -> None:
    guest, link, token = superseded
    assert guest.answer(token).status_code == 202
    page = httpx.get(link).text
    assert ("Thank you!" in page, "How was paying?" in page) == (True, False)
    assert httpx.post(link, data={"answers.score": "5"}).status_code == 303
    assert guest.journal().count("response.completed") == 1


def test_it_is_closed_once_the_person_has_said_no_there_or_to_everything(superseded: tuple[Guest, str, str]) -> None:
    guest, link, token = superseded
    signal = {"type": "dismissed"}
    assert httpx.post(f"{guest.gateway.url}/v1/invitations/{token}/events", json=signal).status_code == 202
    assert "How was paying?" not in httpx.get(link).text
    httpx.post(f"{link}/opt-out")
    assert "How was paying?" not in httpx.get(link).text


def answer_by(link: str) -> None:
    """Open a link, find the question, and answer it."""
    asked = httpx.get(link)
    assert (asked.status_code, "How was paying?" in asked.text) == (200, True)
    thanks = httpx.post(link, data={"answers.score": "5"}, follow_redirects=True)
    assert (thanks.status_code, "How was paying?" in thanks.text) == (200, False)
