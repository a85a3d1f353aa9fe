"""Providers that are down, slow, busy or say no: a message is tried again for as long as that may help."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from tactful_gateway.channels import apprise
from tactful_gateway.channels.email import courier as email
from tactful_gateway.channels.http import courier as http
from tactful_gateway.cli.main import app
from tactful_gateway.couriers.group import SENDS
from tactful_gateway.couriers.sending import PATIENCE
from tactful_gateway.couriers.status import REFUSALS
from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.outgoing import post
from tactful_rules.model.ids import SECOND
from tests.eventually import eventually
from tests.gateway.couriers.stage import ADDRESS, NUMBER, Guest, MailServer, MovedClock, Provider
from tests.stopwatch import Stopwatch

Shop = Callable[..., Guest]
NOON = "2026-03-02T12:00:00Z"
LONGEST = 60.0


def test_a_provider_that_is_down_is_tried_again_by_the_schedule_under_the_same_id(
    open_shop: Shop, sms: Provider
) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("sms", clock)
    sms.answer = lambda tries: (503, {}, "") if tries < 3 else (200, {}, "{}")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 1)
    assert guest.channels() == {"email": "ok", "sms": "failing"}
    clock.move("2026-03-02T12:00:03Z")
    time.sleep(1.2)
    assert len(sms.requests) == 1, "the first wait is five seconds, a fifth more or less"
    clock.move("2026-03-02T12:00:07Z")
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 2)
    clock.move("2026-03-02T12:07:00Z")
    eventually(lambda: "invitation.sent" in guest.journal())
    assert len({key for key, _ in sms.requests}) == 1
    assert (len(sms.requests), len(sms.accepted)) == (3, 1)
    assert guest.channels()["sms"] == "ok"


def test_an_explanation_says_how_often_a_message_was_tried_and_when_it_goes_again(
    open_shop: Shop, sms: Provider
) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    sms.answer = lambda _: (503, {}, "")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 1)
    options = ("--gateway", guest.gateway.url, "--key", guest.gateway.keys["ak"], "--person", guest.person)
    said = CliRunner().invoke(app, ["explain", *options]).stdout
    assert "open: csat on sms at payment, scheduled after 1 failed attempt to go at 2026-03-02 12:00:0" in said


def test_a_channel_is_failing_when_nobody_gets_through_not_when_one_mailbox_is_busy(
    open_shop: Shop, mail: MailServer
) -> None:
    guest = open_shop("email", MovedClock(NOON))

    def send(number: int, answer: str, result: str, count: int) -> str:
        mail.answer = answer
        Guest(guest.gateway, f"u-{number}").at("payment", "e", email=f"u-{number}@example.com")
        eventually(
            lambda: guest.metric(f'tactful_channel_messages_total{{channel="email",result="{result}"}}') == count
        )
        return guest.channels()["email"]

    later = "450 4.7.1 greylisted, try again later"
    assert [send(number, later, "retried", number) for number in range(1, REFUSALS)] == ["ok"] * (REFUSALS - 1)
    assert send(5, later, "retried", REFUSALS) == "failing"
    assert send(6, "250 OK", "sent", 1) == "ok"
    assert send(7, later, "retried", REFUSALS + 1) == "ok"
    assert send(8, "550 5.1.1 no such mailbox", "failed", 1) == "ok"
    assert send(9, "421 4.3.2 closing", "retried", REFUSALS + 2) == "failing"
    assert guest.metric('tactful_channel_failing{channel="email"}') == 1


def test_a_provider_that_refuses_our_key_is_failing_at_once(open_shop: Shop, sms: Provider) -> None:
    guest = open_shop("sms", MovedClock(NOON))
    for status, state in ((400, "ok"), (401, "failing")):
        sms.answer = lambda _, status=status: (status, {}, "")  # type: ignore[misc]
        Guest(guest.gateway, f"u-{status}").at("payment", "e", sms=NUMBER)
        eventually(lambda status=status: f"HTTP {status}" in "".join(guest.journal("invitation.failed")))  # type: ignore[misc]
        eventually(lambda: guest.metric('tactful_channel_sending{channel="sms"}') == 0)
        assert guest.channels()["sms"] == state


def test_a_providers_wish_to_wait_is_granted(open_shop: Shop, sms: Provider) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("sms", clock)
    sms.answer = lambda tries: (429, {"retry-after": "120"}, "") if tries < 2 else (200, {}, "{}")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 1)
    clock.move("2026-03-02T12:01:58Z")
    time.sleep(1.2)
    assert len(sms.requests) == 1
    clock.move("2026-03-02T12:02:00Z")
    eventually(lambda: sms.accepted)


def test_a_no_for_good_ends_it_and_the_fallback_goes_at_once(open_shop: Shop, sms: Provider, mail: MailServer) -> None:
    guest = open_shop("sms, {email: after 1d}", MovedClock(NOON))
    sms.answer = lambda _: (400, {}, f'{{"error": "{NUMBER} and 138 0000 1234 can not be reached"}}')
    guest.at("payment", "e", sms=NUMBER, email=ADDRESS)
    eventually(lambda: "invitation.sent" in guest.journal())
    assert len(sms.requests) == 1
    (failed,) = guest.journal("invitation.failed")
    assert "can not be reached" in failed
    assert "0000 1234" not in failed
    assert NUMBER not in failed
    assert guest.journal()[1:] == ["invitation.created", "invitation.failed", "invitation.created", "invitation.sent"]


def test_a_message_that_no_provider_takes_in_its_life_has_failed(open_shop: Shop, sms: Provider) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("sms", clock, paid="{at: payment, ask: csat, channels: [sms], valid_for: 4m}")
    sms.answer = lambda _: (500, {}, "")
    guest.at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="retried"}') == 1)
    clock.move("2026-03-02T12:00:30Z")
    eventually(lambda: guest.journal("invitation.failed"))
    assert len(sms.requests) == 2
    assert guest.at("payment", "later", sms=NUMBER)["reason"] == "sending", "what never arrived has not asked"


def test_a_provider_that_hangs_delays_its_own_channel_alone(open_shop: Shop, sms: Provider, mail: MailServer) -> None:
    guest = open_shop("sms, email", MovedClock(NOON))
    goes_on = threading.Event()
    sms.answer = lambda _: (200 if goes_on.wait(LONGEST) else 500, {}, "{}")
    for number in range(20):
        Guest(guest.gateway, f"slow-{number}").at("payment", "e", sms=NUMBER)
    eventually(lambda: guest.metric('tactful_channel_sending{channel="sms"}') == SENDS)
    guest.at("payment", "e", email=ADDRESS)
    eventually(lambda: mail.mails)
    assert not sms.accepted
    goes_on.set()
    eventually(lambda: len(sms.accepted) == 20)


def test_no_message_waits_for_a_connection_or_is_cut_off_while_its_courier_has_patience() -> None:
    """A mail that is cut off after its last line may be accepted, and then comes twice."""
    assert min(email.AT_ONCE, post.CONNECTIONS) >= SENDS
    assert max(email.TIMEOUT, http.TIMEOUT, apprise.TIMEOUT) < PATIENCE < LEASE / SECOND


@pytest.mark.parametrize("db", ["memory:", ""])
def test_hundreds_due_at_eight_go_once_each_and_hold_up_nobody(
    open_shop: Shop, sms: Provider, db: str, tmp_path: object
) -> None:
    clock = MovedClock("2026-03-02T23:00:00Z")
    guest = open_shop("web, sms", clock, db=db or f"sqlite:///{tmp_path}/many.db")
    for number in range(300):
        Guest(guest.gateway, f"u-{number}").at("payment", "e", sms=NUMBER)
    clock.move("2026-03-03T08:00:00Z")
    slowest = 0.0
    while len(sms.accepted) < 300:
        with Stopwatch() as took:
            assert guest.at("visit", f"v-{time.monotonic()}", web=True)["ask"]
        slowest = max(slowest, took.seconds)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="sms",result="sent"}') == 300)
    assert sorted(sms.accepted) == sorted({key for key, _ in sms.requests})
    assert slowest < 1


def test_what_became_due_in_an_outage_goes_in_its_order(open_shop: Shop, sms: Provider) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("sms", clock, paid="{at: payment, ask: csat, channels: [sms], delay: 1h}")
    for minute in range(59, -1, -1):
        clock.move(f"2026-03-02T12:{minute:02}:00Z")
        Guest(guest.gateway, f"u-{minute}").at("payment", f"e-{minute}", sms=f"+86138000000{minute:02}")
    sms.delay = 0.1
    clock.move("2026-03-02T15:00:00Z")
    eventually(lambda: len(sms.accepted) == 60)
    order = [int(body["to"][-2:]) for _, body in sms.requests]
    assert sorted(order) == list(range(60))
    assert all(abs(place - minute) < SENDS for place, minute in enumerate(order)), "none overtakes more than go at once"


def test_a_provider_that_drops_the_connection_is_asked_again(open_shop: Shop, mail: MailServer) -> None:
    clock = MovedClock(NOON)
    guest = open_shop("email", clock)
    mail.stop()
    guest.at("payment", "e", email=ADDRESS)
    eventually(lambda: guest.metric('tactful_channel_messages_total{channel="email",result="retried"}') == 1)
    mail.start()
    clock.move("2026-03-02T12:00:07Z")
    eventually(lambda: mail.mails)
