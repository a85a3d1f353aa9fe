"""Makes a ruleset ready for deciding with what the gateway has and the rules have not: RE2 and holiday calendars."""

from __future__ import annotations

import re2

from tactful_gateway.survey.holidays import find_holidays
from tactful_rules.decide import CompiledRuleset
from tactful_rules.model.ruleset import Ruleset


def compile_ruleset(ruleset: Ruleset) -> CompiledRuleset:
    """Compile a ruleset that was checked; a decision made with it may look for anything that it says."""
    return CompiledRuleset(ruleset, regex=re2.compile, holidays=find_holidays)
