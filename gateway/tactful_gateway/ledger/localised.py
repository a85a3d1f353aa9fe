"""Questionnaires in one language, remembered: making one costs a third of a decision, and few are asked at a time.

What is given is shared by all who asked for it: nobody may change it.
"""

from __future__ import annotations

from typing import Any

from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.once import once
from tactful_rules.questionnaire import localise


@once
def localised(questionnaire: Questionnaire, locale: str, default: str) -> tuple[str, dict[str, Any]]:
    """Give the locale used and the wire form in it, as `localise` does."""
    return localise(questionnaire, locale or None, default)
