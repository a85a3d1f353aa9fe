"""Answers: partial and final, late, doubled and stale, and what the journal tells of them."""

import pytest

from tactful_gateway.ledger.commands import Accepted, OptOut, Refused, Respond
from tactful_rules.model.event import Device, Page
from tactful_rules.model.ids import DAY
from tactful_rules.model.person import HOLD
from tactful_rules.model.rule import Quota
from tests.gateway.ledger.world import LEFT_ALONE, SURVEY, World, make_ruleset


def kinds(world: World) -> list[str]:
    return [event.kind for event in world.state().history]


def test_a_final_answer_is_kept_told_and_ends_the_invitation() -> None:
    world = World()
    record = world.ask()
    accepted = world.respond(record, {"score": 5}, rev=1)
    kept = world.record(record)
    assert accepted == Accepted(kept)
    assert (kept.status, kept.complete, kept.answers, kept.rev) == ("answered", True, {"score": 5}, 1)
    assert kinds(world) == ["asked", "answered"]
    state = world.state()
    assert (state.open, state.answers, state.last_answered, state.last_score) == ((), 1, world.now, 5)
    assert world.types() == ["invitation.created", "invitation.displayed", "response.completed"]


def test_the_journal_tells_all_an_analyst_needs() -> None:
    world = World()
    record = world.ask(
        params={"order.amount": 38.5},
        traits={"visits": 3},
        locale="zh-CN",
        page=Page(path="/pay"),
        device=Device(type="phone", os="iOS"),
    )
    world.now += 2_000
    world.notice(record, "displayed")
    world.now += 5_500
    world.respond(record, {"score": 2, "why": " 慢 ", "how": ["cash", {"other": "coupon"}]})
    (event,) = world.events("response.completed")
    data = event["data"]
    assert (event["subject"], event["source"], event["specversion"]) == ("p", "test", "1.0")
    assert data["person"] == {"id": "p", "visits": 3}
    assert (data["touchpoint"], data["stage"], data["rule"]) == ("payment", "stage-payment", "ask-payment")
    assert (data["questionnaire"], data["variant"], data["channel"]) == ("csat", "csat", "web")
    assert (data["params"], data["page"]) == ({"order.amount": 38.5}, {"path": "/pay"})
    assert (data["device"], data["locale"]) == ({"type": "phone", "os": "iOS"}, "zh-CN")
    assert (data["complete"], data["status"], data["scores"]) == (True, "answered", {"csat": 2})
    assert data["answers"] == {"score": 2, "why": "慢", "how": ["cash", {"other": "coupon"}]}
    assert data["questions"] == [
        {"id": "score", "type": "csat", "text": "支付满意吗?", "answer": 2},
        {"id": "why", "type": "text", "text": "What went wrong?", "answer": "慢"},
        {
            "id": "how",
            "type": "multi",
            "text": "How did you pay?",
            "answer": ["cash", {"other": "coupon"}],
            "labels": ["Cash", "coupon"],
        },
    ]
    timings = data["timings"]
    assert (timings["seconds_to_display"], timings["seconds_to_answer"], timings["seconds_to_complete"]) == (
        2.0,
        5.5,
        5.5,
    )
    assert timings["completed_at"] == event["time"]


def test_the_first_partial_answer_is_the_answer_that_counts() -> None:
    world = World(make_ruleset(LEFT_ALONE, Quota("answers", 1)))
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False, rev=1)
    world.respond(record, {"score": 1, "why": "slow"}, complete=False, rev=2)
    world.respond(record, {"score": 1, "why": "slow"}, rev=3)
    assert kinds(world) == ["asked", "answered"]
    assert (world.state().answers, world.state().asks, world.quota().total) == (1, 1, 1)
    assert world.types()[2:] == ["response.updated", "response.updated", "response.completed"]
    assert world.record(record).answered_at == world.record(record).completed_at


def test_a_partial_without_an_answer_is_not_an_answer() -> None:
    world = World()
    record = world.ask()
    assert world.respond(record, {"why": "  "}, complete=False, rev=1) == Accepted(record)
    assert (world.record(record), kinds(world)) == (record, [])


def test_a_late_partial_changes_nothing() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False, rev=0)
    world.respond(record, {"score": 2}, complete=False, rev=3)
    late = world.respond(record, {"score": 5}, complete=False, rev=2)
    assert late == Accepted(world.record(record), duplicate=True)
    assert world.record(record).answers == {"score": 2}
    world.respond(record, {"score": 2}, rev=1)  # a final answer is final, whatever its number
    assert world.record(record).complete
    assert isinstance(world.respond(record, {"score": 4}, complete=False, rev=3), Accepted)
    assert world.respond(record, {"score": 4}, complete=False, rev=4) == Refused("already_completed")
    assert world.respond(record, {"score": 4}, complete=False) == Refused("already_completed")
    assert world.record(record).answers == {"score": 2}


def test_an_unchanged_partial_is_a_duplicate_that_still_outdates_older_ones() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False, rev=1)
    same = world.respond(record, {"score": 1}, complete=False, rev=3)
    assert same == Accepted(world.record(record), duplicate=True)
    world.respond(record, {"score": 5}, complete=False, rev=2)
    assert world.record(record).answers == {"score": 1}
    assert world.types().count("response.updated") == 1


def test_revisions_need_not_be_numbered() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 1}, complete=False)
    world.respond(record, {"score": 2}, complete=False)
    assert world.record(record).answers == {"score": 2}


def test_the_same_final_answer_again_is_a_duplicate_and_another_one_is_refused() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 4}, rev=2)
    before = world.types()
    assert world.respond(record, {"score": 4}, rev=2) == Accepted(world.record(record), duplicate=True)
    assert world.respond(record, {"score": 5}, rev=3) == Refused("already_completed")
    assert world.respond(record, {"score": 99}, rev=3) == Refused("already_completed")
    world.now = record.expires_at + DAY
    assert world.respond(record, {"score": 4}, rev=2) == Accepted(world.record(record), duplicate=True)
    assert world.types() == before


def test_bad_answers_are_all_named_and_nothing_is_saved() -> None:
    world = World()
    record = world.ask()
    refused = world.respond(record, {"score": 9, "nope": 1})
    assert isinstance(refused, Refused)
    assert refused.code == "invalid_answers"
    assert {problem.path for problem in refused.problems} == {"answers.score", "answers.nope"}
    assert world.record(record) == record
    missing = world.respond(record, {})
    assert isinstance(missing, Refused)
    assert [problem.code for problem in missing.problems] == ["required"]


def test_an_answer_to_a_released_hold_is_taken_and_counts_as_asked_now() -> None:
    world = World(make_ruleset(quota=Quota("answers", 5)))
    record = world.ask()
    world.now += HOLD
    assert world.decide(touchpoint="menu").verdict.ask  # settles the hold
    world.now += 1
    assert isinstance(world.respond(record, {"score": 3}), Accepted)
    assert [(event.kind, event.at) for event in world.state().history] == [
        ("asked", world.now),
        ("answered", world.now),
    ]
    assert world.record(record).status == "answered"
    assert world.quota().total == 1


def test_an_answer_after_a_dismissal_is_taken() -> None:
    world = World()
    record = world.ask()
    world.notice(record, "dismissed")
    assert isinstance(world.respond(record, {"score": 3}), Accepted)
    assert kinds(world) == ["asked", "dismissed", "answered"]


def test_nothing_is_taken_after_the_end() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 3}, complete=False)
    world.now = record.expires_at
    assert world.respond(record, {"score": 3}) == Refused("invitation_expired")
    assert world.record(record).answers == {"score": 3}


@pytest.mark.parametrize("invitation", ["invitation-1", "nothing"])
def test_an_answer_for_somebody_elses_invitation_is_refused(invitation: str) -> None:
    world = World()
    world.ask()
    command = Respond("q", invitation, "ask-payment", SURVEY, {"score": 5}, complete=True)
    assert world.one(command) == Refused("unknown_invitation")


def test_the_first_answer_cancels_the_other_invitations_of_the_same_event() -> None:
    world = World(make_ruleset(LEFT_ALONE, Quota("asks", 5)))
    one = world.ask(event_id="e")
    world.now += DAY  # the event is not remembered any more, and its first hold was released
    two = world.ask(event_id="e")
    world.respond(one, {"score": 5})
    assert world.record(two).status == "cancelled"
    assert world.state().open == ()
    assert world.quota().held == {}
    assert world.respond(two, {"score": 5}) == Refused("invitation_closed")
    assert world.notice(two, "displayed") == Refused("invitation_closed")
    assert world.notice(two, "dismissed") == Refused("invitation_closed")
    (cancelled,) = world.events("invitation.cancelled")
    assert (cancelled["data"]["invitation"], cancelled["data"]["why"]) == (two.id, "answered")


def test_an_answer_leaves_invitations_of_other_events_open() -> None:
    world = World(make_ruleset(LEFT_ALONE))
    one = world.ask(event_id="e")
    world.now += HOLD
    two = world.ask(event_id="f")
    world.respond(one, {"score": 5})
    assert [entry.id for entry in world.state().open] == [two.id]


def test_opting_out_withdraws_what_is_open_there() -> None:
    world = World(make_ruleset(quota=Quota("asks", 5)))
    record = world.ask()
    assert world.opt_out("app") == Accepted()
    assert [entry.id for entry in world.state().open] == [record.id]
    assert world.opt_out("web", "app") == Accepted()
    assert world.record(record).status == "cancelled"
    assert (world.state().opted_out, world.quota().held) == (("app", "web"), {})
    assert world.opt_out("web") == Accepted(duplicate=True)
    assert world.opt_out("*") == Accepted()
    assert world.decide().verdict.reason == "opted_out"
    told = [event["data"]["channels"] for event in world.events("person.opted_out")]
    assert told == [["app"], ["web"], ["*"]]


def test_opting_out_does_not_undo_an_answer_under_way() -> None:
    world = World()
    record = world.ask()
    world.respond(record, {"score": 3}, complete=False)
    world.one(OptOut("p", ("*",)))
    assert isinstance(world.respond(record, {"score": 3}), Accepted)
