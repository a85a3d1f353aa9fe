"""Branching and answer checking under answers of any shape; the plain cases are in `rules/spec`."""

from __future__ import annotations

from typing import Any

import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.model.condition import OPERATORS, Condition, Not, Test
from tactful_rules.model.questionnaire import QUESTION_TYPES, Option, Question, Questionnaire
from tactful_rules.questionnaire import check_answers, choose_end, keep_visible, last_score, scores, visible

IDS = ["a", "b", "c"]
answers = st.dictionaries(
    st.sampled_from([*IDS, "nope"]),
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 12), st.floats(), st.text(max_size=5),
        st.sampled_from(["x", "y", "none", {"other": "z"}, {"other": 5}, {}, ["x"], ["x", {"other": " z "}], ["none"],
                         [["x"]], [None], "t" * 5000, {"other": "t" * 600}]),
    ),
)  # fmt: skip
conditions: st.SearchStrategy[Condition] = st.builds(
    Test,
    st.sampled_from([*IDS, "order.kind"]),
    st.sampled_from([op for op in OPERATORS if op != "matches"]),
    st.sampled_from(["x", 5, True, ("x", "none"), "other"]),
).flatmap(lambda test: st.sampled_from([test, Not(test)]))


def question(name: str) -> st.SearchStrategy[Question]:
    return st.builds(
        Question,
        id=st.just(name),
        type=st.sampled_from(QUESTION_TYPES),
        text=st.just({"": "?"}),
        required=st.booleans(),
        condition=st.one_of(st.none(), conditions),
        options=st.just((Option("x", {"": "X"}), Option("y", {"": "Y"}))),
        other=st.sampled_from([None, {"": "Else"}]),
        none=st.sampled_from([None, {"": "None"}]),
        min=st.sampled_from([None, 2]),
        max=st.sampled_from([None, 2]),
        max_length=st.sampled_from([None, 3]),
    )


questionnaires = st.tuples(*map(question, IDS)).map(lambda questions: Questionnaire("q", questions))


@given(questionnaires, answers, st.booleans())
def test_what_is_kept_passes_again_unchanged(form: Questionnaire, given_: dict[str, Any], complete: bool) -> None:
    kept, _ = check_answers(form, given_, {}, complete=complete)
    again, problems = check_answers(form, kept, {}, complete=False)
    assert again == kept
    assert problems == ()


@given(questionnaires, answers)
def test_a_complete_response_keeps_answers_to_visible_questions_alone(
    form: Questionnaire, given_: dict[str, Any]
) -> None:
    kept, problems = check_answers(form, given_, {}, complete=True)
    shown = visible(form, kept, {})
    assert set(kept) <= set(shown)
    assert kept == keep_visible(form, kept, {})
    if not problems:
        assert all(question.id in kept for question in form.questions if question.required and question.id in shown)


@given(questionnaires, answers)
def test_questions_come_in_order_and_an_unanswered_one_opens_nothing(
    form: Questionnaire, given_: dict[str, Any]
) -> None:
    order = [question.id for question in form.questions]
    shown = visible(form, given_, {})
    assert list(shown) == sorted(shown, key=order.index)
    unconditional = {question.id for question in form.questions if question.condition is None}
    assert unconditional <= set(shown)
    choose_end(form, given_, {})


@given(questionnaires, answers)
def test_scores_come_from_scale_answers_alone(form: Questionnaire, given_: dict[str, Any]) -> None:
    kept, _ = check_answers(form, given_, {}, complete=False)
    found = scores(form, kept)
    assert set(found) <= {"nps", "csat", "ces"}
    assert (last_score(form, kept) is None) is (not found)


def test_the_first_question_of_a_kind_is_its_score_and_the_last_scale_is_the_last_score() -> None:
    kinds = {"a": "csat", "b": "csat", "c": "nps", "d": "text", "e": "ces"}
    form = Questionnaire("q", tuple(Question(name, kind, {}) for name, kind in kinds.items()))  # type: ignore[arg-type]  # question types
    given_ = {"a": 4, "b": 2, "c": 9, "d": "fine"}
    assert scores(form, given_) == {"csat": 4, "nps": 9}
    assert last_score(form, given_) == 9
    assert last_score(form, {"d": "fine"}) is None
    assert scores(form, {"b": 2}) == {"csat": 2}


def test_an_answer_behind_a_regular_expression_is_kept_where_there_is_an_engine_for_it() -> None:
    why = Question("why", "text", {}, condition=Test("first", "matches", "(?i)slow"))
    form = Questionnaire("q", (Question("first", "text", {}), why))
    given_ = {"first": "Too SLOW", "why": "the queue"}
    assert check_answers(form, given_, {}, complete=True, regex=re2.compile) == (given_, ())
    assert visible(form, given_, {}) == ("first",)


def test_a_score_of_zero_is_a_score() -> None:
    form = Questionnaire("q", (Question("a", "nps", {}),))
    assert scores(form, {"a": 0}) == {"nps": 0}
    assert last_score(form, {"a": 0}) == 0
