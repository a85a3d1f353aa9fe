"""A courier's word that comes after another channel was chosen is about the channel over which it sent."""

from __future__ import annotations

from typing import Any

import pytest

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.ledger.commands import Accepted, Dispatch
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import Quota, Reminder
from tests.gateway.ledger.schedule.post import Post, sent_ruleset

MAIL_SLEEPS = QuietHours(8 * 60 + 1, 20 * 60, on=("email",), then="next")
"""From a minute after the world's beginning on, mail makes room for the next channel."""
ONE_TEXT = Cap(1, 7 * DAY, on=("sms",))


def moved(**rule: object) -> tuple[Post, Dispatch, Dispatch]:
    """Give a world where a mail's courier fell silent, so that a text is on its way instead; and both messages."""
    policy = DoNotDisturb(quiet_hours=(MAIL_SLEEPS,), caps=(ONE_TEXT,))
    world = Post(sent_ruleset("email", "sms", ("wechat", 2 * HOUR), policy=policy, **rule))
    world.plan()
    mail = world.dispatch()
    world.now += LEASE
    text = world.dispatch()
    assert (mail.record.channel, text.record.channel) == ("email", "sms")
    return world, mail, text


def test_a_late_acceptance_is_booked_where_it_was_sent_and_the_invitation_goes_back_there() -> None:
    world, mail, text = moved(quota=Quota("asks", 5), remind=Reminder(HOUR))
    world.now += 1
    world.accept(mail, "m-mail")
    record = world.record(mail.record)
    assert (record.channel, record.sent_at, record.message_id) == ("email", world.now, "m-mail")
    assert record.fallback_at is not None
    assert world.kinds() == [("asked", "email")]
    world.refuse(text)
    assert world.record(record) == record
    (told,) = world.events("invitation.sent")
    assert told["data"]["channel"] == "email"
    assert world.quota().total == 1
    world.now += HOUR
    assert world.run() == []  # the reminder waits for the evening: it goes by mail
    assert world.only().remind_at == 1_800_000_000_000 + 12 * HOUR


@pytest.mark.parametrize("first", ["email", "sms"])
def test_two_providers_that_took_the_same_ask_count_for_both_channels_and_once_for_the_quota(first: str) -> None:
    world, mail, text = moved(quota=Quota("asks", 5))
    order = (mail, text) if first == "email" else (text, mail)
    for message in order:
        assert not world.accept(message).duplicate  # type: ignore[union-attr]
    kinds = world.kinds()
    assert sorted(kinds) == [("asked", "email"), ("asked", "sms")]
    assert (world.only().channel, world.state().asks, world.quota().total) == (first, 2, 1)
    assert [event["data"]["channel"] for event in world.events("invitation.sent")] == [it[1] for it in kinds]
    for message in order:
        assert world.accept(message) == Accepted(world.record(mail.record), duplicate=True)
    assert world.kinds() == kinds
    world.respond(world.only(), {"score": 5})
    world.now += DAY
    assert world.plan().channel == "wechat"  # a text would be one too many


def test_a_late_refusal_says_nothing_of_the_message_that_is_under_way_on_another_channel() -> None:
    world, mail, text = moved()
    assert mail.record.attempts == text.record.attempts == 1
    assert world.refuse(mail, final=True) == Accepted(text.record, duplicate=True)
    world.accept(text)
    assert world.kinds() == [("asked", "sms")]


def test_a_page_that_was_opened_before_the_late_word_stays_an_ask_of_its_channel_and_the_word_adds_its_own() -> None:
    world, mail, text = moved()
    world.notice(text.record, "opened")
    world.accept(mail)
    world.accept(text)
    assert sorted(world.kinds()) == [("asked", "email"), ("asked", "sms")]
    assert world.only().channel == "sms"
    assert [event["data"]["channel"] for event in world.events("invitation.sent")] == ["email"]


def test_asks_that_two_providers_took_stop_no_fallback_of_their_own_event() -> None:
    world, mail, text = moved()
    world.accept(text)
    world.now += MINUTE
    world.accept(mail)
    world.reload(sent_ruleset("email", "sms", ("wechat", 2 * HOUR), policy=DoNotDisturb((Pause("asked", 7 * DAY),))))
    (fallback,) = world.pass_time(2 * HOUR, 10 * MINUTE)
    assert fallback.record.channel == "wechat"


@pytest.mark.parametrize("channels", [("email", "sms"), ("sms", ("wechat", 2 * HOUR))])
def test_a_late_acceptance_on_a_channel_without_a_fallback_brings_none(channels: tuple[Any, ...]) -> None:
    world, mail, _ = moved()
    world.reload(sent_ruleset(*channels))
    world.accept(mail)
    assert (world.only().channel, world.only().fallback_at) == ("email", None)


def test_who_opted_out_of_the_channel_before_its_late_word_is_not_reminded_there() -> None:
    world, mail, _ = moved(remind=Reminder(13 * HOUR))
    world.opt_out("email")
    world.accept(mail)
    assert (world.only().channel, world.only().sent_at) == ("email", world.now)
    assert [it for it in world.pass_time(70 * HOUR, HOUR) if it.reminder] == []


def test_a_withdrawn_message_that_was_accepted_late_counts_on_its_channel() -> None:
    world, mail, _ = moved()
    world.opt_out("*")
    world.accept(mail)
    record = world.record(mail.record)
    assert (record.status, record.channel) == ("cancelled", "sms")
    assert world.kinds() == [("asked", "email")]
