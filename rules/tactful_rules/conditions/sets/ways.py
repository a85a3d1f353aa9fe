"""The ways in which a condition can be true: each a conjunction of tests that come out true or false.

`not` swaps true and false and leaves unknown alone, so it can be pushed down to the tests exactly. Where a condition
has too many ways the two functions err on opposite sides, and each is right in its use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from tactful_rules.conditions.sets.values import Domain, Values, of_test
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

MAX_WAYS: Final = 64
MAX_LEAVES: Final = 256
"""Tests in one way; a hand-written rule has ten."""

Leaf: TypeAlias = tuple[Test, bool]
"""A test, and whether it comes out true or false."""
Leaves: TypeAlias = tuple[Leaf, ...]
Way: TypeAlias = Mapping[str, Values]
"""The values that each attribute has in one way; of those not named it may be any."""


def at_most_ways(condition: Condition | None) -> list[Leaves]:
    """Give ways that together hold at least wherever the condition is true: what has too many counts as no test."""
    return [()] if condition is None else _spread(condition, True, [()])


def at_least_ways(condition: Condition | None) -> list[Leaves]:
    """Give ways in each of which the condition is certainly true: what has too many counts as never true."""
    return [()] if condition is None else _spread(condition, True, [])


def bound(leaves: Leaves, domain: Domain) -> dict[str, Values]:
    """Give the values each attribute has when all leaves hold, within what the attribute can be at all."""
    way: dict[str, Values] = {}
    for test, holds in leaves:
        name = test.attribute
        way[name] = (way[name] if name in way else domain(name)).meet(of_test(test, holds=holds))
    return way


def _spread(condition: Condition, holds: bool, overflow: list[Leaves]) -> list[Leaves]:
    match condition:
        case Not(part):
            return _spread(part, not holds, overflow)
        case Test(op="contains_any" | "contains_all"):
            return _spread_members(condition, holds, overflow)
        case Test():
            return [((condition, holds),)]
        case All(parts) | AnyOf(parts):
            options = [_spread(part, holds, overflow) for part in parts]
            return _multiply(options, overflow) if isinstance(condition, All) is holds else _add(options, overflow)


def _spread_members(test: Test, holds: bool, overflow: list[Leaves]) -> list[Leaves]:
    """Take `contains_any` and `contains_all` apart, which is exact: they are unknown only where each part is."""
    if not isinstance(test.value, tuple) or not test.value:
        return []
    options: list[list[Leaves]] = [[((Test(test.attribute, "contains", item), holds),)] for item in test.value]
    return _multiply(options, overflow) if (test.op == "contains_all") is holds else _add(options, overflow)


def _multiply(options: list[list[Leaves]], overflow: list[Leaves]) -> list[Leaves]:
    ways: list[Leaves] = [()]
    longest = 0
    for option in options:
        length = max(map(len, option), default=0)
        fits = len(ways) * len(option) <= MAX_WAYS and longest + length <= MAX_LEAVES
        longest += length if fits else 0
        ways = [(*way, *more) for way in ways for more in (option if fits else overflow)]
    return ways


def _add(options: list[list[Leaves]], overflow: list[Leaves]) -> list[Leaves]:
    ways = [way for option in options for way in option]
    return ways if len(ways) <= MAX_WAYS else overflow
