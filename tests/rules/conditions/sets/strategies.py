"""Values and conditions that meet at their edges, so that random ones tell neighbours apart; and the truth of them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tactful_rules.conditions import compile_condition
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Test


class Colour(StrEnum):
    """A text that is not quite one."""

    A = "a"


NAMES = ("p", "q")
TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "ba",
    "cab",
    "\ud800",
    "1.2.0",
    "1.3.0-rc.1",
    "2",
    "2026-11-22",
    "2026-11-22T08:00:00Z",
]
NUMBERS = [float("-inf"), -1, 0, 0.5, 1, 1.0, 1.5, 2, 3, 2**53 + 1, 10**400, float("inf"), float("nan")]
LISTS: list[Any] = [[], ["a"], ["a", 1], [True, "b"], (1, 2), {"ab"}, [None, float("nan")]]
DATES = [date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22)]  # noqa: DTZ001 - it has no offset on purpose
ODD = [{}, {"a": 1}, Decimal(1), Colour.A, b"a", object()]
VALUES: list[Any] = [None, True, False, *TEXTS, *NUMBERS, *LISTS, *DATES, *ODD]

scalars = st.sampled_from([True, False, *TEXTS, *NUMBERS])
operands = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
fitting = st.one_of(
    st.builds(
        Test, st.sampled_from(NAMES), st.sampled_from(["starts_with", "ends_with", "contains"]), st.sampled_from(TEXTS)
    ),
    st.builds(
        Test, st.sampled_from(NAMES), st.sampled_from(["at_least", "less_than", "is_not"]), st.sampled_from(NUMBERS)
    ),
    st.builds(Test, st.sampled_from(NAMES), st.just("exists"), st.booleans()),
    st.builds(Test, st.sampled_from(NAMES), st.sampled_from(["in", "not_in", "contains_any"]), operands),
)
tests = st.one_of(fitting, st.builds(Test, st.sampled_from(NAMES), st.sampled_from(OPERATORS), operands))
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)


def true_at(condition: Condition | None, values: list[Any] | None = None) -> set[tuple[int, int]]:
    """Give the pairs of values, by index, of which a condition is true: by evaluating it for each."""
    some = VALUES if values is None else values
    if condition is None:
        return set(product(range(len(some)), repeat=2))
    evaluate = compile_condition(condition, re.compile)
    pairs = product(range(len(some)), repeat=2)
    return {(i, j) for i, j in pairs if evaluate({"p": some[i], "q": some[j]}.get) is True}
