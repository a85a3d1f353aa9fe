"""Reminders: the same link again, in nobody's quiet hours, and only to who has not said anything."""

import pytest
from msgspec.structs import replace

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.retry import SCHEDULE
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Quota, Reminder
from tests.gateway.ledger.schedule.post import QUIET, Post, sent_ruleset
from tests.gateway.ledger.world import NOW

TWICE = Reminder(after=24 * HOUR, times=2)
STRICT = DoNotDisturb(pauses=(Pause("asked", 30 * DAY),), caps=(Cap(1, 30 * DAY),))


def test_reminders_repeat_the_same_invitation_and_are_no_asks() -> None:
    world = Post(sent_ruleset("email", remind=TWICE, policy=STRICT, quota=Quota("asks", 1), valid_for=7 * DAY))
    world.plan()
    record = world.deliver()
    for number in (1, 2):
        assert world.pass_time(24 * HOUR - 1, 6 * HOUR) == []
        world.now += 1
        reminder = world.dispatch()
        assert (reminder.reminder, reminder.record.id) == (number, record.id)
        assert (reminder.record.expires_at, reminder.record.attempts) == (record.expires_at, 1)
        world.accept(reminder, f"m-{number}")
    assert world.record(record).remind_at is None
    assert world.pass_time(7 * DAY, DAY) == []
    assert (world.kinds(), world.quota().total) == ([("asked", "email")], 1)
    assert [event["data"]["reminder"] for event in world.events("invitation.sent")] == [0, 1, 2]
    assert world.events("invitation.sent")[1]["data"]["message_id"] == "m-1"


def test_who_answered_dismissed_or_opted_out_is_not_reminded() -> None:
    for what in ("answered", "dismissed", "opted out"):
        world = Post(sent_ruleset("email", remind=TWICE))
        world.plan()
        record = world.deliver()
        if what == "answered":
            world.respond(record, {"score": 2}, complete=False)
        elif what == "dismissed":
            world.notice(record, "dismissed")
        else:
            world.opt_out("email")
        assert world.pass_time(5 * DAY, 12 * HOUR) == [], what


def test_a_reminder_waits_for_the_end_of_the_quiet_hours() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=13 * HOUR), policy=QUIET))
    world.plan()
    world.deliver()
    assert world.pass_time(24 * HOUR - 1, HOUR) == []
    world.now = NOW + DAY
    assert world.dispatch().reminder == 1


def test_a_reminder_that_would_come_after_the_end_does_not() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=13 * HOUR), policy=QUIET, valid_for=20 * HOUR))
    world.plan()
    record = world.deliver()
    assert world.pass_time(3 * DAY, HOUR) == []
    assert world.record(record).status == "expired"


def test_a_reminder_that_is_refused_is_tried_again_and_at_last_given_up() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=HOUR)))
    world.plan()
    record = world.deliver()
    world.now += HOUR
    world.refuse(world.dispatch(), retry_after=10 * MINUTE)
    assert world.pass_time(10 * MINUTE - 1, MINUTE) == []
    world.now += 1
    again = world.dispatch()
    assert (again.reminder, again.record.attempts) == (1, 2)
    world.refuse(again, final=True)
    assert world.record(record).status == "open"
    assert world.pass_time(2 * DAY, 4 * HOUR) == []
    (told,) = world.events("invitation.failed")
    assert (told["data"]["reminder"], told["data"]["status"]) == (1, "open")


def test_a_reminder_whose_courier_died_is_sent_again_under_the_same_number() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=HOUR)))
    world.plan()
    world.deliver()
    world.now += HOUR
    first = world.dispatch()
    world.now += LEASE
    again = world.dispatch()
    assert (first.reminder, again.reminder, again.record.attempts) == (1, 1, 2)
    world.accept(again)
    world.accept(first)
    assert world.record(first.record).reminded == 1


def test_a_reminder_whose_couriers_always_die_is_given_up() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=HOUR)))
    world.plan()
    record = world.deliver()
    world.now += HOUR
    for _ in SCHEDULE:
        world.dispatch()
        world.now += LEASE
    assert world.run() == []
    assert world.record(record).status == "open"


def test_a_reminder_at_the_very_end_is_none() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=24 * HOUR), valid_for=24 * HOUR))
    world.plan()
    assert world.deliver().remind_at is None


@pytest.mark.parametrize("remind", [None, Reminder(after=24 * HOUR, times=1), "gone"])
def test_reminders_follow_the_rule_as_it_is_now(remind: Reminder | str | None) -> None:
    world = Post(sent_ruleset("email", remind=TWICE, valid_for=7 * DAY))
    world.plan()
    record = world.deliver()
    world.now += 24 * HOUR
    world.accept(world.dispatch())
    ruleset = sent_ruleset("email", remind=None if remind == "gone" else remind, valid_for=7 * DAY)
    world.reload(replace(ruleset, rules=ruleset.rules[1:]) if remind == "gone" else ruleset)
    assert world.pass_time(5 * DAY, 12 * HOUR) == []
    assert (world.record(record).status, world.record(record).remind_at) == ("open", None)


def test_a_message_of_a_rule_that_is_gone_is_accepted_and_brings_no_reminder() -> None:
    world = Post(ruleset := sent_ruleset("email", remind=TWICE))
    world.plan()
    message = world.dispatch()
    world.reload(replace(ruleset, rules=ruleset.rules[1:]))
    world.accept(message)
    assert world.record(message.record).remind_at is None
