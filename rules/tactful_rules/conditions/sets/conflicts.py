"""Finds why a condition can never be true: in each of its ways, tests of one attribute that exclude each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from msgspec import Struct

from tactful_rules.conditions.sets.values import Domain, of_test
from tactful_rules.conditions.sets.ways import at_most_ways, bound
from tactful_rules.conditions.ways import Leaf
from tactful_rules.model.condition import Condition


class Conflict(Struct, frozen=True):
    """Tests of one attribute that no value of it meets together; a single one is met by none at all."""

    attribute: str
    leaves: tuple[Leaf, ...]


def find_conflicts(condition: Condition | None, domain: Domain) -> tuple[Conflict, ...] | None:
    """Give the conflicts that keep a condition from ever being true, or None if it may be true, or may for all we know.

    `domain` says what an attribute can be. There are none where something that always holds stands behind a `not`.
    """
    found: dict[Conflict, None] = {}
    for leaves in at_most_ways(condition):
        way = bound(leaves, domain)
        impossible = next((name for name, values in way.items() if not values), None)
        if impossible is None:
            return None
        found[_explain(impossible, [leaf for leaf in leaves if leaf[0].attribute == impossible], domain)] = None
    return tuple(found)


def _explain(attribute: str, leaves: Sequence[Leaf], domain: Domain) -> Conflict:
    """Name as few tests as are enough: one, else two, else all."""
    for size in (1, 2):
        for some in combinations(leaves, size):
            values = domain(attribute)
            for test, holds in some:
                values = values.meet(of_test(test, holds=holds))
            if not values:
                return Conflict(attribute, some)
    return Conflict(attribute, tuple(leaves))
