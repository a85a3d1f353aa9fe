"""Generated code against the closures that say what conditions mean, and against rulesets that want to become code."""

from __future__ import annotations

from typing import Any

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tactful_rules.conditions import ANYTHING, TRUE, compile_condition, compile_possible
from tactful_rules.conditions.generated import LazyMatch, generate_first, generate_match
from tactful_rules.conditions.generated.expressions import DEEPEST, MOST_TESTS, Writer
from tactful_rules.conditions.generated.functions import compile_shape
from tactful_rules.model.condition import ALWAYS, OPERATORS, All, AnyOf, Condition, Not, Operator, Test
from tests.rules.conditions.test_operators import ODD, OPERANDS
from tests.rules.conditions.test_possible import conditions, facts

HOSTILE = [
    "c0",
    "lookup",
    "None",
    "{kind}",
    "{0}",
    "%s",
    '"',
    "'''",
    "\\",
    "\n",
    "x)\nimport os\n(",
    "__import__('os')",
    "\0",
    "\ud800",
]


class Counting(dict[str, Any]):
    """Counts how often each attribute is looked up."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.looked_at: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.looked_at.append(name)
        return self.get(name)


@given(conditions, facts)
def test_generated_code_is_true_where_closures_are(condition: Condition, known: dict[str, Any]) -> None:
    expected = compile_condition(condition)(known.get)
    assert generate_match(condition)(known.get) is (expected is True)
    assert generate_match(Not(condition))(known.get) is (expected is False)


@given(conditions, facts, st.sets(st.sampled_from("abc")))
def test_generated_code_may_be_true_where_closures_may(condition: Condition, known: Any, hidden: set[str]) -> None:
    partly = {name: ANYTHING if name in hidden else value for name, value in known.items()}
    for each in (condition, Not(condition)):
        assert generate_match(each, possible=True)(partly.get) is bool(compile_possible(each)(partly.get) & TRUE)


@given(st.lists(st.one_of(st.none(), conditions), max_size=6), facts, st.lists(st.booleans(), min_size=6, max_size=6))
def test_the_first_that_holds_is_given(some: list[Condition | None], known: dict[str, Any], force: list[bool]) -> None:
    candidates = [(each, None if force[n] else (lambda now: now < 5), n) for n, each in enumerate(some)]
    find = generate_first(candidates)
    for now in (4, 5):
        true = [
            n
            for n, each in enumerate(some)
            if (force[n] or now < 5) and (each is None or compile_condition(each)(known.get) is True)
        ]
        assert find(now, known.get) == (true[0] if true else None)


@pytest.mark.parametrize("op", OPERATORS)
def test_whatever_an_application_puts_into_an_event_comes_out_as_with_closures(op: Operator) -> None:
    for operand in OPERANDS:
        test = Test("x", op, operand)
        evaluate, weigh = compile_condition(test, re2.compile), compile_possible(test)
        true, false = generate_match(test, re2.compile), generate_match(Not(test), re2.compile)
        possible = generate_match(test, possible=True)
        for value in [*ODD, *OPERANDS, None, 5.0, False, 0, 1]:
            lookup = {"x": value}.get
            assert (true(lookup), false(lookup)) == ((verdict := evaluate(lookup)) is True, verdict is False)
            assert possible(lookup) is bool(weigh(lookup) & TRUE)
        assert possible(lambda _: ANYTHING) is bool(weigh(lambda _: ANYTHING) & TRUE)


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_ruleset_brings_stands_in_the_source(op: Operator, text: str) -> None:
    def source(attribute: str, operand: Any) -> str:
        condition = All((Test(attribute, op, operand), Not(AnyOf((Test(attribute, op, (operand,)),)))))
        return Writer(None, possible=False).write(condition, frozenset()).text

    assert source(text, text) == source("plain", "plain")
    match = generate_match(AnyOf((Test(text, "is", text), Test(text, "in", (text, "b")))))
    assert match({text: text}.get)
    assert not match({text: "other"}.get)


def test_conditions_of_one_shape_are_compiled_once() -> None:
    def shaped(number: int) -> Condition:
        return All((Test(f"shape-{number}", "at_least", number), Test(f"other-{number}", "ends_with", str(number))))

    generate_match(shaped(0))
    before = compile_shape.cache_info().misses
    matches = [generate_match(shaped(number)) for number in range(1, 50)]
    assert compile_shape.cache_info().misses == before
    assert [match({"shape-7": 7, "other-7": "47"}.get) for match in matches].index(True) == 6


@pytest.mark.parametrize("make", [All, AnyOf])
def test_a_condition_of_any_size_and_depth_is_evaluated(make: type[All] | type[AnyOf]) -> None:
    wide = make(tuple(Test("x", "is", number) for number in range(20 * MOST_TESTS)))
    deep: Condition = Test("x", "at_least", 3)
    for level in range(4 * DEEPEST):
        deep = make((Not(deep), Test("x", "at_most", level))) if level % 2 else make((Not(deep),))
    for condition in (wide, deep, make((wide, deep)), Not(make((deep, wide))), make(())):
        for value in (None, 0, 3, 5, "x", ANYTHING):
            lookup = {"x": value}.get
            assert generate_match(condition)(lookup) is (compile_condition(condition)(lookup) is True)
            possible = generate_match(condition, possible=True)(lookup)
            assert possible is bool(compile_possible(condition)(lookup) & TRUE)


def test_an_attribute_is_looked_up_once_and_only_when_it_matters() -> None:
    either = AnyOf((Test("b", "is", 1), Test("c", "is", 1)))
    rules: list[Condition] = [
        All((Test("a", "at_least", 3), Test("a", "less_than", 5), either)),
        All((Test("a", "at_least", 5), either)),
        All((either, Test("a", "is", 9))),
    ]
    find = generate_first((rule, None, place) for place, rule in enumerate(rules))
    for known, looked_at, first in (
        ({"a": 4, "b": 1}, ["a", "b"], 0),
        ({"a": 6, "b": 0, "c": 1}, ["a", "b", "c"], 1),
        ({"a": 1, "b": 1, "c": 1}, ["a"], None),
    ):
        values = Counting(known)
        assert find(0, values.__getitem__) == first
        assert values.looked_at == looked_at


def test_a_pattern_that_the_compiler_refuses_is_refused_when_it_is_generated() -> None:
    bad = Test("x", "matches", "(")
    with pytest.raises(re2.error):
        generate_match(bad, re2.compile)
    assert not generate_match(bad)({"x": "("}.get)
    assert generate_match(bad, possible=True)({"x": "y"}.get)


def test_a_lazy_match_is_the_match_itself() -> None:
    match = LazyMatch(Test("x", "is", 1))
    assert [match({"x": value}.get) for value in (1, 2, 1)] == [True, False, True]
    assert LazyMatch(Test("x", "is", 1), possible=True)(lambda _: ANYTHING)
    assert LazyMatch(ALWAYS)({}.get)
