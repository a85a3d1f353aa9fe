"""Answers a questionnaire as somebody who is not content would: every question that is asked, follow-ups included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import re2

from tactful_rules.model.questionnaire import SCALES, Question, Questionnaire
from tactful_rules.questionnaire.branching import conditions, lookup_in

_TEXT = "The queue at the counter was long and nobody said why."


def answer_all(questionnaire: Questionnaire, params: Mapping[str, Any]) -> dict[str, Any]:
    """Give complete answers, by question id."""
    answers: dict[str, Any] = {}
    lookup = lookup_in(answers, params)
    for question, holds in zip(questionnaire.questions, conditions(questionnaire, re2.compile), strict=True):
        if holds is None or holds(lookup):
            answers[question.id] = _answer(question)
    return answers


def _answer(question: Question) -> Any:
    if question.type in SCALES:
        return SCALES[question.type][0] + 1
    if question.type == "text":
        return _TEXT[: question.max_length]
    options = [option.id for option in question.options]
    return options[0] if question.type == "single" else options[: max(1, question.min or 1)]
