"""What a bench sends is what a caller could: params that their schemas take, and answers that the gateway takes."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful_gateway.cli.init import read_starter
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.measuring.answering import answer_all
from tactful_gateway.measuring.drawing import draw, draw_value
from tactful_gateway.survey import read_survey, read_texts
from tactful_rules.model.folder import SurveyFolder
from tactful_rules.questionnaire.validation import check_answers

EXAMPLES = Path(__file__).parents[3] / "examples"
BOUND = st.integers(-1_000, 1_000)
NUMBERS = st.builds(
    lambda kind, low, high: {"type": kind} | low | high,
    st.sampled_from(["number", "integer"]),
    st.one_of(
        st.just({}), st.builds(lambda key, low: {key: low}, st.sampled_from(["minimum", "exclusiveMinimum"]), BOUND)
    ),
    st.one_of(
        st.just({}),
        st.builds(lambda key, high: {key: high + 2_010}, st.sampled_from(["maximum", "exclusiveMaximum"]), BOUND),
    ),
)
SIMPLE = st.one_of(
    NUMBERS,
    st.builds(lambda options: {"enum": options}, st.lists(st.one_of(st.text(), BOUND), min_size=1)),
    st.builds(lambda value: {"const": value}, BOUND),
    st.sampled_from([{"type": "boolean"}, {"type": "string"}, {"type": ["string", "integer"]}, {"type": "object"}, {}]),
    st.builds(lambda least: {"type": "string", "minLength": least, "maxLength": least + 1}, st.integers(0, 40)),
)
SCHEMAS = st.one_of(SIMPLE, st.builds(lambda items: {"type": "array", "items": items, "minItems": 2}, SIMPLE))


@given(SCHEMAS, st.integers(0, 2**32))
def test_what_is_drawn_meets_its_schema(schema: dict[str, Any], seed: int) -> None:
    assert schema_check(schema)(draw_value(schema, Random(seed)))


@pytest.fixture(params=["starter", "cafe"])
def folder(request: pytest.FixtureRequest) -> SurveyFolder:
    loaded = read_texts(read_starter()) if request.param == "starter" else read_survey(EXAMPLES / "cafe")
    assert loaded.folder is not None
    return loaded.folder


def test_no_param_drawn_is_rejected_and_every_touchpoint_is_visited(folder: SurveyFolder) -> None:
    drawn = draw(folder)
    assert {one.event.rejected_params for one in drawn} == {()}
    assert {one.event.touchpoint for one in drawn} == set(folder.ruleset.touchpoints)
    assert len({one.event.person for one in drawn}) == len(drawn)
    assert [one.body for one in draw(folder)] == [one.body for one in drawn]


def test_an_address_of_an_inline_test_is_never_sent() -> None:
    text = """
touchpoints: {payment: {}}
channels: {web: {kind: widget}, email: {kind: email, url: "${SMTP_URL}", from: a@example.com}}
rules: {any: {at: payment, ask: csat}}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How?}]}}
tests:
  - {name: t, at: payment, person: {id: ada, visits: 3}, reach: [web, email], expect: {ask: csat}}
"""
    loaded = read_texts({"survey.yaml": text})
    assert loaded.folder is not None, loaded.problems
    of_test = [one for one in draw(loaded.folder) if one.event.reach is not None]
    assert len(of_test) == 1_000
    assert all(one.event.reach == {"web": True} and one.event.traits == {"visits": 3} for one in of_test)


def test_every_questionnaire_is_answered_so_that_it_is_complete(folder: SurveyFolder) -> None:
    for questionnaire in folder.ruleset.questionnaires.values():
        answers = answer_all(questionnaire, {})
        kept, problems = check_answers(questionnaire, answers, {}, complete=True, regex=re2.compile)
        assert (kept, problems) == (answers, ())
        assert answers
