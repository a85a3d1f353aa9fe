"""What is called impossible is true of nothing, and what is called covered is true nowhere else: all is tried."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tactful_rules.conditions.sets.conflicts import find_conflicts
from tactful_rules.conditions.sets.cover import Cover
from tactful_rules.conditions.sets.domains import of_schema
from tactful_rules.conditions.sets.values import ANY, Values
from tactful_rules.conditions.sets.ways import at_least_ways, at_most_ways, bound
from tactful_rules.model.condition import AnyOf, Condition
from tests.rules.conditions.sets.strategies import NUMBERS, TEXTS, VALUES, conditions, true_at

kinds = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
plain = st.sampled_from([True, False, None, *TEXTS[:5], 0, 1, 1.5, 2, [], ["a"]])
bounds = st.sampled_from([number for number in NUMBERS if abs(number) < 10])
schemas = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(kinds, st.lists(kinds, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(plain, min_size=1, max_size=4),
        "const": plain,
        "minimum": bounds,
        "maximum": bounds,
        "exclusiveMinimum": bounds,
        "exclusiveMaximum": bounds,
    },
)


def anything(_: str) -> Values:
    return ANY


def is_covered(later: Condition | None, earlier: list[Condition | None]) -> bool:
    """Tell whether the later condition is said to be true only where one of the earlier is."""
    cover: Cover[int] = Cover(anything)
    for index, condition in enumerate(earlier):
        for leaves in at_least_ways(condition):
            cover.add(bound(leaves, anything), index)
    ways = [bound(leaves, anything) for leaves in at_most_ways(later)]
    return all(cover.find(way, lambda _: True) is not None for way in ways if all(way.values()))


@settings(max_examples=400, deadline=None)
@given(conditions)
def test_a_condition_that_is_called_impossible_is_true_of_nothing(condition: Condition) -> None:
    if find_conflicts(condition, anything) is not None:
        assert true_at(condition) == set()


@settings(max_examples=300, deadline=None)
@given(conditions, st.lists(conditions, min_size=1, max_size=3))
def test_a_condition_that_is_called_covered_is_true_nowhere_else(later: Condition, earlier: list[Condition]) -> None:
    if is_covered(later, list(earlier)):
        assert true_at(later) <= set().union(*map(true_at, earlier))


@settings(max_examples=200, deadline=None)
@given(conditions, conditions)
def test_a_part_of_an_any_is_covered_by_it_unless_it_has_too_many_ways(one: Condition, other: Condition) -> None:
    if len(at_least_ways(AnyOf((one, other)))) == len(at_most_ways(one)) + len(at_most_ways(other)):
        assert is_covered(one, [AnyOf((one, other))])


@settings(max_examples=300, deadline=None)
@given(conditions, schemas)
def test_within_a_schema_nothing_possible_is_called_impossible(condition: Condition, schema: dict[str, Any]) -> None:
    domain = of_schema(schema)
    if find_conflicts(condition, lambda _: domain) is not None:
        validator = Draft202012Validator(schema)
        accepted = [None, *(value for value in VALUES if value is not None and validator.is_valid(value))]
        assert true_at(condition, accepted) == set()
