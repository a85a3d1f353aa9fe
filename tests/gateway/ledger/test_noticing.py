"""Signals of a screen: displayed, opened, dismissed, in every state an invitation may be in."""

from tactful_gateway.ledger.commands import Accepted, Notice, Refused
from tactful_rules.model.ids import MINUTE
from tactful_rules.model.person import HOLD
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.world import LEFT_ALONE, World, make_ruleset


def kinds(world: World) -> list[str]:
    return [event.kind for event in world.state().history]


def test_the_first_display_makes_an_ask_of_the_hold() -> None:
    world = World()
    record = world.ask()
    world.now += HOLD - 1
    accepted = world.notice(record, "displayed")
    assert isinstance(accepted, Accepted)
    assert not accepted.duplicate
    assert kinds(world) == ["asked"]
    assert (world.state().asks, world.state().last_asked) == (1, world.now)
    assert world.state().open[0].displayed_at == world.now
    assert world.types() == ["invitation.created", "invitation.displayed"]


def test_further_displays_are_counted_but_no_further_asks() -> None:
    world = World()
    record = world.ask()
    for _ in range(2):
        world.notice(record, "displayed")
    assert kinds(world) == ["asked"]
    assert (world.record(record).displays, world.state().open[0].displays) == (2, 2)
    assert world.types() == ["invitation.created", "invitation.displayed"]


def test_a_released_hold_is_not_displayed_any_more() -> None:
    world = World()
    record = world.ask()
    world.now += HOLD
    assert world.notice(record, "displayed") == Refused("invitation_expired")
    world.ask()  # which settles the first one
    assert world.notice(record, "displayed") == Refused("invitation_expired")
    assert world.notice(record, "opened") == Refused("invitation_expired")
    assert kinds(world) == []


def test_an_expired_invitation_is_not_displayed_any_more() -> None:
    world = World()
    record = world.ask()
    world.notice(record, "displayed")
    world.now = record.expires_at
    assert world.notice(record, "displayed") == Refused("invitation_expired")
    assert world.notice(record, "dismissed") == Refused("invitation_expired")
    assert kinds(world) == ["asked"]


def test_dismissing_closes_once() -> None:
    world = World()
    record = world.ask()
    world.notice(record, "displayed")
    assert world.notice(record, "dismissed") == Accepted(world.record(record))
    assert world.notice(record, "dismissed") == Accepted(world.record(record), duplicate=True)
    assert world.notice(record, "displayed") == Refused("invitation_closed")
    assert kinds(world) == ["asked", "dismissed"]
    assert (world.state().dismissals, world.state().open) == (1, ())
    assert world.decide().verdict.reason == "paused"


def test_dismissing_implies_the_display_whose_signal_was_lost() -> None:
    world = World()
    record = world.ask()
    world.now += HOLD + 1
    world.notice(record, "dismissed")
    assert kinds(world) == ["asked", "dismissed"]
    assert world.types() == ["invitation.created", "invitation.displayed", "invitation.dismissed"]


def test_leaving_a_half_answered_questionnaire_is_no_dismissal() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False)
    assert world.notice(record, "displayed") == Accepted(world.record(record), duplicate=True)
    assert world.notice(record, "dismissed") == Accepted(world.record(record))
    assert world.notice(record, "dismissed") == Accepted(world.record(record), duplicate=True)
    assert world.record(record).status == "answered"
    assert kinds(world) == ["asked", "answered"]
    assert "invitation.dismissed" not in world.types()


def test_a_part_that_comes_after_the_questionnaire_was_left_does_not_undo_that() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False, rev=1)
    world.notice(record, "dismissed")
    left = world.record(record).closed_at
    assert left == world.now
    world.now += MINUTE
    world.respond(record, {"score": 2}, complete=False, rev=2)
    assert world.record(record).closed_at == left
    assert "closed_at" in world.events("response.updated")[-1]["data"]["timings"]
    world.respond(record, {"score": 2})
    assert world.record(record).closed_at == world.now


def test_closing_the_thank_you_screen_changes_nothing() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 5})
    assert world.notice(record, "dismissed") == Accepted(world.record(record), duplicate=True)
    assert world.notice(record, "displayed") == Refused("invitation_closed")


def test_opening_is_noted_once() -> None:
    world = World()
    record = world.ask()
    assert world.notice(record, "opened") == Accepted(world.record(record))
    assert world.record(record).opened_at == world.now
    assert world.notice(record, "opened") == Accepted(world.record(record), duplicate=True)
    assert world.types() == ["invitation.created"]


def test_an_unknown_invitation_or_another_persons_is_refused() -> None:
    world = World()
    record = world.ask()
    assert world.one(Notice("displayed", "p", "nothing", "ask-payment")) == Refused("unknown_invitation")
    assert world.one(Notice("displayed", "q", record.id, "ask-payment")) == Refused("unknown_invitation")


def test_a_quota_of_asks_counts_what_was_displayed() -> None:
    world = World(make_ruleset(LEFT_ALONE, Quota("asks", 2)))
    one, two = world.ask("one"), world.ask("two")
    assert world.decide("three").verdict.reason == "quota_full"
    world.notice(one, "displayed")
    world.notice(one, "dismissed")
    assert world.decide("three").verdict.reason == "quota_full"
    world.now += HOLD
    assert world.ask("three").person == "three"
    assert (world.quota().total, list(world.quota().held)) == (1, ["invitation-5"])
    assert world.notice(two, "displayed") == Refused("invitation_expired")


def test_a_quota_of_answers_gives_the_place_of_a_dismissal_back() -> None:
    world = World(make_ruleset(LEFT_ALONE, Quota("answers", 1)))
    one = world.ask("one")
    world.notice(one, "displayed")
    world.now += HOLD  # a displayed invitation holds its place until it expires
    assert world.decide("two").verdict.reason == "quota_full"
    world.notice(one, "dismissed")
    two = world.ask("two")
    world.respond(two, {"score": 3})
    assert world.decide("three").verdict.reason == "quota_full"
    assert (world.quota().total, world.quota().held) == (1, {})
