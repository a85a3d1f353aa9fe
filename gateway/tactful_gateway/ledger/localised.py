"""Questionnaires in one language, remembered: making one costs a third of a decision, and few are asked at a time.

What is given is shared by all who asked for it: nobody may change it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.questionnaire import localise


def localised(questionnaire: Questionnaire, locale: str, default: str) -> tuple[str, dict[str, Any]]:
    """Give the locale used and the wire form in it, as `localise` does."""
    return _localise(_Same(questionnaire), locale, default)


class _Same:
    """A questionnaire as a key: the very same object, which is all that a cache needs to know."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.questionnaire is self.questionnaire

    def __hash__(self) -> int:
        return id(self.questionnaire)


@lru_cache(maxsize=256)
def _localise(same: _Same, locale: str, default: str) -> tuple[str, dict[str, Any]]:
    return localise(same.questionnaire, locale or None, default)
