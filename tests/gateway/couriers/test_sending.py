"""From a touchpoint to a message in a mailbox: at once or after the night, never twice, never to who answered."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.eventually import eventually
from tests.gateway.couriers.stage import ADDRESS, NUMBER, Guest, MailServer, MovedClock, Provider, link_in

Shop = Callable[..., Guest]
DAY, EVENING = "2026-03-02T12:00:00Z", "2026-03-02T22:10:00Z"


def test_a_mail_goes_at_once_with_a_link_that_asks_and_a_way_out(open_shop: Shop, mail: MailServer) -> None:
    guest = open_shop("email", MovedClock(DAY))
    decision = guest.at("payment", "e", email=ADDRESS)
    assert (decision["reason"], decision["ask"], decision["channel"]) == ("sending", False, "email")
    assert "invitation" not in decision or decision["invitation"] is None
    sent = eventually(lambda: mail.mails)[0]
    assert sent["to"] == ADDRESS
    link = link_in(sent)
    assert link.startswith(guest.gateway.url)
    assert "How was paying?" in httpx.get(link).text
    assert f"{link}/opt-out" in str(sent["list-unsubscribe"])
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="email",result="sent"}') == 1)
    assert guest.journal() == ["ruleset.published", "invitation.created", "invitation.sent"]


def test_the_same_event_again_sends_nothing_more(open_shop: Shop, mail: MailServer) -> None:
    guest = open_shop("email", MovedClock(DAY))
    first = guest.at("payment", "e", email=ADDRESS)
    eventually(lambda: "invitation.sent" in guest.journal())
    assert guest.at("payment", "e", email=ADDRESS) == first
    assert guest.at("payment", "other", email=ADDRESS)["reason"] == "pending"
    assert len(mail.mails) == 1


def test_what_is_paid_late_is_asked_in_the_morning(open_shop: Shop, mail: MailServer) -> None:
    clock = MovedClock(EVENING)
    guest = open_shop("email", clock)
    decision = guest.at("payment", "e", email=ADDRESS)
    assert (decision["reason"], decision["not_before"]) == ("deferred", "2026-03-03T08:00:00.000Z")
    clock.move("2026-03-03T07:59:59Z")
    eventually(lambda: guest.metric('tactful_scheduled{channel="email"}') == 1)
    assert not mail.tried
    clock.move("2026-03-03T08:00:00Z")
    eventually(lambda: mail.mails)


def test_of_a_channel_with_nothing_scheduled_there_is_a_number_too(open_shop: Shop) -> None:
    guest = open_shop("email", MovedClock(DAY))
    assert 'tactful_scheduled{channel="email"} 0.0' in httpx.get(f"{guest.gateway.url}/metrics").text


def test_who_answered_on_the_web_in_the_meantime_gets_no_mail(open_shop: Shop, mail: MailServer) -> None:
    clock = MovedClock(EVENING)
    guest = open_shop("web, email", clock)
    assert guest.at("payment", "e", email=ADDRESS)["reason"] == "deferred"
    clock.move("2026-03-03T07:30:00Z")
    asked = guest.at("visit", "v", web=True)
    assert asked["reason"] == "asked"
    assert guest.answer(asked["invitation"]["token"]).status_code == 202
    clock.move("2026-03-03T08:00:05Z")
    eventually(lambda: guest.metric('tactful_scheduled{channel="email"}') == 0)
    assert not mail.tried
    assert "invitation.cancelled" in guest.journal()


def test_the_link_of_a_message_thanks_whoever_answered_over_another_channel(
    open_shop: Shop, mail: MailServer, sms: Provider
) -> None:
    clock = MovedClock(DAY)
    guest = open_shop("email, {sms: after 2h}", clock, do_not_disturb="{}")
    guest.at("payment", "e", email=ADDRESS, sms=NUMBER)
    eventually(lambda: mail.mails)
    clock.move("2026-03-02T14:00:01Z")
    text = eventually(lambda: sms.requests)[0][1]["text"]
    assert guest.answer(text.rpartition("/")[2]).status_code == 202
    assert "Thank you!" in httpx.get(link_in(mail.mails[0])).text


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: all@example.com", "x" * 490 + "@example.com"])
def test_an_address_that_is_none_ends_the_invitation_and_nothing_else(
    open_shop: Shop, mail: MailServer, address: str
) -> None:
    guest = open_shop("email", MovedClock(DAY))
    decision = guest.at("payment", "e", email=address)
    if decision["reason"] == "sending":
        eventually(lambda: guest.journal("invitation.failed"))
    assert not mail.mails
    assert guest.at("payment", "f", email=ADDRESS)["reason"] == "sending"
    eventually(lambda: mail.mails)


def test_an_address_that_is_no_text_is_refused(open_shop: Shop) -> None:
    guest = open_shop("email", MovedClock(DAY))
    raw = b'{"touchpoint": "payment", "person": "guest", "reach": {"email": "\\ud800@example.com"}}'
    answer = httpx.post(f"{guest.gateway.url}/v1/touchpoints", headers=guest.headers, content=raw)
    assert answer.status_code < 500, answer.text


def test_no_address_is_kept_in_the_clear_or_logged_or_journalled(
    open_shop: Shop, mail: MailServer, sms: Provider, tmp_path: object, capfd: object
) -> None:
    clock = MovedClock(EVENING)
    guest = open_shop("email, sms", clock, db=f"sqlite:///{tmp_path}/kept.db")
    guest.at("payment", "e", email=ADDRESS, sms=NUMBER)
    clock.move("2026-03-03T08:00:00Z")
    mail.answer = f"550 5.1.1 <{ADDRESS}> has no mailbox here"
    eventually(lambda: guest.journal("invitation.failed"))
    eventually(lambda: mail.tried)
    guest.gateway.stop()
    kept = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("kept.db*")))  # type: ignore[attr-defined]
    output = "".join(capfd.readouterr())  # type: ignore[attr-defined]
    for secret in (ADDRESS, NUMBER):
        assert secret.encode() not in kept
        assert secret not in output
