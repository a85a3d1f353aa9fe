"""Fallbacks: for who was not reached, never for who said no; one answer ends them all."""

import pytest
from msgspec.structs import replace

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.ledger.commands import OptIn, Refused, Signal
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD
from tactful_rules.model.policy import DoNotDisturb, Pause, QuietHours
from tactful_rules.model.rule import Quota, Reminder
from tests.gateway.ledger.schedule.post import EVENING, QUIET, REACH, Post, sent_ruleset
from tests.gateway.ledger.world import NOW

PAUSED = DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))
QUIET_SMS = DoNotDisturb(quiet_hours=(QuietHours(21 * 60, 8 * 60, on=("sms",)),))


def on_screen_first(**more: object) -> Post:
    return Post(sent_ruleset("web", ("sms", 2 * HOUR), **more))  # type: ignore[arg-type]


def test_who_did_not_see_it_on_screen_gets_the_next_channel() -> None:
    world = on_screen_first(quota=Quota("answers", 1))
    asked = world.ask(reach=REACH)
    assert asked.addresses == {"sms": b"sealed +1"}
    assert world.pass_time(2 * HOUR - 1, MINUTE) == []
    world.now += 1
    dispatch = world.dispatch()
    followed = world.record(asked)
    assert (followed.status, followed.why, followed.addresses) == ("cancelled", "superseded", {})
    follower = dispatch.record
    assert (follower.channel, follower.fallback_of, follower.sealed_for) == ("sms", asked.id, asked.id)
    assert (follower.event_id, follower.lookup) != (asked.event_id, asked.lookup)
    assert follower.event_id == asked.event_id
    assert follower.expires_at == world.now + 72 * HOUR
    assert world.quota().held.keys() == {follower.id}
    world.accept(dispatch)
    assert world.kinds() == [("asked", "sms")]
    assert [event["data"].get("fallback_of") for event in world.events("invitation.created")] == [None, asked.id]


def test_who_saw_dismissed_or_answered_it_gets_nothing_more() -> None:
    for what in ("displayed", "dismissed", "answered"):
        world = on_screen_first()
        asked = world.ask(reach=REACH)
        if what == "answered":
            world.respond(asked, {"score": 5})
        else:
            world.notice(asked, "displayed" if what == "displayed" else "dismissed")
        assert world.pass_time(80 * HOUR, 8 * HOUR) == [], what


def test_an_invitation_that_waits_for_its_fallback_gives_way_to_a_new_ask_on_screen() -> None:
    world = on_screen_first()
    asked = world.ask(reach=REACH)
    assert world.decide(reach=REACH).verdict.again
    world.now += HOLD
    world.run()
    assert world.record(asked).status == "open"
    anew = world.ask(reach=REACH)
    assert world.record(asked).why == "superseded"
    world.notice(anew, "displayed")
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_a_fallback_that_is_late_gives_way_to_a_new_ask_as_well() -> None:
    world = on_screen_first()
    asked = world.ask(reach=REACH)
    world.now += 3 * HOUR  # no scheduler ran
    anew = world.ask(reach=REACH)
    assert (world.record(asked).status, world.record(asked).why) == ("cancelled", "superseded")
    assert world.run() == []
    assert world.only().id == anew.id


def test_a_fallback_that_may_not_be_leaves_the_hold_to_end_as_expired_and_is_not_tried_again() -> None:
    world = on_screen_first()
    asked = world.ask(reach=REACH)
    world.opt_out("sms")
    world.now += 2 * HOUR
    assert world.run() == []
    ended = world.record(asked)
    assert (ended.status, ended.closed_at, ended.addresses) == ("expired", world.now, {})
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []
    assert world.types() == ["invitation.created", "person.opted_out", "invitation.expired"]


def test_a_fallback_that_no_scheduler_came_for_in_its_life_is_not_made_up_for() -> None:
    world = on_screen_first()
    asked = world.ask(reach=REACH)
    world.now = asked.expires_at
    assert world.run() == []
    assert world.record(asked).status == "expired"
    assert world.state().open == ()


def test_a_no_to_a_fallback_is_final_whatever_becomes_of_the_first_message() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    world.opt_out("sms")
    world.refuse(world.dispatch(), retry_after=2 * HOUR)
    world.now += HOUR
    assert world.run() == []
    world.one(OptIn("p", ("sms",)))
    world.now += HOUR
    again = world.dispatch()
    assert (again.record.attempts, again.record.fallback_at) == (2, None)
    world.refuse(again, final=True)
    assert world.record(again.record).status == "failed"
    assert world.pass_time(20 * HOUR, HOUR) == []


def test_a_no_to_a_fallback_stays_one_when_the_first_message_is_accepted_after_it() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    world.opt_out("sms")
    world.refuse(world.dispatch(), retry_after=2 * HOUR)
    world.now += HOUR
    assert world.run() == []
    world.one(OptIn("p", ("sms",)))
    world.now += HOUR
    world.accept(world.dispatch())
    assert world.only().fallback_at is None


def test_what_moves_to_another_channel_takes_no_fallback_of_the_first_one_along() -> None:
    world = Post(sent_ruleset("email", "sms", ("wechat", HOUR), policy=QUIET_SMS))
    world.now = NOW + EVENING - MINUTE
    world.plan()
    world.refuse(world.dispatch(), retry_after=30 * MINUTE)
    world.reload(sent_ruleset("sms", "email", ("wechat", HOUR), policy=QUIET_SMS))
    assert world.pass_time(9 * HOUR, 10 * MINUTE) == []
    (text,) = world.pass_time(HOUR + MINUTE, 10 * MINUTE)
    assert text.record.channel == "sms"


def test_a_reminder_brings_no_second_fallback() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), remind=Reminder(2 * HOUR)))
    world.plan()
    world.deliver()
    world.now += HOUR
    assert world.deliver().channel == "sms"
    world.now += HOUR
    reminder = world.dispatch()
    assert (reminder.record.channel, reminder.reminder) == ("email", 1)
    world.accept(reminder)
    world.now += 59 * MINUTE
    assert world.run() == []
    world.now += MINUTE
    assert [(it.record.channel, it.reminder) for it in world.run()] == [("sms", 1)]


def test_asks_of_the_same_event_count_in_no_pause_also_when_the_first_is_over() -> None:
    order = ("email", ("sms", 30 * MINUTE), ("wechat", 45 * MINUTE))
    world = Post(sent_ruleset(*order, policy=PAUSED, valid_for=HOUR))
    world.plan()
    mail = world.deliver()
    world.now += 30 * MINUTE
    world.deliver()
    world.now += 30 * MINUTE
    world.run()
    assert world.record(mail).status == "expired"
    world.now += 15 * MINUTE
    assert world.deliver().channel == "wechat"


def test_a_fallback_earlier_than_the_hold_takes_its_place_at_once() -> None:
    world = Post(sent_ruleset("web", ("sms", 5 * MINUTE)))
    asked = world.ask(reach=REACH)
    world.now += 5 * MINUTE
    assert world.deliver().fallback_of == asked.id
    assert world.notice(asked, "displayed") == Refused("invitation_closed")


def test_who_did_not_open_the_mail_is_asked_elsewhere_under_any_pause_and_may_answer_either() -> None:
    world = Post(sent_ruleset("email", ("sms", DAY), policy=PAUSED))
    world.plan()
    mail = world.deliver()
    assert mail.fallback_at == NOW + DAY
    world.now += DAY
    text = world.deliver()
    assert (text.channel, text.fallback_of, world.record(mail).status) == ("sms", mail.id, "open")
    assert world.kinds() == [("asked", "email"), ("asked", "sms")]
    world.respond(text, {"score": 4})
    ended = world.record(mail)
    assert (ended.status, ended.why) == ("cancelled", "answered")
    assert (ended.addresses, world.record(text).addresses) == ({}, {})
    assert world.respond(mail, {"score": 1}) == Refused("invitation_closed")


def test_who_opened_the_mail_is_asked_nowhere_else() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    world.notice(world.deliver(), "opened")
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_an_answer_while_the_fallback_waits_for_the_morning_silences_it() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), policy=QUIET, quota=Quota("answers", 2)))
    world.now = NOW + EVENING - 2 * HOUR + MINUTE
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    assert world.run() == []
    assert len(world.quota().held) == 2
    waiting = [entry for entry in world.state().open if entry.id != mail.id]
    assert [(entry.channel, entry.sent_at) for entry in waiting] == [("sms", None)]
    assert world.by_id(waiting[0].id).not_before == NOW + DAY
    world.respond(mail, {"score": 5})
    assert world.by_id(waiting[0].id).why == "answered"
    assert world.by_id(waiting[0].id).addresses == {}
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_a_chain_goes_over_three_channels_and_no_further() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), ("wechat", 2 * HOUR), policy=PAUSED, quota=Quota("answers", 1)))
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    text = world.deliver()
    assert text.fallback_at == world.now + 2 * HOUR
    world.now += 2 * HOUR
    chat = world.deliver()
    assert [it.channel for it in (mail, text, chat)] == ["email", "sms", "wechat"]
    assert (chat.fallback_of, chat.sealed_for, chat.asked) == (text.id, mail.id, (mail.sent_at, text.sent_at))
    assert chat.tried == ("email", "sms")
    assert world.pass_time(60 * HOUR, 8 * HOUR) == []
    world.respond(chat, {"score": 5})
    assert [world.record(it).status for it in (mail, text, chat)] == ["cancelled", "cancelled", "answered"]
    assert (world.quota().total, world.quota().held) == (1, {})


def test_what_failed_for_good_is_followed_at_once() -> None:
    world = Post(sent_ruleset("email", ("sms", 7 * DAY)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    text = world.dispatch()
    assert (text.record.channel, text.record.fallback_of) == ("sms", mail.record.id)
    assert text.record.addresses == {"email": b"sealed a@example.com", "sms": b"sealed +1"}
    assert world.record(mail.record).status == "failed"
    assert world.record(mail.record).addresses == {}


def test_a_mail_that_is_still_tried_when_its_fallback_comes_is_given_up() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, retry_after=2 * HOUR)
    world.now += HOUR
    assert world.deliver().channel == "sms"
    assert world.record(mail.record).why == "superseded"


def test_a_fallback_waits_for_the_word_on_a_message_that_is_on_its_way() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    world.refuse(world.dispatch(), retry_after=HOUR - MINUTE)
    world.now += HOUR - MINUTE
    mail = world.dispatch()
    world.now += LEASE - 1
    assert world.run() == []
    world.accept(mail)
    text = world.deliver()
    assert (text.channel, text.fallback_of) == ("sms", mail.record.id)
    assert world.record(mail.record).status == "open"


def test_a_fallback_follows_the_rule_as_it_is_now() -> None:
    ruleset = sent_ruleset("web", ("sms", 2 * HOUR))
    world = Post(ruleset)
    asked = world.ask(reach=REACH)
    rule = replace(ruleset.rules[0], enabled=False)
    world.reload(replace(ruleset, rules=(rule, *ruleset.rules[1:])))
    world.now += 2 * HOUR
    assert world.run() == []
    assert world.record(asked).status == "expired"


def test_a_rule_that_has_no_fallback_any_more_makes_none() -> None:
    world = on_screen_first()
    asked = world.ask(reach=REACH)
    world.reload(sent_ruleset("web", "sms"))
    world.now += 2 * HOUR
    assert world.run() == []
    assert world.record(asked).status == "expired"


def test_a_fallback_is_about_the_same_event_and_has_all_that_was_kept_of_it() -> None:
    world = on_screen_first()
    asked = world.ask(
        reach=REACH,
        params={"order.kind": "combo"},
        traits={"visits": 3},
        page=Page(path="/paid"),
        device=Device(type="phone"),
        locale="zh-CN",
        timezone="Asia/Shanghai",
    )
    world.now += 2 * HOUR
    follower = world.dispatch().record
    for name in (
        "person",
        "touchpoint",
        "event_id",
        "stage",
        "params",
        "traits",
        "page",
        "device",
        "locale",
        "timezone",
    ):
        assert getattr(follower, name) == getattr(asked, name) != getattr(world.ask("q", "menu"), name), name


def a_text_that_waits_for_the_morning() -> tuple[Post, InvitationRecord, InvitationRecord]:
    """Mail somebody in the evening; nobody opens it for an hour, so a text is to follow at eight."""
    world = Post(sent_ruleset("email", ("sms", HOUR), ("wechat", HOUR), policy=QUIET_SMS))
    world.now = NOW + EVENING
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    assert world.run() == []
    text = world.by_id(world.state().open[-1].id)
    assert (text.channel, text.fallback_of) == ("sms", mail.id)
    return world, mail, text


@pytest.mark.parametrize("signal", ["opened", "displayed", "dismissed"])
def test_a_fallback_that_waits_does_not_go_to_whom_the_first_message_reached_in_the_meantime(signal: Signal) -> None:
    world, mail, text = a_text_that_waits_for_the_morning()
    world.notice(mail, signal)
    ended = world.record(text)
    assert (ended.status, ended.why) == ("cancelled", "dismissed" if signal == "dismissed" else "superseded")
    assert ended.addresses == {}
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


@pytest.mark.parametrize("signal", ["opened", "dismissed"])
def test_nor_does_one_that_followed_a_failure_where_the_message_arrived_all_the_same(signal: Signal) -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), policy=QUIET_SMS))
    world.now = NOW + EVENING
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    assert world.only().channel == "sms"
    world.notice(world.record(mail.record), signal)
    assert world.state().open == ()
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_a_no_on_one_channel_ends_the_fallbacks_and_reminders_of_every_other() -> None:
    for place in (0, 1):
        world = Post(sent_ruleset("email", ("sms", HOUR), ("wechat", 2 * HOUR), remind=Reminder(3 * HOUR)))
        world.plan()
        sent = [world.deliver()]
        world.now += HOUR
        sent.append(world.deliver())
        world.notice(sent[place], "dismissed")
        other = world.record(sent[1 - place])
        assert (other.status, other.why) == ("cancelled", "dismissed")
        assert world.types().count("invitation.dismissed") == 1, "who said no said it once"
        assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_who_opened_the_first_message_after_the_second_went_gets_no_third() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), ("wechat", 2 * HOUR)))
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    text = world.deliver()
    world.notice(mail, "opened")
    assert world.pass_time(60 * HOUR, 8 * HOUR) == []
    assert [world.record(it).status for it in (mail, text)] == ["open", "open"], "either link may be answered"


def test_displays_without_a_reaction_end_what_waits_with_them_also_where_nobody_came_in_time() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    mail = world.deliver()
    world.now += HOUR
    text = world.deliver()
    for _ in range(3):
        world.notice(mail, "displayed")
    world.now = text.expires_at + HOUR
    assert world.decide(touchpoint="menu").verdict.ask
    assert (world.record(mail).status, world.record(text).why) == ("dismissed", "dismissed")
    assert world.types().count("invitation.expired") == 0
