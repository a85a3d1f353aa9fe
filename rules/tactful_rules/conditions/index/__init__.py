"""The index over many conditions: a superset of those that may be true, at a cost hardly dependent on their number."""

from tactful_rules.conditions.index.build import DEFAULT_LIMITS, Index, Limits, build_index
from tactful_rules.conditions.index.masks import Mask
from tactful_rules.conditions.index.tables import Find

__all__ = ["DEFAULT_LIMITS", "Find", "Index", "Limits", "Mask", "build_index"]
