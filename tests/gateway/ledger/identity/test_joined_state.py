"""What one person has of two ids: place, language, the last score, and what is still to come when it may."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.ledger.apply.persons import merged
from tactful_gateway.ledger.commands import Accepted
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.person import Joined, PersonState
from tactful_rules.model.policy import DoNotDisturb, Pause
from tests.gateway.ledger.schedule.post import REACH, Post, sent_ruleset
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


WEEK_OFF = DoNotDisturb(pauses=(Pause("asked", 7 * DAY),))


def asked_six_days_ago(world: Post) -> None:
    world.notice(world.ask("anon", "menu"), "displayed")
    world.now += 6 * DAY


def test_what_goes_out_when_the_other_id_s_pause_is_over_stays_scheduled() -> None:
    world = Post(sent_ruleset("email", delay=2 * DAY, policy=WEEK_OFF))
    asked_six_days_ago(world)
    world.plan()
    world.alias()
    (mail,) = world.pass_time(2 * DAY)
    assert (mail.record.person, mail.record.channel) == ("p", "email")


def test_a_fallback_that_comes_when_the_other_id_s_pause_is_over_is_waited_for() -> None:
    world = Post(sent_ruleset("web", ("sms", 2 * DAY), policy=WEEK_OFF))
    asked_six_days_ago(world)
    world.ask(reach=REACH)
    world.pass_time(HOUR)
    world.alias()
    (text,) = world.pass_time(47 * HOUR)
    assert (text.record.person, text.record.channel) == ("p", "sms")


def test_an_ask_of_a_rule_that_ignores_pauses_stays_on_the_screen() -> None:
    ruleset = make_ruleset(WEEK_OFF)
    rules = tuple(replace(rule, ignore=("pauses",)) for rule in ruleset.rules)
    world = Post(replace(ruleset, rules=rules))
    asked_six_days_ago(world)
    record = world.ask()
    world.alias()
    assert world.record(record).status == "open"


def test_of_the_joined_ids_only_those_of_more_than_a_day_ago_are_forgotten() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    for anonymous in ("first", "second"):
        world.alias(anonymous)
        world.now += 16 * HOUR
    world.ask()
    assert [joined.person for joined in world.state().joined] == ["second"]
