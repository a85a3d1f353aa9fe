from __future__ import annotations

from collections.abc import Callable

import pytest

from tactful_rules.model.condition import Test
from tactful_rules.model.folder import Loaded
from tactful_rules.model.questionnaire import Option

QUESTIONS = {
    "no id": "«missing_key»{type: nps, text: x}",
    "no type": "«missing_key»{id: a, text: x}",
    "no text": "«missing_key»{id: a, type: nps}",
    "an unknown type": "{id: a, type: «unknown_word»npss, text: x}",
    "a type of later": "{id: a, type: «not_yet»rating, text: x}",
    "a bad id": "{id: «bad_id»Über, type: nps, text: x}",
    "an id that joins conditions": "{id: «bad_id»any, type: nps, text: x}",
    "an id twice": "{id: a, type: nps, text: x}, {id: «duplicate_id»a, type: nps, text: x}",
    "an unknown key": "{id: a, type: nps, text: x, «unknown_key»hlep: y}",
    "a key of another type": "{id: a, type: nps, text: x, «not_allowed»options: {b: B}}",
    "a style for nps": "{id: a, type: nps, text: x, «not_allowed»style: stars}",
    "an unknown style": "{id: a, type: csat, text: x, style: «unknown_word»hearts}",
    "required: yes is a text": "{id: a, type: nps, text: x, required: «wrong_type»yes}",
    "no options": "«missing_key»{id: a, type: single, text: x}",
    "options of nothing": "{id: a, type: single, text: x, options: «wrong_type»[]}",
    "options as words": "{id: a, type: single, text: x, options: [«wrong_type»yes, {id: no, text: No}]}",
    "an option without text": "{id: a, type: single, text: x, options: [«missing_key»{id: b}]}",
    "an option twice": "{id: a, type: multi, text: x, options: [{id: b, text: B}, {id: «duplicate_id»b, text: C}]}",
    "an option called other": "{id: a, type: multi, text: x, options: {b: B, «duplicate_id»other: C}, other: true}",
    "more than there are": "{id: a, type: multi, text: x, options: {b: B}, «bad_range»min: 2}",
    "min over max": "{id: a, type: multi, text: x, options: {b: B, c: C, d: D}, «bad_range»min: 3, max: 2}",
    "max of nothing": "{id: a, type: multi, text: x, options: {b: B}, max: «out_of_range»0}",
    "an answer too long": "{id: a, type: text, text: x, «out_of_range»max_length: 4001}",
    "a text that is a number": "{id: a, type: nps, text: «wrong_type»5}",
    "a text of blanks": '{id: a, type: nps, text: «empty_value»" "}',
    "a text in no language": "{id: a, type: nps, text: «empty_value»{}}",
    "a bad locale": "{id: a, type: nps, text: {«bad_locale»english: x}}",
    "a locale with underscore": "{id: a, type: nps, text: {«bad_locale»zh_CN: x}}",
    "an unknown question": "{id: a, type: nps, text: x}, {id: b, type: nps, text: x, if: {«unknown_question»aa: 3}}",
    "a later question": "{id: a, type: nps, text: x, if: {«later_question»b: 3}}, {id: b, type: nps, text: x}",
    "itself": "{id: a, type: nps, text: x, if: {«later_question»a: 3}}",
    "a text for a scale": '{id: a, type: nps, text: x}, {id: b, type: nps, text: x, if: {a: «bad_operand»"3"}}',
    "an unknown option": "{id: a, type: single, text: x, options: {b: B}}, "
    "{id: c, type: nps, text: x, if: {a: «bad_operand»bb}}",
    "several choices equal nothing": "{id: a, type: multi, text: x, options: {b: B}}, "
    "{id: c, type: nps, text: x, if: {«bad_operator»a: b}}",
    "an unknown param": "{id: a, type: nps, text: x, if: {«unknown_question»params.order.knd: combo}}",
    "a param without its prefix": "{id: a, type: nps, text: x, if: {«unknown_question»order.kind: combo}}",
    "an answer with a prefix": "{id: a, type: nps, text: x}, "
    "{id: b, type: nps, text: x, if: {«unknown_question»answers.a: 3}}",
    "a pattern, which browsers lack": "{id: a, type: text, text: x}, "
    "{id: b, type: nps, text: x, if: {a: {«bad_operator»matches: x}}}",
    "a broken question may be named": "{id: a, type: «unknown_word»npss, text: x}, "
    "{id: b, type: nps, text: 'You said {{answers.a}}', if: {a: 3}}",
    "a placeholder of no question": "{id: a, type: nps, text: x}, "
    "{id: b, type: nps, text: «unknown_placeholder»'You said {{answers.aa}}'}",
    "a placeholder of itself": "{id: a, type: nps, text: {en: x, de: «unknown_placeholder»'{{answers.a}}'}}",
    "a placeholder of no param": "{id: a, type: nps, text: x, help: «unknown_placeholder»'{{params.order.knd}}'}",
    "a placeholder of another kind": "{id: a, type: single, text: x, options: {b: «unknown_placeholder»'{{title}}'}}",
    "a question that is a word": "«wrong_type»nps",
}

QUESTIONNAIRES = {
    "no questions": "{}",
    "questions of nothing": "{questions: «empty_value»[]}",
    "questions as a map": "{questions: «wrong_type»{score: csat}}",
    "an end without title": "{questions: [{id: a, type: nps, text: x}], ends: [«missing_key»{text: Bye}]}",
    "an end over an unknown question": "{questions: [{id: a, type: nps, text: x}], "
    "ends: [{title: Bye, if: {«unknown_question»b: 3}}]}",
    "an unknown key": "{questions: [{id: a, type: nps, text: x}], «unknown_key»end: «empty_value»[]}",
}

RULE = "rules: {r: {at: payment, ask: q}}\n"


@pytest.mark.parametrize("case", QUESTIONS.values(), ids=QUESTIONS)
def test_a_problem_of_a_question_is_reported_at_its_place(case: str, check: Callable[[str], Loaded]) -> None:
    check(f"{RULE}questionnaires:\n  q:\n    questions: [{case}]\n")


@pytest.mark.parametrize("case", QUESTIONNAIRES.values(), ids=QUESTIONNAIRES)
def test_a_problem_of_a_questionnaire_is_reported_at_its_place(case: str, check: Callable[[str], Loaded]) -> None:
    name = "«missing_key»q" if case == "{}" else "q"
    check(f"{RULE}questionnaires:\n  {name}: {case}\n")


def test_a_questionnaire_that_no_rule_asks_is_warned_of(check: Callable[[str], Loaded]) -> None:
    check("questionnaires: {«~unused_questionnaire»q: {questions: [{id: a, type: nps, text: x}]}}")


def test_texts_may_pipe_earlier_answers_and_params(check: Callable[[str], Loaded]) -> None:
    questions = "{id: a, type: nps, text: x}, {id: b, type: nps, text: '{{ answers.a }} {{params.order.kind}}'}"
    check(f"{RULE}questionnaires: {{q: {{questions: [{questions}], ends: [{{title: '{{{{answers.b}}}}'}}]}}}}")


def test_options_have_a_short_form(check: Callable[[str], Loaded]) -> None:
    questions = (
        "{id: a, type: single, text: x, options: {yes: Ja, no: {de: Nein}, 3: Drei}, other: true, none: {de: Nichts}}, "
        "{id: b, type: single, text: x, "
        "options: [{id: yes, text: Ja}, {id: no, text: {de: Nein}}, {id: 3, text: Drei}]}"
    )
    loaded = check(f"{RULE}questionnaires: {{q: {{questions: [{questions}]}}}}")
    assert loaded.folder is not None
    short, long = loaded.folder.ruleset.questionnaires["q"].questions
    assert short.options == long.options
    assert short.options == (Option("yes", {"": "Ja"}), Option("no", {"de": "Nein"}), Option("3", {"": "Drei"}))
    assert (short.other, short.none, long.other, long.none) == ({}, {"de": "Nichts"}, None, None)


def test_an_if_may_name_earlier_answers_and_params(check: Callable[[str], Loaded]) -> None:
    questions = (
        "{id: a, type: multi, text: x, options: {b: B}, none: true}, "
        "{id: c, type: text, text: x, if: {a: {contains: none}}}, "
        "{id: d, type: text, text: x, if: {params.order.kind: combo}}"
    )
    loaded = check(f"{RULE}questionnaires: {{q: {{questions: [{questions}]}}}}")
    assert loaded.folder is not None
    _, c, d = loaded.folder.ruleset.questionnaires["q"].questions
    assert c.condition == Test("a", "contains", "none")
    assert d.condition == Test("params.order.kind", "is", "combo")
