"""The ways of a condition with the values that each attribute has in them.

Where a condition has too many ways the two functions err on opposite sides, and each is right in its use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tactful_rules.conditions.sets.values import Domain, Values, of_test
from tactful_rules.conditions.ways import Leaves, Spreading
from tactful_rules.model.condition import All, AnyOf, Condition, Operator, Test

MAX_WAYS: Final = 64
MAX_LEAVES: Final = 64
"""Tests in one way; a hand-written rule has ten, and many facts of one text take the square of the time."""

Way: TypeAlias = Mapping[str, Values]
"""The values that each attribute has in one way; of those not named it may be any."""


def at_most_ways(condition: Condition | None) -> list[Leaves]:
    """Give ways that together hold at least wherever the condition is true: what has too many counts as no test."""
    return _AT_MOST.ways(condition)


def at_least_ways(condition: Condition | None) -> list[Leaves]:
    """Give ways in each of which the condition is certainly true: what has too many counts as never true."""
    return _AT_LEAST.ways(condition)


def bound(leaves: Leaves, domain: Domain) -> dict[str, Values]:
    """Give the values each attribute has when all leaves hold, within what the attribute can be at all."""
    way: dict[str, Values] = {}
    for test, holds in leaves:
        name = test.attribute
        way[name] = (way[name] if name in way else domain(name)).meet(of_test(test, holds=holds))
    return way


def _by_member(test: Test) -> Condition:
    """Take `contains_any` and `contains_all` apart, which is exact: they are unknown only where each part is."""
    if not isinstance(test.value, tuple) or not test.value:
        return Test(test.attribute, "contains", ())  # as unknown whatever the value
    parts = tuple(Test(test.attribute, "contains", item) for item in test.value)
    return All(parts) if test.op == "contains_all" else AnyOf(parts)


_APART: Final[dict[Operator, Callable[[Test], Condition]]] = {"contains_any": _by_member, "contains_all": _by_member}
_AT_MOST: Final = Spreading(MAX_WAYS, MAX_LEAVES, ((),), _APART)
_AT_LEAST: Final = Spreading(MAX_WAYS, MAX_LEAVES, (), _APART)
