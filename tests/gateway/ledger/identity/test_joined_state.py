"""What one person's state has of two: place, language and the last score."""

from __future__ import annotations

from tactful_gateway.ledger.apply.persons import merged
from tactful_gateway.ledger.commands import Accepted
from tactful_rules.model.ids import HOUR
from tactful_rules.model.person import Joined, PersonState
from tests.gateway.ledger.world import LEFT_ALONE, NOW, World, make_ruleset


def test_place_and_language_are_the_known_person_s_and_else_the_anonymous_id_s() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    for anonymous, person in (("anon-1", "p"), ("anon-2", "q")):
        world.respond(world.ask(anonymous, timezone="Europe/Berlin", locale="de"), {"score": 5})
        if person == "p":
            world.respond(world.ask(person, timezone="Asia/Tokyo", locale="ja"), {"score": 5})
        assert world.alias(anonymous, person) == Accepted()
    assert (world.state("p").timezone, world.state("p").locale) == ("Asia/Tokyo", "ja")
    assert (world.state("q").timezone, world.state("q").locale) == ("Europe/Berlin", "de")


def test_a_score_from_before_its_time_was_kept_is_as_old_as_the_last_answer() -> None:
    older = PersonState(answers=1, last_answered=NOW - HOUR, last_score=0.25)
    newer = PersonState(answers=1, last_answered=NOW, last_score=0.75)
    known = PersonState(answers=1, last_answered=NOW, last_score=0.5, last_scored=NOW - HOUR // 2)
    joined = Joined("anon", NOW)
    assert [merged(known, other, joined).last_score for other in (older, newer)] == [0.5, 0.75]
    assert [merged(other, known, joined).last_score for other in (older, newer)] == [0.5, 0.75]
