"""A machine's clock that is set back or forth between commits: nobody is asked more, and no time is negative."""

from __future__ import annotations

import pytest

from tactful_gateway.ledger.commands import Accepted
from tactful_gateway.store.rows import decode_person, encode_person
from tactful_rules.model.ids import DAY, HOUR, MINUTE, SECOND
from tactful_rules.model.policy import Cap, DoNotDisturb, Pause
from tests.gateway.ledger.world import World, make_ruleset

BACK = 2 * HOUR


def test_an_answer_after_the_clock_was_set_back_is_taken_and_its_times_are_not_negative() -> None:
    world = World()
    record = world.ask()
    world.now -= BACK
    assert isinstance(world.notice(record, "displayed"), Accepted)
    world.now -= BACK
    assert isinstance(world.respond(record, {"score": 5}), Accepted)
    timings = world.events("response.completed")[-1]["data"]["timings"]
    assert [timings[f"seconds_to_{what}"] for what in ("display", "answer", "complete")] == [0.0, 0.0, 0.0]
    state = world.state()
    assert decode_person(encode_person(state)) == state


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (DoNotDisturb(pauses=(Pause("asked", DAY),)), "paused"),
        (DoNotDisturb(pauses=(Pause("answered", DAY),)), "paused"),
        (DoNotDisturb(caps=(Cap(1, DAY),)), "capped"),
    ],
)
def test_an_ask_that_the_clock_says_is_yet_to_come_counts(policy: DoNotDisturb, reason: str) -> None:
    world = World(make_ruleset(policy))
    record = world.ask()
    world.notice(record, "displayed")
    world.respond(record, {"score": 5})
    world.now -= BACK
    assert world.decide().verdict.reason == reason
    world.now += BACK + DAY + SECOND
    assert world.decide().verdict.ask


def test_a_clock_that_was_ahead_for_a_moment_leaves_nobody_alone_for_longer_than_that() -> None:
    world = World(make_ruleset(DoNotDisturb(pauses=(Pause("asked", HOUR),))))
    world.now += DAY
    record = world.ask()
    world.notice(record, "displayed")
    world.respond(record, {"score": 5})
    world.now -= DAY
    assert not world.decide().verdict.ask
    world.now += DAY + HOUR + MINUTE
    assert world.decide().verdict.ask


def test_journal_numbers_and_ids_rise_whatever_the_clock_says() -> None:
    world = World()
    for number, jump in enumerate((0, -DAY, 3 * DAY, -HOUR, -5 * DAY)):
        world.now += jump
        world.respond(world.ask(f"p{number}"), {"score": 4})
    ids = [event["id"] for event in world.events()]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
