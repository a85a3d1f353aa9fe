"""Piping and localisation: one pass, plain text, and a text in some language always."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.model.condition import All, Test
from tactful_rules.model.questionnaire import End, Option, Question, Questionnaire
from tactful_rules.questionnaire import localise, pipe
from tactful_rules.questionnaire.piping import write_number

pieces = st.text(alphabet="ab{}. answers.params", max_size=12)


@given(pieces, pieces)
def test_what_is_piped_in_is_never_evaluated_again(first: str, second: str) -> None:
    assert pipe("<{{answers.a}}|{{answers.b}}>", {"a": first, "b": second}, {}) == f"<{first}|{second}>"


@given(pieces)
def test_a_text_without_placeholders_stays_as_it_is(text: str) -> None:
    if "{{" not in text:
        assert pipe(text, {"a": "boom"}, {"a": "boom"}) == text


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53)))
def test_a_written_number_reads_back_as_itself(number: float) -> None:
    assert float(write_number(number)) == number
    assert not write_number(number).endswith(".0")


def test_numbers_without_end_are_written_somehow() -> None:
    assert [write_number(number) for number in (float("nan"), float("inf"), 10**400)] == ["nan", "inf", str(10**400)]


FORM = Questionnaire(
    id="cafe",
    title={"en": "Your visit", "zh-CN": "您的光临"},
    questions=(
        Question(
            id="score", type="csat", text={"en": "How was {{params.order.kind}}?", "zh-CN": "还满意吗?"}, required=True,
            low={"en": "Bad"}, high={"en": "Good"}, style="stars",
        ),
        Question(
            id="what", type="multi", text={"en": "What?"}, condition=All((Test("score", "in", (1, 2)),)),
            options=(Option("taste", {"en": "Taste", "zh-CN": "口味"}), Option("price", {})),
            other={}, none={"en": "None"}, shuffle=True, min=1, max=2,
        ),
        Question(id="why", type="text", text={"": "Why?"}, long=True, max_length=99, placeholder={"en": "..."}),
    ),
    ends=(End({"en": "Sorry"}, {"en": "We will do better"}, Test("score", "at_most", 2)), End({"en": "Thanks"})),
)  # fmt: skip


def test_a_localised_questionnaire_is_plain_and_leaves_out_what_says_nothing() -> None:
    used, wire = localise(FORM, "zh-CN", "en")
    assert used == "zh-CN"
    assert wire == {
        "id": "cafe",
        "title": "您的光临",
        "questions": [
            {"id": "score", "type": "csat", "text": "还满意吗?", "required": True, "low": "Bad", "high": "Good",
             "style": "stars"},
            {"id": "what", "type": "multi", "text": "What?",
             "if": {"kind": "all", "parts": [{"kind": "test", "attribute": "score", "op": "in", "value": [1, 2]}]},
             "options": [{"id": "taste", "text": "口味"}, {"id": "price", "text": "price"}],
             "other": "", "none": "None", "shuffle": True, "min": 1, "max": 2},
            {"id": "why", "type": "text", "text": "Why?", "long": True, "max_length": 99, "placeholder": "..."},
        ],
        "ends": [
            {"title": "Sorry", "text": "We will do better",
             "if": {"kind": "test", "attribute": "score", "op": "at_most", "value": 2}},
            {"title": "Thanks"},
        ],
    }  # fmt: skip
    assert json.loads(json.dumps(wire)) == wire


def test_placeholders_stay_for_the_widget() -> None:
    assert localise(FORM, "en", "en")[1]["questions"][0]["text"] == "How was {{params.order.kind}}?"


def test_the_locale_used_is_one_that_is_written() -> None:
    assert localise(FORM, "fr", "de")[0] == "en"
    assert localise(Questionnaire("q", (Question("a", "nps", {"": "?"}),)), "fr", "de")[0] == "de"


locales = st.sampled_from(["en", "zh-CN", "zh", "pt-BR", "xx"])


@given(
    st.dictionaries(locales, st.sampled_from(["A", "B"]), min_size=1),
    st.one_of(st.none(), st.text(max_size=8), locales),
)
def test_a_text_that_exists_in_any_language_is_never_empty(text: dict[str, str], locale: str | None) -> None:
    used, wire = localise(Questionnaire("q", (Question("a", "nps", text),)), locale, "en")
    assert wire["questions"][0]["text"]
    assert used in text
