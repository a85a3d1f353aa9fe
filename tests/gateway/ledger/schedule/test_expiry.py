"""Everything that is open ends by itself at its time, whether the person ever calls again or not."""

import hypothesis.strategies as st
from hypothesis import given, settings

from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import DAY, HOUR, MINUTE, Span
from tactful_rules.model.person import HOLD
from tactful_rules.model.rule import Quota, Reminder
from tests.gateway.ledger.schedule.post import QUIET, REACH, SENT, Post, sent_ruleset
from tests.gateway.ledger.world import LEFT_ALONE, World, make_ruleset


def test_an_undisplayed_hold_is_swept_when_its_half_hour_is_over() -> None:
    world = Post(make_ruleset(LEFT_ALONE, Quota("asks", 1)))
    record = world.ask()
    world.now += HOLD - 1
    world.run()
    assert world.record(record).status == "open"
    world.now += 1
    world.run()
    assert (world.record(record).status, world.record(record).closed_at) == ("expired", world.now)
    assert world.quota().held == {}
    assert world.due("") == []


def test_a_displayed_one_is_swept_when_it_expires_and_at_most_once() -> None:
    world = Post(make_ruleset(LEFT_ALONE))
    record = world.ask()
    world.notice(record, "displayed")
    world.now += HOLD
    world.run()
    assert world.record(record).status == "open"
    world.now = record.expires_at + 5 * DAY
    world.run()
    ended = world.record(record)
    assert (ended.status, ended.closed_at) == ("expired", record.expires_at)
    world.run()
    world.decide()
    assert world.types().count("invitation.expired") == 1


def test_the_third_untouched_display_is_a_no_when_it_is_swept() -> None:
    world = Post(make_ruleset(LEFT_ALONE))
    record = world.ask()
    for _ in range(3):
        world.notice(record, "displayed")
    world.now = record.expires_at
    world.run()
    assert world.record(record).status == "dismissed"


def test_answering_and_displaying_write_no_schedule() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    record = world.ask()
    before = dict(world.store._wake_ups)
    world.notice(record, "displayed")
    world.respond(record, {"score": 2}, complete=False)
    world.respond(record, {"score": 5})
    assert world.store._wake_ups == before


def test_a_wake_up_of_what_was_closed_or_erased_only_goes() -> None:
    world = Post(make_ruleset(LEFT_ALONE))
    record = world.ask()
    world.respond(record, {"score": 5})
    world.now += HOLD
    types = world.types()
    assert world.run() == []
    assert (world.due(""), world.types()) == ([], types)


def next_due(world: Post, record: InvitationRecord) -> int:
    rows = [it for it in world.store._wake_ups.values() if it.invitation == record.id]
    return min(it.due for it in rows)


@settings(max_examples=150, deadline=None)
@given(
    spans=st.lists(st.sampled_from([MINUTE, HOLD, 2 * HOUR, 9 * HOUR, 2 * DAY]), min_size=1, max_size=12),
    words=st.lists(st.sampled_from(["accept", "refuse", "final", "silent", "display", "open", "call"]), min_size=12),
    first=st.sampled_from(["web", "email"]),
    delay=st.sampled_from([0, 3 * HOUR]),
)
def test_whatever_is_open_has_a_wake_up_and_all_ends(
    spans: list[Span], words: list[str], first: str, delay: Span
) -> None:
    ruleset = sent_ruleset(
        first, ("sms", 2 * HOUR), ("wechat", HOUR), policy=QUIET, delay=delay, remind=Reminder(5 * HOUR, 2)
    )
    world = Post(ruleset)
    world.decide(reach=REACH)
    for span, word in zip(spans, words, strict=False):
        made = world.run()
        for dispatch in made:
            if word == "accept":
                world.accept(dispatch)
            elif word in {"refuse", "final"}:
                world.refuse(dispatch, final=word == "final")
        for entry in world.state().open:
            if word in {"display", "open"}:
                world.notice(world.by_id(entry.id), "displayed" if word == "display" else "opened")
        if word == "call":
            world.decide(touchpoint="menu", reach=REACH)
        world.run()
        for entry in world.state().open:
            record = world.by_id(entry.id)
            assert record.status == "open"
            assert world.now < next_due(world, record) <= entry.deadline()
        world.now += span
    for _ in range(60):
        world.now += (
            11 * HOUR
        )  # never twice at the same time of the day: a scheduler that wakes by night waits for ever
        world.run()
    assert world.state().open == ()
    assert all(world.due(lane) == [] for lane in ("", *SENT))
    assert world.quota().held == {}
