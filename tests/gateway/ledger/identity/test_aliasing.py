"""Joining an anonymous id to a person: afterwards both are one, and nothing is asked twice."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tactful_gateway.ledger.commands import Accepted, Alias, Inspect, Inspected, Notice, Refused
from tactful_rules.model.event import Event
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD, NOBODY, PersonState
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tactful_rules.model.rule import Quota
from tactful_rules.sampling import bucket
from tests.gateway.ledger.schedule.post import REACH, Post, sent_ruleset
from tests.gateway.ledger.world import LEFT_ALONE, NOW, World, make_ruleset

FINISHED = Accepted(duplicate=True)


def test_totals_are_those_of_both_and_the_last_score_is_the_latest() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    for person, score in (("anon", 5), ("p", 1), ("anon", 4)):
        world.now += DAY
        world.respond(world.ask(person, touchpoint="menu"), {"score": score})
    apart = [world.state("anon"), world.state("p")]
    assert world.alias() == Accepted()
    state = world.state("p")
    assert (state.asks, state.answers, state.dismissals) == (3, 3, 0)
    assert (state.last_asked, state.last_answered) == (world.now, world.now)
    assert state.last_score == apart[0].last_score != apart[1].last_score


def test_the_merged_history_is_in_order_and_pruned_to_the_longest_window() -> None:
    world = World(make_ruleset(DoNotDisturb(caps=(Cap(100, 3 * DAY),))))
    for person in ("anon", "p", "anon", "p"):
        world.notice(world.ask(person, touchpoint="menu"), "displayed")
        world.notice(world.ask(person, touchpoint="menu"), "dismissed")
        world.now += DAY
    world.alias()
    assert [event.at for event in world.state("p").history] == [at for day in (1, 2, 3) for at in [NOW + day * DAY] * 2]
    assert (world.state("p").asks, world.state("p").dismissals) == (4, 4)


def test_the_anonymous_id_is_a_pointer_and_nothing_more() -> None:
    world = World()
    world.notice(world.ask("anon"), "displayed")
    world.alias()
    assert world.state("anon") == PersonState(alias_of="p")
    assert len(world.state("p").open) == 1


def test_ids_of_whom_nothing_is_kept_can_be_joined_and_it_holds_for_what_comes_later() -> None:
    world = World()
    assert world.alias() == Accepted()
    record = world.ask("anon")
    assert record.person == "p"
    assert world.decide("p", "menu").verdict.reason == "pending"
    assert world.state("anon") == PersonState(alias_of="p")


def test_joining_again_is_a_duplicate_and_changes_nothing() -> None:
    world = World()
    world.notice(world.ask("anon"), "displayed")
    world.alias()
    before, told = world.state("p"), len(world.events())
    world.now += HOUR
    assert world.alias() == FINISHED
    assert (world.state("p"), len(world.events())) == (before, told)


def test_the_journal_says_who_turned_out_to_be_whom() -> None:
    world = World()
    world.alias()
    (event,) = world.events("person.aliased")
    assert (event["subject"], event["data"]) == ("p", {"person": {"id": "p"}, "anonymous": "anon"})


def test_a_pause_begun_under_one_id_holds_under_the_other() -> None:
    for asked, other in (("anon", "p"), ("p", "anon")):
        world = World()
        world.respond(world.ask(asked), {"score": 5})
        world.alias()
        assert world.decide(other, "menu").verdict.reason == "paused"


def test_asks_under_both_ids_count_for_a_cap() -> None:
    world = World(make_ruleset(DoNotDisturb(caps=(Cap(2, 30 * DAY),))))
    for person in ("anon", "p"):
        world.respond(world.ask(person), {"score": 5})
    world.alias()
    assert world.decide("p", "menu").verdict.reason == "capped"


def test_a_wish_made_under_either_id_is_the_person_s() -> None:
    for wished in ("anon", "p"):
        world = World()
        world.opt_out("*", person=wished)
        world.alias()
        assert world.decide("p").verdict.reason == world.decide("anon").verdict.reason == "opted_out"


@pytest.mark.parametrize("wish", ["web", "*"])
def test_what_is_open_on_a_channel_that_the_other_id_opted_out_of_is_withdrawn(wish: str) -> None:
    world = World()
    record = world.ask("anon")
    world.notice(record, "displayed")
    world.opt_out(wish, person="p")
    world.alias()
    after = world.record(record)
    assert (after.status, after.why, world.state("p").open) == ("cancelled", "opted_out", ())


def test_an_open_invitation_moves_with_its_record_and_its_place_in_the_quota() -> None:
    world = World(make_ruleset(quota=Quota("answers", 1)))
    record = world.ask("anon")
    world.notice(record, "displayed")
    world.alias()
    assert world.record(record).person == "p"
    assert world.decide("p").invitation == world.record(record)
    assert record.id in world.quota().held
    assert world.respond(record, {"score": 5}) == Accepted(world.record(record))
    assert (world.quota().held, world.quota().total) == ({}, 1)
    assert world.state("p").answers == 1


def test_a_link_that_is_out_keeps_working_also_for_what_was_closed_before() -> None:
    """Who has it open names the old person, and a record that nobody touched still does."""
    world = World(make_ruleset(LEFT_ALONE))
    released = world.ask("anon")
    world.now += HOLD
    partial = world.ask("anon")
    world.respond(partial, {"score": 4}, complete=False)
    dismissed = world.ask("anon")
    world.notice(dismissed, "dismissed")
    world.alias()
    for record in (released, partial, dismissed):
        assert world.record(record).person == "anon"
        assert isinstance(world.respond(record, {"score": 5}), Accepted)
        assert world.record(record).person == "p"
        assert isinstance(world.respond(world.record(record), {"score": 5}), Accepted)
    assert world.state("p").answers == 3
    assert world.state("anon") == PersonState(alias_of="p")
    assert {event["subject"] for event in world.events("response.completed")} == {"p"}


def test_somebody_else_s_invitation_is_still_unknown() -> None:
    world = World()
    record = world.ask("other")
    world.alias()
    for person in ("anon", "p"):
        assert world.one(Notice("displayed", person, record.id, record.rule)) == Refused("unknown_invitation")


@pytest.mark.parametrize("first", ["anon", "p"])
def test_of_two_that_nobody_has_seen_the_one_decided_first_stays(first: str) -> None:
    world = World(make_ruleset(quota=Quota("asks", 2)))
    stays = world.ask(first)
    world.now += MINUTE
    goes = world.ask("p" if first == "anon" else "anon")
    world.alias()
    assert (world.record(stays).status, world.record(stays).person) == ("open", "p")
    assert (world.record(goes).status, world.record(goes).why) == ("cancelled", "superseded")
    assert [entry.id for entry in world.state("p").open] == [stays.id]
    assert list(world.quota().held) == [stays.id]
    assert world.notice(goes, "displayed") == Refused("invitation_closed")


def test_one_that_was_displayed_goes_before_one_that_was_not() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    waits = world.ask("p")
    seen = world.ask("anon")
    world.notice(seen, "displayed")
    world.alias()
    assert world.record(waits).why == "superseded"
    assert world.decide("p").invitation == world.record(seen)


def test_what_both_ids_have_seen_already_stays_open_and_can_be_answered() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    both = [world.ask("p"), world.ask("anon", "menu")]
    for record in both:
        world.notice(record, "displayed")
    world.alias()
    assert [world.record(record).status for record in both] == ["open", "open"]
    assert all(isinstance(world.respond(record, {"score": 5}), Accepted) for record in both)
    assert world.state("p").open == ()


def test_an_ask_not_yet_seen_that_comes_too_soon_for_both_is_withdrawn_and_says_why() -> None:
    for policy, why in (
        (DoNotDisturb(pauses=(Pause("asked", 7 * DAY),)), "paused"),
        (DoNotDisturb(caps=(Cap(1, 30 * DAY),)), "capped"),
        (DoNotDisturb(caps=(Cap(1, 30 * DAY, on=("web",)),)), "capped"),
        (DoNotDisturb(caps=(Cap(1, "day"),)), "capped"),
    ):
        for asked, other in (("p", "anon"), ("anon", "p")):
            world = World(make_ruleset(policy))
            world.respond(world.ask(asked), {"score": 5})
            waits = world.ask(other, "menu")
            world.alias()
            assert (world.record(waits).status, world.record(waits).why) == ("cancelled", why)
            assert world.state("p").open == ()


def test_what_ran_out_before_is_ended_at_its_own_time() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    record = world.ask("anon")
    world.now += 2 * HOLD
    world.alias()
    assert (world.record(record).status, world.record(record).closed_at) == ("expired", NOW + HOLD)
    assert world.state("p").open == ()


def test_an_event_decided_under_one_id_is_remembered_under_the_other() -> None:
    for decided, other in (("anon", "p"), ("p", "anon")):
        world = World()
        first = world.decide(decided, event_id="order-1")
        world.alias()
        again = world.decide(other, event_id="order-1")
        assert (again.verdict, again.remembered) == (first.verdict, True)
        assert again.invitation is not None
        assert first.invitation is not None
        assert again.invitation.id == first.invitation.id
        world.now += DAY
        assert not world.decide(other, event_id="order-1").remembered


def test_joined_ids_are_forgotten_with_the_decisions_made_under_them() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    world.alias()
    assert [joined.person for joined in world.state("p").joined] == ["anon"]
    world.now += DAY
    world.ask("p")
    assert world.state("p").joined == ()


def test_chains_lead_to_their_end_from_every_id_whatever_the_order() -> None:
    links = [("a", "b"), ("b", "c"), ("c", "d")]
    for order in permutations(links):
        world = World(make_ruleset(LEFT_ALONE))
        for number, person in enumerate("abcd"):
            world.respond(world.ask(person, event_id=f"e{number}"), {"score": 5})
        for anonymous, person in order:
            assert world.alias(anonymous, person) == Accepted()
        assert world.state("d").answers == 4
        for person in "abcd":
            assert all(world.decide(person, event_id=f"e{number}").remembered for number in range(4))
        assert world.alias("a", "d") == world.alias("a", "c") == world.alias("b", "d") == FINISHED


def test_an_id_can_be_joined_to_one_that_was_joined_itself() -> None:
    world = World()
    world.alias("b", "c")
    assert world.alias("a", "b") == Accepted()
    assert world.state("a") == PersonState(alias_of="c")


def test_a_circle_is_refused_and_changes_nothing() -> None:
    world = World()
    world.alias("a", "b")
    world.alias("b", "c")
    before = [world.state(person) for person in "abc"], len(world.events())
    for anonymous, person in (("c", "a"), ("c", "b"), ("a", "a"), ("c", "c")):
        reply = world.alias(anonymous, person)
        assert reply == (FINISHED if anonymous == "a" else Refused("joined_the_other_way"))
    assert ([world.state(person) for person in "abc"], len(world.events())) == before


def test_an_id_that_is_somebody_s_never_makes_two_known_persons_one() -> None:
    """A shared device: the second to sign in must not get the history of the first."""
    world = World()
    world.respond(world.ask("anon"), {"score": 5})
    world.alias("anon", "p")
    assert world.alias("anon", "q") == Refused("already_joined")
    assert (world.state("p").answers, world.state("q")) == (1, NOBODY)


def test_everything_may_happen_in_one_commit() -> None:
    """Touchpoints under both ids around the join: one of them asks, and every event keeps its decision."""
    world = World()
    world.decide("p", event_id="earlier")
    world.now += DAY + HOUR
    calls = [world.decide_command(person, event_id=event) for person in ("anon", "p") for event in ("e1", "e2")]
    late = [world.decide_command(person, event_id=event) for person in ("anon", "p") for event in ("e1", "e2", "e3")]
    replies = world.do(*calls, Alias("anon", "p"), *late, Alias("anon", "p"))
    assert all(reply.remembered for reply in replies[5:7] + replies[8:10])
    assert replies[7].verdict == replies[10].verdict
    assert replies[-1] == FINISHED
    assert len(world.state("p").open) == 1
    assert world.state("anon") == PersonState(alias_of="p")


def test_a_decision_kept_for_the_person_is_found_when_join_and_call_share_a_commit() -> None:
    world = World()
    first = world.decide("p", event_id="order-1")
    _, again = world.do(Alias("anon", "p"), world.decide_command("anon", event_id="order-1"))
    assert (again.verdict, again.remembered) == (first.verdict, True)


def test_draws_are_those_of_the_known_person() -> None:
    """Who is not in the sample under one id may be under the other; the known one counts."""
    names = [f"n{number}" for number in range(50)]
    inside = next(name for name in names if bucket("sample/ask-payment", name) < 0.3)
    outside = next(name for name in names if bucket("sample/ask-payment", name) > 0.7)
    for anonymous, person, reason in ((outside, inside, "asked"), (inside, outside, "not_sampled")):
        world = World(make_ruleset(LEFT_ALONE, sample=0.5))
        world.alias(anonymous, person)
        assert world.decide(anonymous).verdict.reason == reason


def test_an_explanation_looks_at_the_person_that_the_id_was_joined_to() -> None:
    world = World()
    world.notice(world.ask("anon"), "displayed")
    world.alias()
    found: Any = world.one(Inspect(Event(touchpoint="payment", person="anon", event_id="new")))
    assert isinstance(found, Inspected)
    assert (found.person, found.state.asks) == ("p", 1)


def test_a_wish_under_the_old_id_is_the_person_s_too() -> None:
    world = World()
    world.alias()
    world.opt_out("web", person="anon")
    assert world.state("p").opted_out == ("web",)
    world.opt_in("web", person="anon")
    assert world.state("p").opted_out == ()


def test_what_is_scheduled_goes_to_the_known_person_though_its_wake_up_names_the_old_id() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    scheduled = world.plan("anon")
    world.alias()
    world.now += HOUR
    dispatch = world.dispatch()
    assert (dispatch.record.id, dispatch.record.person) == (scheduled.id, "p")
    world.accept(dispatch)
    assert world.kinds("p") == [("asked", "email")]


def test_a_message_on_its_way_at_the_join_counts_for_the_known_person() -> None:
    world = Post(sent_ruleset("email"))
    world.plan("anon")
    dispatch = world.dispatch()
    waits = world.ask("p", "menu", reach=REACH)
    world.alias()
    assert dispatch.record.person == "anon"
    assert world.record(waits).why == "superseded"
    assert isinstance(world.accept(dispatch), Accepted)
    assert (world.state("p").asks, world.state("anon")) == (1, PersonState(alias_of="p"))


def test_a_scheduled_one_gives_way_to_an_ask_on_screen_and_an_ask_keeps_its_own_fallback() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    scheduled, held = world.plan("p"), world.ask("anon", "menu", reach=REACH)
    world.alias()
    assert (world.record(scheduled).why, world.record(held).status) == ("superseded", "open")
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []

    world = Post(sent_ruleset("email", ("sms", HOUR)))
    world.plan("anon", event_id="e1")
    sent = world.deliver()
    world.now += HOUR
    follower = world.dispatch().record
    world.alias()
    assert [world.record(it).status for it in (sent, follower)] == ["open", "open"]


def test_one_answer_ends_what_the_other_id_was_asked_at_the_same_event() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    both = [world.ask(person, event_id="order-1") for person in ("anon", "p")]
    for record in both:
        world.notice(record, "displayed")
    world.alias()
    world.respond(both[0], {"score": 5})
    assert (world.record(both[1]).status, world.record(both[1]).why) == ("cancelled", "answered")


def test_opting_out_cancels_what_is_scheduled_there() -> None:
    world = Post(sent_ruleset("email", delay=HOUR))
    scheduled = world.plan()
    world.opt_out("email")
    assert (world.record(scheduled).why, world.record(scheduled).addresses) == ("opted_out", {})
    assert world.pass_time(80 * HOUR, 8 * HOUR) == []


def test_what_the_other_id_was_asked_at_the_same_touchpoint_since_stops_what_is_scheduled() -> None:
    policy = DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))
    for scheduled, asked in (("p", "anon"), ("anon", "p")):
        world = Post(sent_ruleset("web", "email", policy=policy, delay=3 * HOUR, valid_for=HOUR))
        waits = world.plan(scheduled, reach={"email": "a@example.com"})
        world.now += HOUR
        world.notice(world.ask(asked, reach={"web": True}), "displayed")
        world.now += HOUR  # and it expired
        world.alias()
        world.now += HOUR
        assert world.run() == []
        assert (world.record(waits).status, world.record(waits).why) == ("cancelled", "paused")
