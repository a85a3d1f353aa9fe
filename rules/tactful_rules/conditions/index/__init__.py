"""The index over many conditions: a superset of those that may be true, at a cost hardly dependent on their number."""

from tactful_rules.conditions.index.build import DEFAULT_LIMITS, Index, Limits, build_index
from tactful_rules.conditions.index.column import Column

__all__ = ["DEFAULT_LIMITS", "Column", "Index", "Limits", "build_index"]
