"""Sets of outcomes against brute force: what may come out must be in the set, what is known must be all of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.conditions import (
    ANYTHING,
    FALSE,
    TRUE,
    UNKNOWN,
    compile_condition,
    compile_possible,
    find_failure,
)
from tactful_rules.conditions.generated import generate_match
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Test

NAMES = ["a", "b", "c"]
BIT = {True: TRUE, False: FALSE, None: UNKNOWN}
values = st.sampled_from([None, "x", "xy", "", 0, 1, 2.5, True, False, ["x"], [1, "y"], [], "1.2.0", "2026-11-22"])
scalars = st.sampled_from(["x", "y", "", 0, 1, 2.5, True, False, "1.2.0", "2026-11-22"])
operands = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
tests = st.builds(Test, st.sampled_from(NAMES), st.sampled_from(OPERATORS), operands)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)
facts = st.fixed_dictionaries(dict.fromkeys(NAMES, values))


def kleene(condition: Condition, lookup: dict[str, Any]) -> bool | None:
    """Evaluate by the book: Kleene's tables as minimum, maximum and complement over 0, 1/2 and 1."""
    number = {False: 0.0, None: 0.5, True: 1.0}
    verdict = {0.0: False, 0.5: None, 1.0: True}
    match condition:
        case Test():
            return compile_condition(condition)(lookup.get)
        case All(parts):
            return verdict[min((number[kleene(part, lookup)] for part in parts), default=1.0)]
        case AnyOf(parts):
            return verdict[max((number[kleene(part, lookup)] for part in parts), default=0.0)]
        case Not(part):
            return verdict[1 - number[kleene(part, lookup)]]


@given(conditions, facts)
def test_groups_follow_kleenes_tables(condition: Condition, known: dict[str, Any]) -> None:
    expected = kleene(condition, known)
    assert compile_condition(condition)(known.get) is expected
    assert generate_match(condition)(known.get) is (expected is True)
    failure = find_failure(condition, known.get)
    assert failure is None or expected is not True


@given(conditions, facts)
def test_with_everything_known_one_outcome_is_possible(condition: Condition, known: dict[str, Any]) -> None:
    exact = compile_possible(condition, regex=lambda pattern: NeverMatches())
    assert exact(known.get) == BIT[compile_condition(condition, lambda pattern: NeverMatches())(known.get)]


@given(conditions, facts, st.sets(st.sampled_from(NAMES)))
def test_whatever_comes_out_was_possible_before(condition: Condition, known: dict[str, Any], hidden: set[str]) -> None:
    partly = {name: ANYTHING if name in hidden else value for name, value in known.items()}
    assert compile_possible(condition)(partly.get) & BIT[compile_condition(condition)(known.get)]


class NeverMatches:
    def search(self, text: str, /) -> object:
        return None
