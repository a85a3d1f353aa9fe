"""Which questions are asked and which end is shown: an `if` sees only answers to visible questions before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tactful_rules.conditions import Lookup, RegexCompiler, compile_condition, find
from tactful_rules.model.condition import Condition
from tactful_rules.model.questionnaire import End, Questionnaire
from tactful_rules.once import once

Answers = Mapping[str, Any]
Params = Mapping[str, Any]
Holds: TypeAlias = Callable[[Lookup], bool] | None
"""Tells whether a condition is true, which None always is."""


def visible(
    questionnaire: Questionnaire, answers: Answers, params: Params, *, regex: RegexCompiler | None = None
) -> tuple[str, ...]:
    """Give the ids of the questions that are asked, in order.

    A question without `if` always is. An `if` on a question that is hidden, unanswered or yet to come is unknown, so
    the question stays hidden. `params` are by dotted path or nested. Without `regex` every `matches` is unknown.
    """
    shown: list[str] = []
    seen: dict[str, Any] = {}
    lookup = lookup_in(seen, params)
    for question, holds in zip(questionnaire.questions, conditions(questionnaire, regex), strict=True):
        key = question.id
        if holds is None or holds(lookup):
            shown.append(key)
            if key in answers:
                seen[key] = answers[key]
    return tuple(shown)


def keep_visible(
    questionnaire: Questionnaire, answers: Answers, params: Params, *, regex: RegexCompiler | None = None
) -> dict[str, Any]:
    """Give the answers to the questions that are asked, in the order of the questions."""
    return {key: answers[key] for key in visible(questionnaire, answers, params, regex=regex) if key in answers}


def choose_end(
    questionnaire: Questionnaire, answers: Answers, params: Params, *, regex: RegexCompiler | None = None
) -> End | None:
    """Give the first end screen whose condition is true, None when there is none."""
    lookup = lookup_in(keep_visible(questionnaire, answers, params, regex=regex), params)
    return next((end for end, holds in _ends(questionnaire, regex) if holds is None or holds(lookup)), None)


@once
def conditions(questionnaire: Questionnaire, regex: RegexCompiler | None) -> tuple[Holds, ...]:
    """Give what tells whether each question is asked, in order, of a lookup that knows the answers before it."""
    return tuple(_compiled(question.condition, regex) for question in questionnaire.questions)


@once
def _ends(questionnaire: Questionnaire, regex: RegexCompiler | None) -> tuple[tuple[End, Holds], ...]:
    return tuple((end, _compiled(end.condition, regex)) for end in questionnaire.ends)


def _compiled(condition: Condition | None, regex: RegexCompiler | None) -> Holds:
    if condition is None:
        return None
    evaluate = compile_condition(condition, regex)
    return lambda lookup: evaluate(lookup) is True


def lookup_in(answers: Answers, params: Params) -> Lookup:
    """Give what a condition reads its names in: answers first, then params."""

    def lookup(name: str) -> object:
        key = name.removeprefix("answers.")
        return as_tested(answers[key]) if key in answers else find(params, name.removeprefix("params."))

    return lookup


def as_tested(answer: object) -> object:
    """Give an answer as conditions see it: text typed behind `other` is the option id `other`, a blank one missing."""
    if isinstance(answer, dict):
        return "other" if str(answer.get("other", "")).strip() else None
    if isinstance(answer, (list, tuple)):
        return [tested for item in answer if (tested := as_tested(item)) is not None] or None
    if isinstance(answer, str):
        return answer.strip() or None
    return answer
