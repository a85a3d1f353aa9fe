"""Messages that may have arrived though they were withdrawn: not sent again, and answered until there is a word."""

from __future__ import annotations

import pytest

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.ledger.commands import Accepted, Dispatch, Refused
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.policy import Cap, DoNotDisturb, QuietHours
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.schedule.post import Post, sent_ruleset

SELDOM = DoNotDisturb(caps=(Cap(9, 30 * DAY),))
MAIL_SLEEPS = QuietHours(8 * 60 + 1, 20 * 60, on=("email",), then="drop")
"""From a minute after the world's beginning on, no mail goes at all."""
CLOSED = Refused("invitation_closed")


def opened_while_a_text_was_on_its_way() -> tuple[Post, InvitationRecord, Dispatch]:
    """Give a world where a mail is opened while its fallback is with a courier."""
    world = Post(sent_ruleset("email", ("sms", HOUR), policy=SELDOM))
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    text = world.dispatch()
    world.notice(mail, "opened")
    return world, mail, text


def withdrawn_after_its_courier_fell_silent(**rule: object) -> tuple[Post, InvitationRecord]:
    """Give a world where a mail was not sent again, for it had become quiet, and nobody knows whether it arrived."""
    policy = DoNotDisturb(quiet_hours=(MAIL_SLEEPS,), caps=SELDOM.caps)
    world = Post(sent_ruleset("email", "web", policy=policy, **rule))
    world.plan(reach={"email": "a@example.com"})
    mail = world.dispatch()
    world.now += LEASE
    assert world.run() == []
    record = world.record(mail.record)
    assert (record.status, record.why) == ("cancelled", "quiet_hours")
    return world, record


def test_a_message_on_its_way_is_not_sent_again_once_another_of_its_event_was_opened() -> None:
    world, mail, text = opened_while_a_text_was_on_its_way()
    assert world.pass_time(60 * HOUR, MINUTE * 10) == []
    assert world.record(text.record).status == "open", "it may have arrived"
    assert world.respond(text.record, {"score": 5}) == Accepted(world.record(text.record))
    assert world.record(mail).why == "answered"


def test_its_courier_s_word_still_counts() -> None:
    world, mail, text = opened_while_a_text_was_on_its_way()
    world.accept(text)
    assert world.kinds() == [("asked", "email"), ("asked", "sms")]
    world.respond(mail, {"score": 5})
    assert world.record(text.record).why == "answered"


@pytest.mark.parametrize("final", [True, False])
def test_a_message_on_its_way_that_was_refused_is_withdrawn(final: bool) -> None:
    world, mail, text = opened_while_a_text_was_on_its_way()
    world.refuse(text, final=final)
    ended = world.record(text.record)
    assert (ended.status, ended.why, ended.addresses) == ("cancelled", "superseded", {})
    assert [entry.id for entry in world.state().open] == [mail.id]
    assert world.pass_time(60 * HOUR, HOUR) == []


@pytest.mark.parametrize("unit", ["asks", "answers"])
def test_an_answer_to_a_message_that_was_withdrawn_and_arrived_is_taken(unit: str) -> None:
    world, mail = withdrawn_after_its_courier_fell_silent(quota=Quota(unit, 9))  # type: ignore[arg-type]
    for signal in ("opened", "displayed"):
        assert world.notice(mail, signal) == Accepted(world.record(mail))  # type: ignore[arg-type]
    assert world.quota().held == {}
    assert world.respond(mail, {"score": 5}) == Accepted(world.record(mail))
    assert world.kinds() == [("asked", "email"), ("answered", "email")]
    assert (world.record(mail).status, world.record(mail).why) == ("answered", None)
    assert world.quota().total == 1


def test_a_no_to_a_message_that_was_withdrawn_and_arrived_is_heard() -> None:
    world, mail = withdrawn_after_its_courier_fell_silent()
    assert world.notice(mail, "dismissed") == Accepted(world.record(mail))
    assert world.kinds() == [("asked", "email"), ("dismissed", "email")]


@pytest.mark.parametrize("word", ["answered", "dismissed"])
def test_it_is_closed_once_the_person_has_had_a_word_there_on_screen(word: str) -> None:
    world, mail = withdrawn_after_its_courier_fell_silent()
    world.now += HOUR
    asked = world.ask(reach={"web": True})
    assert world.notice(mail, "opened") == Accepted(world.record(mail)), "there was none yet"
    if word == "answered":
        world.respond(asked, {"score": 5})
    else:
        world.notice(asked, "dismissed")
    assert world.respond(mail, {"score": 1}) == CLOSED
    assert world.notice(mail, "displayed") == CLOSED
    assert world.notice(mail, "dismissed") == CLOSED


def test_it_is_closed_once_the_person_opted_out() -> None:
    world = Post()
    world.plan()
    mail = world.dispatch().record
    world.opt_out("*")
    assert world.respond(mail, {"score": 1}) == CLOSED


def test_what_was_withdrawn_before_it_ever_went_stays_closed() -> None:
    world = Post(sent_ruleset("email", "web", policy=SELDOM, delay=HOUR))
    waits = world.plan(reach={"email": "a@example.com"})
    world.ask(reach={"web": True})
    assert world.record(waits).why == "superseded"
    assert world.respond(waits, {"score": 1}) == CLOSED
