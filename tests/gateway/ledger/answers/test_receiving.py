"""Feedback from elsewhere: it counts once, at its own time, whatever came in between."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tactful_gateway.ledger.commands import Accepted, Feedback, Refused
from tactful_gateway.survey.compiling import compile_ruleset
from tactful_rules.model.condition import Test
from tactful_rules.model.ids import DAY, HOUR
from tactful_rules.model.policy import DoNotDisturb, Pause
from tactful_rules.model.questionnaire import Question, Questionnaire
from tests.gateway.ledger.world import NOW, World, make_ruleset

ANSWERED = DoNotDisturb(pauses=(Pause("answered", 30 * DAY),))


def feedback(number: int = 1, *, at: int = NOW - HOUR, said: str = "", **more: Any) -> Feedback:
    """Make feedback with something in it; `said` is what makes it another one under the same number."""
    return Feedback(
        **{
            "key": b"%d" % number,
            "digest": sha256(repr((at, said, more)).encode()).digest(),
            "source": "store",
            "external_id": f"f-{number}",
            "touchpoint": "payment",
            "person": "p",
            "at": at,
            "answers": {"rating": 4, "comment": said or "fine"},
            **more,
        }
    )


def test_feedback_becomes_one_event_that_says_everything() -> None:
    world = World()
    free = feedback(scores={"csat": 4.0}, params={"order.amount": 3}, traits={"vip": True, "id": "x"}, channel="till")
    assert world.one(free) == Accepted()
    (event,) = world.events("feedback.received")
    assert (event["subject"], event["time"]) == ("p", "2027-01-15T08:00:00.000Z")
    data = event["data"]
    assert data["person"] == {"vip": True, "id": "p"}
    assert (data["source"], data["external_id"], data["touchpoint"], data["stage"]) == (
        "store",
        "f-1",
        "payment",
        "stage-payment",
    )
    assert data["timings"] == {"answered_at": "2027-01-15T07:00:00.000Z", "received_at": "2027-01-15T08:00:00.000Z"}
    assert data["questions"] == [
        {"id": "rating", "type": "number", "text": "rating", "answer": 4},
        {"id": "comment", "type": "text", "text": "comment", "answer": "fine"},
    ]
    assert (data["answers"], data["scores"]) == ({"rating": 4, "comment": "fine"}, {"csat": 4.0})
    assert (data["params"], data["channel"], data["questionnaire"], data["rule"]) == (
        {"order.amount": 3},
        "till",
        None,
        None,
    )


def test_a_question_that_depends_on_a_pattern_is_asked_in_feedback_as_on_a_page() -> None:
    world = World()
    first = Question(id="why", type="text", text={"en": "Why?"})
    which = replace(first, id="which", condition=Test("why", "matches", "slow|late"))
    ours = Questionnaire("ours", questions=(first, which))
    world.compiled = compile_ruleset(replace(world.compiled.ruleset, questionnaires={"ours": ours}, rules=()))
    for number, why in enumerate(("too slow", "rude")):
        assert world.one(feedback(number, questionnaire="ours", answers={"why": why, "which": "till"})) == Accepted()
    kept = [event["data"]["answers"] for event in world.events("feedback.received")]
    assert kept == [{"why": "too slow", "which": "till"}, {"why": "rude"}]


def test_a_questionnaire_of_ours_has_its_answers_checked_and_its_texts_told() -> None:
    world = World()
    kept = world.one(feedback(questionnaire="csat", answers={"score": 5, "how": ["card"]}, locale="zh-CN"))
    assert kept == Accepted()
    data = world.events("feedback.received")[0]["data"]
    assert data["questions"][0] == {"id": "score", "type": "csat", "text": "支付满意吗?", "answer": 5}
    assert data["questions"][1]["labels"]
    assert (data["scores"], data["locale"]) == ({"csat": 5}, "zh-CN")
    assert world.state().last_score == 5
    refused = world.one(feedback(2, questionnaire="csat", answers={"score": 9, "what": 1}))
    assert isinstance(refused, Refused)
    assert [(it.path, it.code) for it in refused.problems] == [
        ("answers.score", "out_of_range"),
        ("answers.what", "unknown_question"),
    ]
    assert world.types() == ["feedback.received"]
    # What was refused is no duplicate once it is put right.
    assert world.one(feedback(2, questionnaire="csat", answers={"score": 4})) == Accepted()


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"touchpoint": "nowhere"}, "invalid_request", "touchpoint"),
        ({"questionnaire": "csat", "answers": {"score": 5}, "scores": {"nps": 9.0}}, "invalid_request", "scores"),
        ({"answers": {"a": " ", "b": None, "c": ["", None]}}, "invalid_request", "answers"),
        ({"answers": {"a": {"deep": 1}}}, "invalid_answers", "answers.a"),
        ({"answers": {"a": [["deep"]]}}, "invalid_answers", "answers.a"),
        ({"answers": {"a": ["plain", ["deep"]]}}, "invalid_answers", "answers.a"),
        ({"answers": {"": 1}}, "invalid_answers", "answers."),
        ({"answers": {"a\x00": 1}}, "invalid_answers", "answers.a\x00"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place_and_changes_nothing(more: Any, code: str, path: str) -> None:
    world = World()
    refused = world.one(feedback(**more))
    assert isinstance(refused, Refused)
    assert (refused.code, [it.path for it in refused.problems]) == (code, [path])
    assert (world.types(), world.state().history) == ([], ())


def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    world = World()
    assert world.do(feedback(dry_run=True), feedback(2, touchpoint="nowhere", dry_run=True))[0] == Accepted()
    assert (world.types(), world.state().history) == ([], ())
    world.one(feedback())
    assert world.one(feedback(said="else", dry_run=True)) == Refused("feedback_conflict")


def test_the_same_again_is_a_duplicate_and_other_content_a_conflict_also_in_one_commit_and_under_other_rules() -> None:
    world = World()
    replies = world.do(feedback(), feedback(), feedback(said="else"), feedback(2))
    assert replies == [Accepted(), Accepted(duplicate=True), Refused("feedback_conflict"), Accepted()]
    assert (len(world.events()), world.state().answers) == (2, 2)
    world.compiled = World(replace(make_ruleset(), touchpoints={}, rules=())).compiled
    assert world.do(feedback(), feedback(said="else")) == [Accepted(duplicate=True), Refused("feedback_conflict")]


def test_a_pause_after_answered_holds_from_the_time_of_the_answer() -> None:
    world = World(make_ruleset(policy=ANSWERED))
    world.one(feedback(at=NOW - 29 * DAY))
    assert world.decide().verdict.reason == "paused"
    world.now += DAY
    assert world.decide().verdict.reason == "asked"


def test_a_pause_of_the_same_channel_counts_an_answer_from_there_alone() -> None:
    world = World(make_ruleset(DoNotDisturb(pauses=(Pause("answered", 30 * DAY, "channel"),))))
    world.one(feedback(channel="web"))
    assert world.decide().verdict.channel == "app"


def test_feedback_of_nobody_s_language_is_in_that_of_the_survey_folder() -> None:
    world = World()
    world.one(feedback())
    assert world.events("feedback.received")[0]["data"]["locale"] == world.compiled.ruleset.settings.locale


def test_what_is_older_than_every_window_counts_but_is_not_kept() -> None:
    world = World(make_ruleset(policy=ANSWERED))
    world.one(feedback(at=NOW - 3_000 * DAY))
    state = world.state()
    assert (state.history, state.answers, state.last_answered) == ((), 1, NOW - 3_000 * DAY)


def test_feedback_of_an_event_ends_what_is_open_of_it_and_nothing_else() -> None:
    world = World()
    asked = world.ask(event_id="order-1")
    world.one(feedback(1, event_id="order-2"))
    world.one(feedback(2))
    world.one(feedback(3, event_id="order-1", touchpoint="menu"))
    world.one(feedback(4, event_id="order-1", person="q"))
    assert world.record(asked).status == "open"
    world.one(feedback(5, event_id="order-1"))
    kept = world.record(asked)
    assert (kept.status, kept.why, world.state().open) == ("cancelled", "answered", ())
    assert world.types()[-2:] == ["invitation.cancelled", "feedback.received"]


def test_feedback_under_an_id_that_was_joined_is_the_persons() -> None:
    world = World()
    world.ask("anon", event_id="order-1")
    world.alias("anon", "p")
    world.one(feedback(person="anon", event_id="order-1"))
    assert world.events("feedback.received")[0]["subject"] == "p"
    assert (world.state().answers, world.state().open, world.state("anon").answers) == (1, (), 0)
    assert world.one(feedback(person="anon", event_id="order-1")) == Accepted(duplicate=True)


def test_the_last_score_is_that_of_the_latest_answer_and_not_of_the_latest_arrival() -> None:
    world = World()
    world.one(feedback(1, at=NOW - 2 * HOUR, scores={"nps": 9.0}))
    world.one(feedback(2, at=NOW - HOUR))
    world.one(feedback(3, at=NOW - 3 * HOUR, scores={"nps": 1.0}))
    assert (world.state().last_score, world.state().last_answered) == (9.0, NOW - HOUR)
    world.respond(world.ask(), {"score": 4})
    world.one(feedback(4, scores={"nps": 2.0}))
    assert (world.state().last_score, world.state().last_answered) == (4, world.now)


MADE = st.builds(
    lambda number, person, score: feedback(
        number,
        at=NOW - number * HOUR,
        person=person,
        scores={} if score is None else {"nps": float(score)},
        event_id=f"order-{number}",
    ),
    st.integers(1, 12),
    st.sampled_from(["p", "anon"]),
    st.none() | st.integers(0, 10),
)


@given(st.lists(MADE, unique_by=lambda it: it.key, max_size=8), st.data())
def test_in_whatever_order_and_how_often_feedback_comes_the_same_is_known_in_the_end(
    made: list[Feedback], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(made), max_size=6)) if made else []
    sent = data.draw(st.permutations(made + again))
    one, other = World(), World()
    for world in (one, other):
        world.alias("anon", "p")
        world.ask(event_id="order-3")
    for command in sorted(made, key=lambda it: it.at):
        assert one.one(command) == Accepted()
    replies: list[Any] = []
    left = list(sent)
    while left:
        size = data.draw(st.integers(1, len(left)))
        replies += other.do(*left[:size])
        left = left[size:]
    assert replies.count(Accepted()) == len(made)
    assert replies.count(Accepted(duplicate=True)) == len(again)
    assert other.state() == one.state()

    def told(world: World) -> list[Any]:
        return sorted((it["data"] for it in world.events("feedback.received")), key=lambda it: it["external_id"])

    assert told(other) == told(one)
    assert len(other.events("invitation.cancelled")) == len(one.events("invitation.cancelled"))
