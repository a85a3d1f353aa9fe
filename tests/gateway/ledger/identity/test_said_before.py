"""What was answered or dismissed under one id before both were known to be one: it holds for the other's, too."""

from __future__ import annotations

from typing import Any

import pytest

from tactful_gateway.ledger.commands import Refused
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.policy import Cap, DoNotDisturb
from tests.gateway.ledger.schedule.post import Post, sent_ruleset
from tests.gateway.ledger.world import World, make_ruleset

SELDOM = DoNotDisturb(caps=(Cap(9, 30 * DAY),))
BOTH = [("p", "anon"), ("anon", "p")]


def say(world: World, record: InvitationRecord, what: str) -> None:
    """Answer an invitation, or say no to it."""
    if what == "answered":
        world.respond(record, {"score": 5})
    else:
        world.notice(record, "dismissed")


@pytest.mark.parametrize(("asked", "other"), BOTH)
@pytest.mark.parametrize("what", ["answered", "dismissed"])
def test_a_word_under_one_id_ends_what_the_other_has_on_its_screen(asked: str, other: str, what: str) -> None:
    world = World(make_ruleset(SELDOM))
    shown = world.ask(other, event_id="paid")
    world.notice(shown, "displayed")
    world.now += MINUTE
    say(world, world.ask(asked, event_id="paid"), what)
    world.alias()
    assert (world.record(shown).status, world.record(shown).why) == ("cancelled", what)
    assert world.state("p").open == ()
    assert world.respond(shown, {"score": 1}) == Refused("invitation_closed")


@pytest.mark.parametrize(("asked", "other"), BOTH)
def test_the_link_of_a_message_to_one_id_says_thank_you_for_the_answer_of_the_other(asked: str, other: str) -> None:
    world = Post(sent_ruleset("web", ("email", 2 * HOUR), policy=SELDOM))
    world.plan(other, reach={"email": "a@example.com"})
    mail = world.deliver()
    world.respond(world.ask(asked), {"score": 5})
    world.alias()
    assert world.by_id(mail.id).why == "answered"


@pytest.mark.parametrize("at", [{"touchpoint": "menu"}, {"touchpoint": "payment", "ahead": HOUR}])
def test_a_word_at_another_touchpoint_or_before_it_was_decided_ends_nothing(at: dict[str, Any]) -> None:
    world = World(make_ruleset(SELDOM))
    if "ahead" in at:
        world.respond(world.ask("p"), {"score": 5})
        world.now += at["ahead"]
    shown = world.ask("anon")
    world.notice(shown, "displayed")
    if at["touchpoint"] == "menu":
        world.respond(world.ask("p", touchpoint="menu"), {"score": 5})
    world.alias()
    assert world.record(shown).status == "open"
