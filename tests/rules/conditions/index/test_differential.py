"""The index against walking: 100,000 drawn events here, ten million in `make nightly`, and small ones by Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.conditions import ANYTHING, TRUE, compile_condition, compile_possible
from tactful_rules.conditions.index import build_index
from tactful_rules.model.condition import OPERATORS, All, AnyOf, Condition, Not, Test
from tests.rules.conditions.index.differential import run
from tests.rules.conditions.index.generate import NAMES, SCALARS, VALUES

EVENTS = 100_000

scalars = st.sampled_from(SCALARS)
operands = st.one_of(scalars, st.lists(scalars, max_size=3).map(tuple))
tests = st.builds(Test, st.sampled_from(NAMES), st.sampled_from(OPERATORS), operands).filter(
    lambda test: test.op != "matches"
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=4).map(lambda parts: AnyOf(tuple(parts))),
        st.builds(Not, inner),
    ),
    max_leaves=12,
)
rulesets = st.lists(st.one_of(st.none(), conditions), min_size=1, max_size=5)


def test_the_index_finds_what_walking_finds():
    tally = run(EVENTS)
    assert tally.events >= EVENTS
    assert tally.matches >= EVENTS


@given(rulesets, st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(VALUES))))
def test_all_that_is_true_is_found_in_order(some: list[Condition | None], event: dict[str, Any]):
    lookup = event.__getitem__
    true = [place for place, each in enumerate(some) if each is None or compile_condition(each)(lookup) is True]
    index = build_index(some)
    found = list(index.places(index.possible(lookup), lookup))
    assert found == sorted(set(found))
    assert set(found) >= set(true)


@given(rulesets, st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from([*VALUES, *[ANYTHING] * 30]))))
def test_all_that_may_be_true_is_found_when_values_may_be_anything(some: list[Condition | None], event: dict[str, Any]):
    lookup = event.__getitem__
    may = [place for place, each in enumerate(some) if each is None or compile_possible(each)(lookup) & TRUE]
    index = build_index(some)
    assert set(index.places(index.possible(lookup), lookup)) >= set(may)
