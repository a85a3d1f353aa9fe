"""Quotas whose rule goes, comes back or counts something else: what happened to what was open counts all the same."""

import pytest
from msgspec.structs import replace

from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import HOLD
from tactful_rules.model.rule import Per, Quota
from tactful_rules.model.ruleset import Ruleset
from tests.gateway.ledger.world import LEFT_ALONE, World, make_ruleset


def without_the_rule(ruleset: Ruleset) -> Ruleset:
    return replace(ruleset, rules=ruleset.rules[1:])


def without_the_quota(ruleset: Ruleset) -> Ruleset:
    return replace(ruleset, rules=(replace(ruleset.rules[0], quota=None), *ruleset.rules[1:]))


@pytest.mark.parametrize("change", [without_the_rule, without_the_quota])
@pytest.mark.parametrize("per", [None, 3 * DAY, "week"])
def test_a_count_of_answers_goes_on_while_its_rule_is_gone(change: type, per: Per | None) -> None:
    ruleset = make_ruleset(LEFT_ALONE, Quota("answers", 2, per))
    world = World(ruleset)
    one, two = world.ask("one"), world.ask("two")
    world.respond(one, {"score": 5})
    world.compiled = CompiledRuleset(change(ruleset))
    world.now += HOUR // 4
    world.respond(two, {"score": 4})
    world.compiled = CompiledRuleset(ruleset)
    assert world.decide("three").verdict.reason == "quota_full"
    assert (world.quota().total, world.quota().held) == (2, {})


def test_a_count_of_asks_goes_on_while_its_rule_is_gone() -> None:
    ruleset = make_ruleset(LEFT_ALONE, Quota("asks", 1))
    world = World(ruleset)
    asked = world.ask("one")
    world.compiled = CompiledRuleset(without_the_rule(ruleset))
    world.notice(asked, "displayed")
    world.notice(asked, "dismissed")
    world.compiled = CompiledRuleset(ruleset)
    assert world.decide("two").verdict.reason == "quota_full"


def test_a_place_is_held_while_its_rule_is_gone() -> None:
    ruleset = make_ruleset(LEFT_ALONE, Quota("answers", 1))
    world = World(ruleset)
    asked = world.ask("one")
    world.compiled = CompiledRuleset(without_the_rule(ruleset))
    world.notice(asked, "displayed")
    world.now += HOLD
    world.compiled = CompiledRuleset(ruleset)
    assert world.decide("two").verdict.reason == "quota_full"
    world.notice(asked, "dismissed")
    assert world.ask("two").person == "two"


def test_an_answer_gives_back_the_place_that_was_held_for_it_before_asks_were_counted() -> None:
    world = World(make_ruleset(LEFT_ALONE, Quota("answers", 1)))
    asked = world.ask("one")
    world.notice(asked, "displayed")
    world.compiled = CompiledRuleset(make_ruleset(LEFT_ALONE, Quota("asks", 1)))
    assert world.decide("two").verdict.reason == "quota_full"
    world.respond(asked, {"score": 4})
    assert (world.quota().total, world.quota().held) == (0, {})
    assert world.ask("two").person == "two"
