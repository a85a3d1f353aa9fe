"""Decide commands: the same event, open invitations, holds that run out, what is counted and kept."""

from msgspec.structs import replace

from tactful_gateway.ledger.batch import Batch
from tactful_gateway.ledger.stamping import Stamper
from tactful_gateway.store.base import State
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import DAY, HOUR, MINUTE
from tactful_rules.model.person import HOLD, NOBODY
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.world import LEFT_ALONE, NOW, World, finish, make_ruleset


def counts(world: World) -> dict[tuple[str, str, str], int]:
    return {(key.touchpoint, key.rule, key.reason): n for key, n in finish(world.store.counts()).items()}


def test_an_ask_is_a_hold_and_leaves_no_history() -> None:
    world = World()
    record = world.ask(params={"order.amount": 38.5}, traits={"visits": 3}, locale="zh-CN", page=Page(path="/pay"))
    state = world.state()
    assert [entry.id for entry in state.open] == [record.id]
    assert (state.history, state.asks) == ((), 0)
    assert (record.stage, record.locale, record.params, record.traits) == (
        "stage-payment",
        "zh-CN",
        {"order.amount": 38.5},
        {"visits": 3},
    )
    assert record.ruleset == world.compiled.version
    (created,) = world.events()
    assert created["type"] == "tactful.invitation.created"
    assert created["subject"] == "p"
    assert created["data"]["person"] == {"id": "p", "visits": 3}


def test_the_same_event_gets_the_same_decision_for_a_day() -> None:
    world = World()
    record = world.ask(event_id="e")
    world.notice(record, "displayed")
    world.respond(record, {"score": 5})
    before = (world.types(), counts(world))
    world.now += DAY - 1
    again = world.decide(event_id="e")
    assert again.verdict.reason == "asked"
    assert again.invitation is not None
    assert (again.invitation.id, again.invitation.status) == (record.id, "answered")
    assert (world.types(), counts(world)) == before
    world.now += 1
    assert world.decide(event_id="e").verdict.reason == "paused"


def test_the_same_event_id_of_another_person_or_touchpoint_is_another_event() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    world.ask("p", event_id="e")
    world.ask("q", event_id="e")
    assert world.decide("p", "menu", event_id="e").verdict.reason == "pending"


def test_an_open_invitation_is_given_again_at_its_touchpoint_and_blocks_others() -> None:
    world = World()
    record = world.ask()
    again = world.decide()
    assert (again.verdict.reason, again.verdict.again) == ("asked", True)
    assert again.invitation == record
    assert world.decide(touchpoint="menu").verdict.reason == "pending"
    assert world.types() == ["invitation.created"]


def test_a_hold_that_was_not_displayed_is_released_without_a_trace() -> None:
    world = World(make_ruleset(quota=Quota("asks", 1)))
    first = world.ask()
    world.now += HOLD - 1
    assert world.decide().verdict.again
    world.now += 1
    second = world.ask()
    assert second.id != first.id
    assert world.record(first).status == "expired"
    assert world.types() == ["invitation.created", "invitation.expired", "invitation.created"]
    assert (world.state().history, world.state().asks) == ((), 0)
    assert list(world.quota().held) == [second.id]


def test_a_displayed_invitation_stays_open_until_it_expires() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    record = world.ask()
    world.notice(record, "displayed")
    world.now = record.expires_at - 1
    assert world.decide().verdict.again
    world.now += 1
    assert world.ask().id != record.id
    assert world.record(record).status == "expired"
    assert world.state().asks == 1


def test_the_third_display_without_a_reaction_is_a_no() -> None:
    world = World()
    record = world.ask()
    for _ in range(3):
        world.notice(world.decide().invitation or record, "displayed")
        world.now += MINUTE
    world.now += 8 * DAY  # the pause after asking is over, but the invitation, too, has run out by then
    assert world.decide().verdict.reason == "paused"
    assert world.record(record).status == "dismissed"
    assert [event.kind for event in world.state().history] == ["asked", "dismissed"]
    assert world.state().history[-1].at == record.expires_at


def test_a_fourth_display_is_not_offered() -> None:
    world = World()
    record = world.ask()
    for _ in range(3):
        world.notice(record, "displayed")
    assert world.decide(touchpoint="menu").verdict.reason == "pending"
    assert world.decide().verdict.reason == "paused"
    assert world.state().dismissals == 1
    assert world.types()[-1] == "invitation.dismissed"


def test_every_decision_is_counted_once_under_its_reason() -> None:
    world = World()
    world.ask(event_id="e")
    world.decide(event_id="e")
    world.decide()
    world.decide(touchpoint="menu")
    world.decide(touchpoint="Robert'); DROP TABLE counted")
    world.decide(device=Device(type="bot"))
    assert counts(world) == {
        ("payment", "ask-payment", "asked"): 2,
        ("menu", "", "pending"): 1,
        ("", "", "unknown_touchpoint"): 1,
        ("payment", "", "bot"): 1,
    }
    assert {key.hour for key in finish(world.store.counts())} == {NOW // HOUR}


def test_what_is_only_rehearsed_is_decided_and_held_but_neither_counted_nor_remembered() -> None:
    world = World()
    command = replace(world.decide_command(event_id="e"), rehearsed=True)
    first, again = world.one(command), world.one(command)
    assert (first.verdict.reason, first.verdict.again) == ("asked", False)
    assert (again.verdict.reason, again.verdict.again, again.remembered) == ("asked", True, False)
    assert counts(world) == {}
    world.now += HOLD
    assert not world.decide(event_id="e").remembered


def test_bots_and_unknown_touchpoints_leave_the_person_alone() -> None:
    world = World()
    world.ask()
    before = world.state()
    world.now += HOLD
    world.decide(device=Device(type="bot"), timezone="Asia/Shanghai")
    world.decide(touchpoint="nowhere", timezone="Asia/Shanghai")
    assert world.state() == before
    world.decide("stranger", touchpoint="nowhere")
    assert world.state("stranger") == NOBODY


def test_zone_and_language_are_kept_with_persons_that_are_kept_anyway() -> None:
    world = World()
    world.decide("passer-by", device=Device(type="bot"), timezone="Asia/Shanghai")
    world.opt_out("*", person="out")
    world.decide("out", timezone="Asia/Shanghai", locale="zh-CN")
    assert (world.state("out").timezone, world.state("out").locale) == ("Asia/Shanghai", "zh-CN")
    world.decide("out", timezone="Mars/Olympus")
    assert world.state("out").timezone == "Asia/Shanghai"
    world.decide("out", traits={"timezone": "Mars/Olympus"})
    assert world.state("out").timezone == "Asia/Shanghai"
    world.decide("out", traits={"timezone": "Europe/Berlin"})
    assert world.state("out").timezone == "Europe/Berlin"
    assert world.state("passer-by") == NOBODY


def test_an_invitation_says_whose_clock_it_was_decided_by() -> None:
    assert World().ask(traits={"timezone": "Asia/Tokyo"}).timezone == "Asia/Tokyo"
    assert World().ask(traits={"timezone": "Asia/Tokyo"}, timezone="Asia/Shanghai").timezone == "Asia/Shanghai"
    assert World().ask(timezone="Mars/Olympus").timezone is None


def test_a_trace_is_given_once_and_not_remembered() -> None:
    world = World()
    command = replace(world.decide_command(event_id="e"), trace=True)
    assert world.one(command).verdict.trace
    again = world.one(command).verdict
    assert (again.reason, again.trace) == ("asked", ())


def test_values_without_a_form_in_the_store_are_left_out() -> None:
    world = World()
    record = world.ask(params={"big": 10**30, "fine": 2**53}, traits={"lone": "\ud800", "ok": ["x"]})
    assert (record.params, record.traits) == ({"fine": 2**53}, {"ok": ["x"]})


def test_history_is_pruned_to_the_longest_window_and_totals_stay() -> None:
    world = World()
    for _ in range(4):
        record = world.ask()
        world.notice(record, "displayed")
        world.respond(record, {"score": 4})
        world.now += 31 * DAY
    assert len(world.state().history) == 2
    assert (world.state().asks, world.state().answers) == (4, 4)


def test_a_passer_by_leaves_nothing_behind_but_a_count() -> None:
    world = World(make_ruleset(LEFT_ALONE, sample=0.0))
    decide = world.decide_command(locale="de", timezone="Europe/Berlin")
    changes = Batch(world.compiled, [decide], Stamper("test", bytes), NOW).step(State())
    assert (changes.persons, len(changes.counts)) == ({}, 1)


def test_the_language_last_heard_of_is_kept_and_asked_in() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    for locale in ("de", "ja"):
        world.notice(world.ask(locale=locale), "dismissed")
        assert world.state().locale == locale
    assert world.ask().locale == "ja"
