"""Scores: the raw values of scale questions; how they add up over people is not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tactful_rules.model.questionnaire import SCALES, Questionnaire


def scores(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> dict[str, float]:
    """Give one raw score a kind: `nps` 0 to 10, `csat` 1 to 5, `ces` 1 to 7.

    Where a questionnaire asks a kind more than once the first answered question counts: it is the headline one.
    """
    found: dict[str, float] = {}
    for kind, value in _scale_answers(questionnaire, answers):
        found.setdefault(kind, value)
    return found


def last_score(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> float | None:
    """Give the value of the last answered scale question (`history.last_score`), None when none is answered."""
    values = _scale_answers(questionnaire, answers)
    return values[-1][1] if values else None


def _scale_answers(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [
        (question.type, answers[question.id])
        for question in questionnaire.questions
        if question.type in SCALES and type(answers.get(question.id)) in (int, float)
    ]
