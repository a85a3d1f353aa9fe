"""Conditions as generated code: as fast as Python gets, with what rulesets bring kept out of the source."""

from tactful_rules.conditions.generated.functions import First, Guard, LazyMatch, generate_first, generate_match

__all__ = ["First", "Guard", "LazyMatch", "generate_first", "generate_match"]
