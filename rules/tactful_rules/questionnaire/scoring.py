"""Scores: the raw values of scale questions; how they add up over people is not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tactful_rules.model.questionnaire import SCALES, Questionnaire
from tactful_rules.once import once

_NUMBERS = (int, float)


def scores(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> dict[str, float]:
    """Give one raw score a kind: `nps` 0 to 10, `csat` 1 to 5, `ces` 1 to 7.

    Where a questionnaire asks a kind more than once the first answered question counts: it is the headline one.
    """
    found: dict[str, float] = {}
    for key, kind in _scales(questionnaire):
        value: Any = answers.get(key)
        if kind not in found and type(value) in _NUMBERS:
            found[kind] = value
    return found


def last_score(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> float | None:
    """Give the value of the last answered scale question (`history.last_score`), None when none is answered."""
    for key, _ in reversed(_scales(questionnaire)):
        value: float | None = answers.get(key)
        if type(value) in _NUMBERS:
            return value
    return None


@once
def _scales(questionnaire: Questionnaire) -> tuple[tuple[str, str], ...]:
    return tuple((question.id, question.type) for question in questionnaire.questions if question.type in SCALES)
