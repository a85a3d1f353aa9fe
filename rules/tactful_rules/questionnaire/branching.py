"""Which questions are asked and which end is shown: an `if` sees only answers to visible questions before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from tactful_rules.conditions import Lookup, RegexCompiler, compile_condition, find
from tactful_rules.model.condition import Condition
from tactful_rules.model.questionnaire import End, Questionnaire

Answers = Mapping[str, Any]
Params = Mapping[str, Any]


def visible(
    questionnaire: Questionnaire, answers: Answers, params: Params, *, regex: RegexCompiler | None = None
) -> tuple[str, ...]:
    """Give the ids of the questions that are asked, in order.

    A question without `if` always is. An `if` on a question that is hidden, unanswered or yet to come is unknown, so
    the question stays hidden. `params` are by dotted path or nested. Without `regex` every `matches` is unknown.
    """
    shown: list[str] = []
    seen: dict[str, Any] = {}
    lookup = _lookup(seen, params)
    for question in questionnaire.questions:
        if _holds(question.condition, lookup, regex):
            shown.append(question.id)
            if question.id in answers:
                seen[question.id] = answers[question.id]
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
    lookup = _lookup(keep_visible(questionnaire, answers, params, regex=regex), params)
    return next((end for end in questionnaire.ends if _holds(end.condition, lookup, regex)), None)


def _holds(condition: Condition | None, lookup: Lookup, regex: RegexCompiler | None) -> bool:
    return condition is None or _compiled(msgspec.json.encode(condition), regex)(lookup) is True


@lru_cache(maxsize=4096)
def _compiled(condition: bytes, regex: RegexCompiler | None) -> Callable[[Lookup], bool | None]:
    # An `if` is looked at with every answer, and compiling it was a third of checking them. The key is its JSON: as
    # objects, a test for `1` and one for `true` are equal.
    return compile_condition(msgspec.json.decode(condition, type=Condition), regex)


def _lookup(answers: Answers, params: Params) -> Lookup:
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
