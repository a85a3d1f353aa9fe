"""What couriers say: accepted means asked; refused means again, later, or failed for good."""

import pytest
from msgspec.structs import replace

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.ledger.commands import Accepted, Refused, Sent, Signal
from tactful_gateway.retry import SCHEDULE
from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND
from tactful_rules.model.policy import DoNotDisturb, Pause
from tactful_rules.model.rule import Quota, Reminder
from tests.gateway.ledger.schedule.post import EVENING, QUIET, REACH, Post, sent_ruleset
from tests.gateway.ledger.world import NOW

PAUSED = DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))


def test_accepted_means_asked_and_the_journal_tells_what_went_out() -> None:
    world = Post(sent_ruleset("email", policy=PAUSED, quota=Quota("asks", 1)))
    world.plan()
    dispatch = world.dispatch()
    world.now += SECOND
    world.accept(dispatch, "<m-1@mail>")
    record = world.record(dispatch.record)
    assert (record.status, record.sent_at, record.message_id) == ("open", world.now, "<m-1@mail>")
    assert world.kinds() == [("asked", "email")]
    assert (world.quota().total, world.quota().held) == (1, {})
    (told,) = world.events("invitation.sent")
    data = told["data"]
    assert (data["reminder"], data["attempts"], data["message_id"], data["fallback_of"]) == (0, 1, "<m-1@mail>", None)
    assert data["timings"]["sent_at"] == "2027-01-15T08:00:01.000Z"
    assert world.decide(touchpoint="menu").verdict.reason == "pending"


def test_an_answer_tells_how_many_attempts_the_message_took_that_brought_it() -> None:
    world = Post(sent_ruleset("email", remind=Reminder(after=DAY)))
    world.plan()
    world.refuse(world.dispatch(), retry_after=HOUR)
    world.now += HOUR
    record = world.deliver()
    world.now += DAY
    world.refuse(world.dispatch(), final=True)
    world.respond(record, {"score": 5})
    told = {event["type"].removeprefix("tactful."): event["data"]["attempts"] for event in world.events()}
    assert (told["invitation.created"], told["invitation.sent"], told["response.completed"]) == (0, 2, 2)


def test_an_address_is_never_in_the_journal() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    world.refuse(world.dispatch(), final=True)
    world.deliver()
    assert {"invitation.failed", "invitation.sent"} <= {*world.types()}
    assert not any("sealed" in str(event) or "example" in str(event) for event in world.events())


def test_accepted_twice_is_once() -> None:
    world = Post()
    world.plan()
    dispatch = world.dispatch()
    world.accept(dispatch)
    assert world.accept(dispatch) == Accepted(world.record(dispatch.record), duplicate=True)
    assert world.types() == ["invitation.created", "invitation.sent"]
    assert world.one(Sent("p", "nothing", "ask-payment", "email", 0)) == Refused("unknown_invitation")


def test_the_pages_of_what_was_sent_add_no_second_ask() -> None:
    world = Post(sent_ruleset("email", quota=Quota("asks", 2)))
    world.plan()
    record = world.deliver()
    for signal in ("opened", "displayed", "displayed"):
        world.notice(record, signal)
    world.respond(record, {"score": 5})
    assert world.kinds() == [("asked", "email"), ("answered", "email")]
    assert world.quota().total == 1


def test_the_page_of_what_was_sent_may_be_looked_at_often_and_stays_open_when_its_touchpoint_comes_again() -> None:
    world = Post()
    world.plan()
    record = world.deliver()
    for _ in range(4):
        world.notice(record, "displayed")
    assert world.decide(reach=REACH).verdict.reason == "pending"
    assert world.record(record).status == "open"


@pytest.mark.parametrize("signals", [("displayed",), ("opened",), ("opened", "displayed")])
def test_a_page_seen_before_the_courier_s_word_counts_once(signals: tuple[Signal, ...]) -> None:
    world = Post(sent_ruleset("email", quota=Quota("asks", 2)))
    world.plan()
    dispatch = world.dispatch()
    for signal in signals:
        world.notice(dispatch.record, signal)
    assert world.kinds() == [("asked", "email")]
    world.accept(dispatch)
    assert world.kinds() == [("asked", "email")]
    assert world.quota().total == 1
    displayed = ["invitation.displayed"] if "displayed" in signals else []
    assert world.types() == ["invitation.created", *displayed, "invitation.sent"]


def test_an_opened_link_counts_as_asked_also_where_the_courier_died() -> None:
    world = Post(sent_ruleset("email", policy=PAUSED, valid_for=HOUR))
    world.plan()
    world.notice(world.dispatch().record, "opened")
    assert world.pass_time(2 * HOUR, MINUTE) == []
    assert (world.kinds(), world.state().asks) == ([("asked", "email")], 1)
    assert world.decide(reach=REACH).verdict.reason == "paused"


def test_an_opened_page_of_what_is_on_a_screen_is_no_ask_before_it_is_displayed() -> None:
    world = Post(sent_ruleset("web"))
    asked = world.ask()
    world.notice(asked, "opened")
    assert world.kinds() == []
    world.notice(asked, "displayed")
    assert world.kinds() == [("asked", "web")]


def test_what_was_withdrawn_on_its_way_counts_as_asked_all_the_same() -> None:
    world = Post()
    world.plan()
    dispatch = world.dispatch()
    world.opt_out("*")
    world.accept(dispatch)
    record = world.record(dispatch.record)
    assert (record.status, record.why, record.sent_at) == ("cancelled", "opted_out", world.now)
    assert world.kinds() == [("asked", "email")]
    assert world.run() == []


def test_a_refused_message_is_tried_again_on_the_schedule_of_sinks() -> None:
    world = Post()
    world.plan()
    waits = []
    for _ in range(4):
        before, dispatch = world.now, world.dispatch()
        waits.append(before)
        world.refuse(dispatch)
        assert not world.state().open[0].sending
        waiting = world.record(dispatch.record)
        assert waiting.not_before is not None
        world.now = waiting.not_before - 1
        assert world.run() == []
        world.now += 1
    assert [after - before for before, after in zip(waits, [*waits[1:], world.now], strict=True)] == [*SCHEDULE[1:5]]


def test_a_provider_s_own_wish_is_honoured() -> None:
    world = Post()
    world.plan()
    world.refuse(world.dispatch(), retry_after=HOUR)
    assert world.pass_time(HOUR - 1, MINUTE) == []
    world.now += 1
    assert world.dispatch().record.attempts == 2


def test_each_attempt_is_decided_again() -> None:
    world = Post(sent_ruleset("email", policy=QUIET))
    world.now = NOW + 13 * HOUR - MINUTE
    world.plan()
    dispatch = world.dispatch()
    world.refuse(dispatch, retry_after=5 * MINUTE)
    assert world.pass_time(10 * HOUR) == []
    assert world.record(dispatch.record).not_before == NOW + DAY
    world.now = NOW + DAY
    assert world.dispatch().record.attempts == 2


def test_what_is_refused_for_good_failed_at_once() -> None:
    world = Post(sent_ruleset("email", quota=Quota("answers", 1)))
    world.plan()
    dispatch = world.dispatch()
    world.refuse(dispatch, final=True)
    record = world.record(dispatch.record)
    assert (record.status, record.closed_at, record.addresses) == ("failed", world.now, {})
    assert (world.kinds(), world.state().open, world.quota().held) == ([], (), {})
    (told,) = world.events("invitation.failed")
    assert (told["data"]["error"], told["data"]["status"]) == ("550 no such user", "failed")
    world.plan()


def test_what_could_only_be_tried_again_after_its_life_failed() -> None:
    world = Post(sent_ruleset("email", valid_for=4 * MINUTE))
    world.plan()
    first = world.dispatch()
    world.refuse(first)
    world.now += 5 * SECOND
    second = world.dispatch()
    world.refuse(second)
    assert world.record(first.record).status == "failed"
    assert world.record(first.record).closed_at == world.now


def test_what_could_be_tried_again_only_when_its_life_is_over_failed() -> None:
    world = Post(sent_ruleset("email", valid_for=HOUR))
    world.plan()
    world.refuse(first := world.dispatch(), retry_after=HOUR)
    assert world.record(first.record).status == "failed"


def test_couriers_that_always_die_are_not_given_it_for_ever() -> None:
    world = Post()
    record = world.plan()
    for _ in SCHEDULE:
        world.dispatch()
        world.now += LEASE
    assert world.run() == []
    assert world.record(record).status == "failed"


def test_what_failed_but_arrived_all_the_same_is_answered_and_counts_as_asked() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    text = world.dispatch().record
    world.notice(mail.record, "displayed")
    assert isinstance(world.respond(mail.record, {"score": 5}), Accepted)
    assert world.kinds() == [("asked", "email"), ("answered", "email")]
    assert world.record(text).why == "answered"


def test_a_refusal_that_comes_after_the_next_attempt_began_changes_nothing() -> None:
    world = Post()
    world.plan()
    first = world.dispatch()
    world.now += LEASE
    second = world.dispatch()
    assert world.refuse(first, final=True) == Accepted(second.record, duplicate=True)
    waits = world.refuse(second, retry_after=HOUR)
    assert world.refuse(second, final=True) == replace(waits, duplicate=True)
    world.now += HOUR
    world.accept(second := world.dispatch())
    assert world.refuse(second, final=True) == Accepted(world.record(second.record), duplicate=True)
    assert world.record(second.record).status == "open"


def test_one_that_is_scheduled_gives_way_to_an_ask_on_screen_and_one_on_its_way_does_not() -> None:
    world = Post(sent_ruleset("email", policy=QUIET, quota=Quota("asks", 1)))
    world.now = NOW + EVENING
    record = world.plan()
    asked = world.ask(touchpoint="menu", reach=REACH)
    superseded = world.record(record)
    assert (superseded.status, superseded.why, superseded.addresses) == ("cancelled", "superseded", {})
    assert world.only().id == asked.id
    assert world.quota().held == {}
    assert world.types()[1:] == ["invitation.cancelled", "invitation.created"]
    other = Post()
    other.plan()
    other.dispatch()
    assert other.decide(touchpoint="menu").verdict.reason == "pending"


def test_the_first_answer_silences_what_waits_and_drops_its_address() -> None:
    world = Post(sent_ruleset("email", remind=None))
    world.plan()
    record = world.deliver()
    world.respond(record, {"score": 3}, complete=False)
    assert world.record(record).addresses == {}
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []
