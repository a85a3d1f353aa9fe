"""A person's wish to be left alone: at once, for good, and until the person takes it back."""

from __future__ import annotations

from tactful_gateway.ledger.commands import Accepted
from tactful_rules.model.ids import DAY
from tactful_rules.model.person import HOLD
from tests.gateway.ledger.world import LEFT_ALONE, NOW, World, make_ruleset

DUPLICATE = Accepted(duplicate=True)


def test_opting_out_withdraws_what_is_open_there_at_once_and_only_there() -> None:
    for channels, status in ((("app",), "open"), (("web",), "cancelled"), (("*",), "cancelled")):
        world = World()
        record = world.ask()
        world.opt_out(*channels)
        assert world.record(record).status == status
        assert world.record(record).why == ("opted_out" if status == "cancelled" else None)


def test_what_ran_out_before_the_wish_ended_at_its_own_time() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    record = world.ask()
    world.now += 2 * HOLD
    world.opt_out("*")
    assert (world.record(record).status, world.record(record).closed_at) == ("expired", NOW + HOLD)


def test_opting_out_holds_for_ever() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    world.opt_out("*")
    world.now += 4_000 * DAY
    assert world.decide().verdict.reason == "opted_out"


def test_opting_in_takes_it_back_and_brings_nothing_back() -> None:
    for out, back in ((("*",), ("*",)), (("web",), ("web",)), (("web", "app"), ("*",)), (("*", "web"), ("*",))):
        world = World(make_ruleset(LEFT_ALONE))
        record = world.ask()
        world.opt_out(*out)
        assert world.opt_in(*back) == Accepted()
        assert world.state().opted_out == ()
        assert world.record(record).status == "cancelled"
        assert not world.decide(touchpoint="payment").verdict.again


def test_who_opted_out_of_everything_and_wants_one_channel_again_stays_out_of_the_others() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    world.opt_out("*", "gone")
    world.opt_in("web")
    assert {*world.state().opted_out} == {"app", "gone"}
    assert world.ask().channel == "web"
    world.opt_out("web")
    assert world.decide().verdict.reason == "opted_out"


def test_opting_in_where_one_is_not_out_is_a_duplicate_and_not_told() -> None:
    world = World()
    assert world.opt_in("*") == world.opt_in("web") == DUPLICATE
    world.opt_out("app")
    assert world.opt_in("web") == DUPLICATE
    assert world.types() == ["person.opted_out"]


def test_the_journal_tells_both() -> None:
    world = World()
    world.opt_out("web", "app")
    world.opt_in("web")
    told = [(event["type"], event["subject"], event["data"]) for event in world.events()]
    about = {"person": {"id": "p"}}
    assert told == [
        ("tactful.person.opted_out", "p", {**about, "channels": ["app", "web"]}),
        ("tactful.person.opted_in", "p", {**about, "channels": ["web"]}),
    ]


def test_joining_ids_never_takes_a_wish_back() -> None:
    world = World()
    world.opt_out("web", person="p")
    world.opt_out("*", person="anon")
    world.opt_in("*", person="other")
    world.alias("other", "p")
    world.alias("anon", "p")
    assert {*world.state("p").opted_out} == {"web", "*"}
