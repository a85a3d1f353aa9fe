"""Asks and answers that come when their invitation holds no place in the quota any more, or never held one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest
from msgspec.structs import replace

from tactful_gateway.ledger.commands import Accepted
from tactful_gateway.store import rows
from tactful_gateway.store.records import InvitationRecord
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD
from tactful_rules.model.rule import Per, Quota
from tests.gateway.ledger.schedule.post import Post, sent_ruleset
from tests.gateway.ledger.world import LEFT_ALONE, World, make_ruleset


def world_of(unit: Literal["answers", "asks"], limit: int = 1, per: Per | None = None) -> World:
    return World(make_ruleset(LEFT_ALONE, Quota(unit, limit, per)))


def change_quota(world: World, quota: Quota | None) -> None:
    world.compiled = CompiledRuleset(make_ruleset(LEFT_ALONE, quota))


def dismissed(world: World, person: str) -> InvitationRecord:
    """Have a person dismiss what was displayed, and give that."""
    record = world.ask(person)
    world.notice(record, "displayed")
    world.notice(record, "dismissed")
    return world.record(record)


def marks(world: World, type_: str) -> dict[str, Any]:
    """Give what the events of one type say of the quota, by person."""
    return {it["subject"]: it["data"].get("beyond_quota", "absent") for it in world.events(type_)}


def test_an_answer_whose_place_another_took_is_kept_and_not_counted() -> None:
    world = world_of("answers")
    late, asked = dismissed(world, "late"), world.ask("asked")
    assert isinstance(world.respond(late, {"score": 4}), Accepted)
    assert (world.quota().total, list(world.quota().held)) == (0, [asked.id])
    world.respond(asked, {"score": 5})
    assert (world.quota().total, world.quota().held) == (1, {})
    assert marks(world, "response.completed") == {"late": True, "asked": "absent"}
    assert (world.record(late).answers, world.state("late").answers) == ({"score": 4}, 1)


@pytest.mark.parametrize("per", [None, 3 * DAY, "week"])
def test_the_count_never_goes_above_its_number_whoever_comes_late(per: Per | None) -> None:
    world = world_of("answers", 2, per)
    late = [dismissed(world, f"late-{number}") for number in range(3)]
    world.respond(world.ask("first"), {"score": 3})
    for record in late:
        world.respond(record, {"score": 4})
    assert world.decide("more").verdict.reason == "quota_full"
    assert world.quota().total == 2
    assert list(marks(world, "response.completed").values()) == ["absent", "absent", True, True]


def test_a_late_answer_takes_a_place_that_is_free() -> None:
    world = world_of("answers")
    late = dismissed(world, "late")
    world.respond(late, {"score": 4})
    assert (world.quota().total, world.record(late).beyond_quota) == (1, False)
    assert world.decide("more").verdict.reason == "quota_full"


def test_a_late_answer_counts_again_once_the_window_has_moved_on() -> None:
    world = world_of("answers", 1, DAY)
    late = dismissed(world, "late")
    world.respond(world.ask("other"), {"score": 4})
    world.now += DAY
    world.respond(late, {"score": 4})
    assert (world.quota().total, world.record(late).beyond_quota) == (2, False)


def test_what_a_partial_answer_was_the_complete_one_is_too() -> None:
    world = world_of("answers")
    late, counted = dismissed(world, "late"), world.ask("counted")
    world.respond(late, {"score": 1}, complete=False, rev=1)
    world.respond(counted, {"score": 1}, complete=False, rev=1)
    change_quota(world, Quota("answers", 5))
    for record in (late, counted):
        world.respond(record, {"score": 1, "why": "slow"}, complete=False, rev=2)
        world.respond(record, {"score": 1, "why": "slow"})
    for kind in ("response.updated", "response.completed"):
        assert marks(world, kind) == {"late": True, "counted": "absent"}
    assert world.quota().total == 1


def test_the_answer_to_a_hold_that_ran_out_is_an_ask_beyond_the_quota() -> None:
    world = world_of("asks")
    late = world.ask("late")
    world.now += HOLD
    asked = world.ask("asked")
    world.respond(late, {"score": 4})
    assert (world.quota().total, list(world.quota().held)) == (0, [asked.id])
    world.notice(asked, "displayed")
    assert (world.quota().total, world.quota().held) == (1, {})
    assert marks(world, "invitation.displayed") == {"late": True, "asked": "absent"}
    assert world.state("late").asks == 1, "pauses and caps know of it all the same"


def test_the_answer_to_a_hold_that_ran_out_holds_no_place_that_another_has() -> None:
    world = world_of("answers")
    late = world.ask("late")
    world.now += HOLD
    asked = world.ask("asked")
    world.respond(late, {"score": 4})
    assert (world.quota().total, list(world.quota().held)) == (0, [asked.id])


def test_those_who_hold_a_place_count_when_the_number_is_lowered_below_them() -> None:
    world = world_of("answers", 3)
    one, two, late = world.ask("one"), world.ask("two"), dismissed(world, "late")
    change_quota(world, Quota("answers", 1))
    for record in (one, late, two):
        world.notice(record, "displayed")
        world.respond(record, {"score": 4})
    assert world.quota().total == 2
    assert marks(world, "response.completed") == {"one": "absent", "late": True, "two": "absent"}


def test_everything_counts_while_there_is_no_number_to_keep_to() -> None:
    world = world_of("answers")
    late, asked = dismissed(world, "late"), world.ask("asked")
    change_quota(world, None)
    for record in (late, asked):
        world.respond(record, {"score": 4})
    assert world.quota().total == 2
    assert marks(world, "response.completed") == {"late": "absent", "asked": "absent"}


@pytest.mark.parametrize("unit", ["answers", "asks"])
def test_an_invitation_made_before_there_was_a_quota_takes_nobody_s_place(unit: Literal["answers", "asks"]) -> None:
    world = World(make_ruleset(LEFT_ALONE))
    before = world.ask("before")
    change_quota(world, Quota(unit, 1))
    asked = world.ask("asked")
    world.notice(before, "displayed")
    assert list(world.quota().held) == [asked.id]
    for record in (before, asked):
        world.respond(record, {"score": 4})
    assert world.quota().total == 1
    assert marks(world, "response.completed") == {"before": True, "asked": "absent"}


def test_an_invitation_made_before_there_was_a_quota_of_answers_holds_a_free_place_once_it_is_displayed() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    before = world.ask("before")
    change_quota(world, Quota("answers", 1))
    world.notice(before, "displayed")
    assert world.decide("more").verdict.reason == "quota_full"
    world.respond(before, {"score": 4})
    assert (world.quota().total, world.record(before).beyond_quota) == (1, False)


def test_an_answer_that_counts_is_not_beyond_a_quota_because_its_ask_was() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    before = world.ask("before")
    change_quota(world, Quota("asks", 1))
    world.notice(world.ask("asked"), "displayed")
    world.notice(before, "displayed")
    assert world.record(before).beyond_quota
    change_quota(world, Quota("answers", 9))
    world.respond(before, {"score": 4})
    assert not world.record(before).beyond_quota


def test_a_message_taken_after_its_deadline_takes_nobody_s_place() -> None:
    world = Post(sent_ruleset("email", quota=Quota("asks", 1), valid_for=HOUR))
    world.plan("late")
    mail = world.dispatch()
    world.now += HOUR
    world.plan("asked")
    world.accept(mail)
    assert (world.quota().total, len(world.quota().held)) == (0, 1)
    world.deliver()
    assert (world.quota().total, world.quota().held) == (1, {})
    assert marks(world, "invitation.sent") == {"late": True, "asked": "absent"}


def test_the_link_of_a_message_that_failed_takes_nobody_s_place() -> None:
    world = Post(sent_ruleset("email", quota=Quota("asks", 1)))
    world.plan("late")
    mail = world.dispatch()
    world.refuse(mail, final=True)
    world.plan("asked")
    world.notice(mail.record, "opened")
    assert (world.quota().total, world.record(mail.record).beyond_quota) == (0, True)
    world.notice(mail.record, "displayed")
    assert marks(world, "invitation.displayed") == {"late": True}


def test_an_answer_takes_the_place_that_its_own_fallback_held() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), quota=Quota("answers", 1)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    (text,) = world.state().open
    assert list(world.quota().held) == [text.id]
    world.now += MINUTE
    world.respond(mail.record, {"score": 5})
    assert (world.quota().total, world.quota().held) == (1, {})
    assert marks(world, "response.completed") == {"p": "absent"}


@pytest.mark.parametrize("signal", ["opened", "displayed", "dismissed", "answered"])
def test_an_ask_takes_the_place_that_its_own_fallback_held(
    signal: Literal["opened", "displayed", "dismissed", "answered"],
) -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), quota=Quota("asks", 1)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    (text,) = world.state().open
    assert list(world.quota().held) == [text.id]
    if signal == "answered":
        world.respond(mail.record, {"score": 5})
    else:
        world.notice(mail.record, signal)
    assert (world.quota().total, world.quota().held) == (1, {})
    assert (world.record(mail.record).beyond_quota, world.state().open) == (False, ())


def test_an_ask_takes_no_place_that_its_own_fallback_keeps_because_it_is_on_its_way() -> None:
    world = Post(sent_ruleset("email", ("sms", HOUR), quota=Quota("asks", 1)))
    world.plan()
    mail = world.dispatch()
    world.refuse(mail, final=True)
    text = world.dispatch()
    world.notice(mail.record, "opened")
    assert (world.record(mail.record).beyond_quota, world.record(text.record).recalled) == (True, True)
    world.accept(text)
    assert (world.quota().total, world.quota().held) == (1, {})


def test_the_mark_costs_nothing_where_it_is_not_set() -> None:
    world = world_of("answers")
    record = world.ask()
    assert "beyond_quota" not in msgspec.msgpack.decode(rows.encode(record))
    marked = msgspec.msgpack.decode(rows.encode(replace(record, beyond_quota=True)))
    assert marked["beyond_quota"] is True
