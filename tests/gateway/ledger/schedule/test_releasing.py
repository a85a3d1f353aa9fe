"""What is scheduled is decided again right before it goes: sent, made to wait, or cancelled with the reason."""

import pytest
from msgspec.structs import replace

from tactful_gateway.ledger.apply.schedule.releasing import LEASE
from tactful_gateway.ledger.commands import Accepted, Alias
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.rows import encode
from tactful_rules.model.condition import Not, Test
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HistoryEvent
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Quota, Variant
from tests.gateway.ledger.schedule.post import EVENING, QUIET, REACH, Post, sent_ruleset
from tests.gateway.ledger.world import NOW, finish


def test_what_may_go_at_once_is_dispatched_on_its_channel_s_lane_and_recorded_before() -> None:
    world = Post()
    record = world.plan()
    assert world.types() == ["invitation.created"]
    (wake_up,) = world.due("email")
    dispatch = world.wake(wake_up)
    assert dispatch is not None
    assert (dispatch.record.id, dispatch.reminder, dispatch.record.attempts) == (record.id, 0, 1)
    assert dispatch.record == world.record(record)
    assert dispatch.record.sending_until == NOW + LEASE
    assert world.state().open[0].sending
    assert world.kinds() == []


def test_a_second_scheduler_that_wakes_the_same_row_sends_nothing() -> None:
    world = Post()
    world.plan()
    (wake_up,) = world.due("email")
    one, other = world.do(world.wake_command(wake_up), world.wake_command(wake_up))
    assert one.dispatch is not None
    assert other.dispatch is None
    assert world.wake(wake_up) is None
    world.now += MINUTE
    assert world.run() == []


def test_what_waits_for_the_morning_goes_then_and_lives_from_then_on() -> None:
    world = Post(sent_ruleset("email", policy=QUIET))
    world.now = NOW + EVENING
    record = world.plan()
    assert (record.not_before, record.expires_at) == (NOW + DAY, NOW + DAY + 72 * HOUR)
    assert world.pass_time(10 * HOUR - 1) == []
    world.now += 1 + 5 * MINUTE  # the scheduler was late
    dispatch = world.dispatch()
    assert dispatch.record.expires_at == world.now + 72 * HOUR
    assert dispatch.record.not_before == NOW + DAY


def test_a_delay_is_served_once() -> None:
    world = Post(sent_ruleset("email", delay=2 * HOUR))
    record = world.plan()
    assert record.not_before == NOW + 2 * HOUR
    assert world.pass_time(2 * HOUR - 1) == []
    world.now += 1
    assert world.dispatch().record.id == record.id


def test_one_whose_release_falls_into_quiet_hours_waits_again() -> None:
    world = Post(sent_ruleset("email", policy=QUIET, delay=2 * HOUR))
    record = world.plan()
    world.now = NOW + EVENING  # nobody woke it for half a day
    assert world.run() == []
    waiting = world.record(record)
    assert (waiting.status, waiting.not_before) == ("open", NOW + DAY)
    assert waiting.expires_at == NOW + DAY + 72 * HOUR
    world.now = NOW + DAY
    assert world.dispatch().record.id == record.id


def test_what_may_not_go_any_more_is_cancelled_with_the_reason_and_leaves_its_place_to_others() -> None:
    world = Post(sent_ruleset("email", policy=QUIET, quota=Quota("asks", 5)))
    world.now = NOW + EVENING
    one, two = world.plan("one"), world.plan("two")
    world.reload(sent_ruleset("email", policy=QUIET, quota=Quota("asks", 1)))
    world.now = NOW + DAY
    assert world.dispatch().record.id == two.id
    cancelled = world.record(one)
    assert (cancelled.status, cancelled.why) == ("cancelled", "quota_full")
    assert (cancelled.closed_at, cancelled.addresses) == (world.now, {})
    (told,) = world.events("invitation.cancelled")
    assert (told["data"]["why"], told["subject"]) == ("quota_full", "one")
    assert world.quota().held.keys() == {two.id}


@pytest.mark.parametrize(
    ("reason", "policy"),
    [
        ("paused", DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))),
        ("capped", DoNotDisturb(caps=(Cap(1, 7 * DAY),))),
    ],
)
def test_pauses_and_caps_are_looked_at_again_when_it_goes(reason: str, policy: DoNotDisturb) -> None:
    world = Post(sent_ruleset("email", delay=HOUR, policy=policy))
    record = world.plan()
    asked = HistoryEvent("asked", NOW, "csat", "menu", "web")
    state = replace(world.state(), history=(asked,), asks=1, last_asked=NOW)
    finish(world.store.transact(Keys(), lambda _: Changes(persons={"p": state})))
    world.now += HOUR
    assert world.run() == []
    assert world.record(record).why == reason


def test_a_reload_that_removes_disables_or_moves_the_rule_cancels_what_it_scheduled() -> None:
    for change in ("gone", "disabled", "elsewhere", "over"):
        ruleset = sent_ruleset("email", delay=HOUR)
        world = Post(ruleset)
        record = world.plan()
        rule, others = ruleset.rules[0], ruleset.rules[1:]
        changed = {
            "gone": (),
            "disabled": (replace(rule, enabled=False),),
            "elsewhere": (replace(rule, at=("menu",)),),
            "over": (replace(rule, until=NOW + HOUR),),
        }[change]
        world.reload(replace(ruleset, rules=(*changed, *others)))
        world.now += HOUR
        assert world.run() == []
        assert (world.record(record).status, world.record(record).why) == ("cancelled", "no_rule"), change


def test_it_asks_what_the_rule_asks_when_it_goes() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    world.plan()
    world.reload(sent_ruleset("email", delay=HOUR, variants=(Variant("other"),)))
    world.now += HOUR
    sent = world.dispatch().record
    assert (sent.questionnaire, sent.ruleset) == ("other", world.compiled.version)
    assert world.state().open[0].questionnaire == "other"


def test_it_is_decided_on_what_was_known_at_its_event() -> None:
    here = {"param": "order.kind", "trait": "person.tier", "page": "page.path", "device": "device.type"}
    for what, attribute in here.items():
        test = Test(attribute, "is", "it")
        variants = (Variant("other", test), Variant("csat", Not(test)))
        world = Post(sent_ruleset("email", delay=HOUR, variants=variants))
        known = {"param": {"params": {"order.kind": "it"}}, "trait": {"traits": {"tier": "it"}}}
        known |= {"page": {"page": Page(path="it")}, "device": {"device": Device(type="it")}}
        world.plan(**known[what])
        world.now += HOUR
        assert world.dispatch().record.questionnaire == "other", what


def test_once_it_may_have_gone_out_it_keeps_what_it_asks_and_its_link() -> None:
    world = Post()
    world.plan()
    first = world.dispatch()
    world.reload(sent_ruleset("email", variants=(Variant("other"),), valid_for=DAY))
    world.now += LEASE
    again = world.dispatch()
    assert (again.record.questionnaire, again.record.ruleset) == ("csat", first.record.ruleset)
    assert (again.record.id, again.record.expires_at) == (first.record.id, first.record.expires_at)


def test_another_channel_than_the_planned_one_is_taken_on_that_one_s_lane() -> None:
    world = Post(sent_ruleset("email", "sms", delay=HOUR))
    record = world.plan()
    world.reload(sent_ruleset("sms", "email", delay=HOUR))
    world.now += HOUR
    (wake_up,) = world.due("email")
    assert world.wake(wake_up) is None
    assert world.due("email") == []
    (moved,) = world.due("sms")
    dispatch = world.wake(moved)
    assert dispatch is not None
    assert (dispatch.record.id, dispatch.record.channel) == (record.id, "sms")
    assert world.state().open[0].channel == "sms"
    world.now += LEASE
    assert world.wake(wake_up) is None, "another scheduler's late word from the old lane"


def test_what_waits_on_a_channel_that_is_gone_ends_at_its_time_though_nobody_serves_that_lane() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan()
    world.reload(sent_ruleset("sms", delay=HOUR))
    for _ in range(80):
        world.now += HOUR
        for wake_up in world.due(""):
            assert world.wake(wake_up) is None
    assert world.record(record).status == "expired"


def test_the_words_of_a_courier_that_died_are_waited_for_and_then_it_is_sent_again_under_the_same_number() -> None:
    world = Post()
    world.plan()
    first = world.dispatch()
    world.now += LEASE - 1
    assert world.run() == []
    world.now += 1
    again = world.dispatch()
    assert (again.record.id, again.reminder) == (first.record.id, first.reminder)
    assert (again.record.attempts, again.record.released_at) == (2, NOW)
    world.accept(again)
    world.now += LEASE
    assert world.run() == []
    assert world.kinds() == [("asked", "email")]


def test_who_saw_the_page_got_the_message_also_when_the_courier_died() -> None:
    world = Post()
    world.plan()
    record = world.dispatch().record
    world.notice(record, "displayed")
    assert world.kinds() == [("asked", "email")]
    world.now += LEASE
    assert world.run() == []
    assert world.decide(touchpoint="menu").verdict.reason == "pending"


def test_late_ones_go_in_the_order_in_which_they_were_due() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    for place in (3, 1, 2):
        world.now = NOW + place * MINUTE
        world.plan(f"p{place}")
    world.now = NOW + 5 * HOUR
    assert [it.record.person for it in world.run()] == ["p1", "p2", "p3"]


@pytest.mark.parametrize("first", ["", "email"])
def test_nothing_goes_out_after_its_life_however_late_the_scheduler_is(first: str) -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan()
    world.now = record.expires_at
    assert [world.wake(wake_up) for wake_up in world.due(first)] == [None]
    assert world.run() == []
    assert (world.record(record).status, world.record(record).addresses) == ("expired", {})


def test_a_clock_that_jumps_sends_nothing_twice_and_loses_nothing() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan()
    world.now = NOW - 30 * DAY
    assert world.run() == []
    world.now = NOW + HOUR
    sent = world.deliver()
    assert sent.id == record.id
    for jump in (-30 * DAY, 2 * DAY, -2 * DAY, LEASE):
        world.now += jump
        assert world.run() == []
    assert world.kinds() == [("asked", "email")]


def test_a_clock_that_went_back_wakes_early_what_is_not_due_and_finds_it_again() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan()
    world.now = NOW + HOUR
    (wake_up,) = world.due("email")
    world.now = NOW
    assert world.wake(wake_up) is None
    world.now = NOW + HOUR
    assert world.dispatch().record.id == record.id


def test_a_person_who_opts_out_while_it_waits_gets_nothing_and_its_addresses_are_gone() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan()
    assert world.record(record).addresses == {"email": b"sealed a@example.com"}
    world.opt_out("*")
    world.now += HOUR
    assert world.run() == []
    assert (world.record(record).why, world.record(record).addresses) == ("opted_out", {})


def test_only_addresses_that_the_rule_may_need_are_kept() -> None:
    world = Post(sent_ruleset("web", "email", "sms"))
    on_screen = world.ask(reach=REACH)
    assert on_screen.addresses == {}
    planned = Post(sent_ruleset("sms", "email")).plan()
    assert planned.addresses.keys() == {"sms", "email"}


def test_a_quota_of_one_is_never_overdrawn_by_what_waits() -> None:
    world = Post(sent_ruleset("email", policy=QUIET, quota=Quota("answers", 1)))
    world.now = NOW + EVENING
    first = world.plan("one")
    assert world.decide("two", reach=REACH).verdict.reason == "quota_full"
    world.now = NOW + DAY + 2 * HOUR  # the scheduler was late, so its life ends later, too
    sent = world.deliver()
    assert (sent.id, sent.expires_at) == (first.id, first.expires_at + 2 * HOUR)
    world.now = sent.expires_at - 1
    world.run()
    assert world.decide("two", reach=REACH).verdict.reason == "quota_full"
    world.now += 1
    world.run()
    assert world.quota().held == {}
    world.plan("two")


def test_a_decision_that_waits_is_remembered_without_any_address() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan(event_id="e")
    again = world.decide(event_id="e", reach=REACH)
    assert again.remembered
    assert again.invitation is not None
    assert again.invitation.id == record.id
    (kept,) = world.store._decisions.values()
    assert b"sealed" not in encode(kept)


def test_what_waits_for_an_anonymous_id_goes_to_the_person_that_it_was_joined_to() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    record = world.plan("anonymous")
    assert isinstance(world.one(Alias("anonymous", "known")), Accepted)
    world.now += HOUR
    sent = world.deliver()
    assert (sent.id, sent.person) == (record.id, "known")
    assert world.kinds("known") == [("asked", "email")]
    world.now = sent.expires_at
    world.run()
    assert (world.record(record).status, world.state("known").open) == ("expired", ())


def test_what_is_on_its_way_when_ids_are_joined_is_told_of_once() -> None:
    world = Post()
    world.plan("anonymous")
    dispatch = world.dispatch()
    world.one(Alias("anonymous", "known"))
    assert isinstance(world.accept(dispatch), Accepted)
    assert world.kinds("known") == [("asked", "email")]
    world.now += LEASE
    assert world.run() == []
