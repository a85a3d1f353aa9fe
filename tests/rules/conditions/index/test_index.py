"""What the index narrows down to; that it is right is what `test_differential.py` is about."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from tactful_rules.conditions import compile_condition
from tactful_rules.conditions.index import Limits, build_index
from tactful_rules.conditions.index.build import MOST_EXTRA, MOST_WAYS, WORTH_CLOSENESS
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Operator, Test
from tests.rules.conditions.index.generate import ODD


def possible(conditions: list[Condition | None], limits: Limits | None = None, **event: Any) -> list[int]:
    index = build_index(conditions) if limits is None else build_index(conditions, limits=limits)
    return list(index.places(index.possible(event.get), event.get))


LEFT_WHEN_NEGATED = {"starts_with", "ends_with", "contains_all"}
"""Their negation is left to the exact check: nearly every value satisfies it."""


@pytest.mark.parametrize(
    ("op", "operand", "among", "beside"),
    [
        ("is", "x", "x", "y"),
        ("is", 1, 1.0, True),
        ("is", True, True, 1),
        ("is_not", "x", "y", "x"),
        ("in", ("x", 2), 2, "y"),
        ("not_in", ("x", 2), "y", True),
        ("at_least", 3, 3, 2.9),
        ("more_than", 3, 3.1, 3),
        ("at_most", 3, 3, 4),
        ("less_than", 3, 2, 3),
        ("between", (1, 3), 3, 3.1),
        ("starts_with", "ab", "abc", "bc"),
        ("ends_with", "bc", "abc", "ab"),
        ("contains", "x", ["x", "y"], ["y"]),
        ("contains_any", ("x", 1), [1], [True]),
        ("contains_all", ("x", "y"), ["x", "y"], []),
        ("exists", True, [], None),
        ("exists", False, None, 0),
        ("before", "2026-11-22", "2026-11-21T23:59:59Z", "2026-11-22"),
        ("after", "2026-11-22", "2026-11-22T00:00:01Z", "2026-11-22T01:00+01:00"),
        ("version_at_least", "1.10", "1.10.0", "1.9"),
        ("version_below", "1.10", "1.10.0-rc.1", "v1.10"),
    ],
)
def test_each_operator_narrows_down(op: Operator, operand: Any, among: Any, beside: Any):
    test = Test("a", op, operand)
    assert possible([test], a=among) == [0]
    assert possible([test], a=beside) == []
    assert possible([Not(test)], a=among) == ([0] if op in LEFT_WHEN_NEGATED else [])
    assert possible([test], a=object()) == ([0] if op in ("before", "after") or (op == "exists" and operand) else [])


def test_a_negation_finds_what_its_test_is_false_of_and_not_what_it_is_unknown_of():
    for op, operand, false, unknown in (("is", "x", "y", 1), ("at_least", 3, 2, "x"), ("contains", "x", ["y"], 5)):
        negated = Not(Test("a", op, operand))  # type: ignore[arg-type]  # operators, all
        assert possible([negated], a=false) == [0]
        assert possible([negated], a=unknown) == []
        assert possible([negated]) == []


def test_several_tests_of_one_attribute_count_together():
    both: list[Condition | None] = [All((Test("a", "in", (1, 5, 9)), Test("a", "at_least", 5), Test("a", "is_not", 9)))]
    assert [value for value in (1, 5, 9) if possible(both, a=value)] == [5]


def test_operands_that_python_holds_equal_are_told_apart_by_their_type():
    """What equal leaves demand is worked out once, and `True == 1`."""
    rules: list[Condition | None] = [Test("a", "is", 1), Test("a", "is", True), Test("a", "is", 1.0)]
    lists: list[Condition | None] = [Test("a", "in", (0, "x")), Test("a", "in", (False, "x"))]
    both: list[Condition | None] = [All((rule, Test("a", "exists", True))) for rule in rules if rule is not None]
    assert (possible(rules, a=1), possible(rules, a=True)) == ([0, 2], [1])
    assert (possible(lists, a=0), possible(lists, a=False), possible(lists, a="x")) == ([0], [1], [0, 1])
    assert (possible(both, a=1), possible(both, a=True)) == ([0, 2], [1])


def test_a_condition_with_alternatives_is_given_once():
    either = AnyOf((Test("a", "is", 1), Test("b", "is", 1)))
    assert possible([either, None, either], a=1, b=1) == [0, 1, 2]
    assert possible([either, None, either], a=1, b=2) == [0, 1, 2]
    assert possible([either, None, either], a=2, b=2) == [1]


def test_a_part_with_too_many_alternatives_is_left_to_the_exact_check_and_the_rest_still_narrows():
    many = AnyOf(tuple(Test(f"a{number}", "is", 1) for number in range(17)))
    assert possible([All((Test("b", "is", 1), many))], b=1) == [0]
    assert possible([All((Test("b", "is", 1), many))], b=2) == []


def test_of_a_list_that_must_have_several_members_the_rarer_one_counts():
    rules: list[Condition | None] = [Test("a", "contains_all", ("common", f"rare-{number}")) for number in range(9)]
    assert possible(rules, a=["common", "rare-4"]) == [4]


@pytest.mark.parametrize("odd", ODD, ids=lambda value: type(value).__name__)
def test_a_value_of_any_type_in_a_tested_or_another_attribute_does_no_harm(odd: Any):
    rules: list[Condition | None] = [Test("a", "is", "x"), Test("a", "at_least", 3), Test("a", "contains", "x"), None]
    assert 3 in possible(rules, a=odd)
    assert possible(rules, a="x", b=odd) == [0, 2, 3]


def test_nan_is_there():
    assert possible([Test("a", "exists", True), Test("a", "is", 1), Test("a", "exists", False)], a=math.nan) == [0]


def test_a_list_without_a_nan_that_was_asked_for_is_without_it():
    """Found by comparing: the NaN of the rule was looked up by identity."""
    lacks = Not(Test("a", "contains_any", ("x", math.nan)))
    assert compile_condition(lacks)({"a": [math.nan]}.get) is True
    assert possible([lacks], a=[math.nan]) == [0]


def test_merged_slots_let_too_much_through_and_a_closer_look_takes_it_out():
    rules: list[Condition | None] = [Test("a", "between", (number, number + 30)) for number in range(100)]
    index = build_index(rules, limits=Limits(slots=8))
    for value in (-1, 0, 29.5, 41, 41.5, 99, 129, 130):
        true = [number for number in range(100) if number <= value <= number + 30]
        mask = index.possible({"a": value}.get)
        assert all(mask >> number & 1 for number in true)
        assert len(true) <= mask.bit_count() <= len(true) + 60
        assert list(index.places(mask, {"a": value}.get)) == true or mask.bit_count() <= WORTH_CLOSENESS


def test_a_table_that_wants_few_slots_leaves_its_share_to_the_others():
    few: list[Condition | None] = [Test("a", "at_least", 1), *(Test("b", "at_least", number) for number in range(40))]
    index = build_index(few, limits=Limits(slots=43))
    assert all(not column.fine for column in index.columns)
    assert any(column.fine for column in build_index(few, limits=Limits(slots=42)).columns)


def test_ten_thousand_rules_keep_within_four_megabytes_whatever_values_they_name():
    """Each with values of its own, each with bounds of its own: the two ways in which tables grow most."""
    texts = [All(tuple(Test(f"a{n}", "is", f"{n}-{rule}") for n in range(5))) for rule in range(10_000)]
    bounds = [
        All(tuple(Test(f"a{n}", "between", (rule + n / 9, 2 * rule)) for n in range(5))) for rule in range(10_000)
    ]
    for conditions in (texts, bounds):
        tracemalloc.start()
        index = build_index(conditions)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept <= 4_000_000
        assert index.possible({f"a{n}": "3-9" for n in range(5)}.get) == 0


def _paths(rule: int) -> Test:
    """Give a test as those about the pages of one shop: many begin as others do."""
    parts = (f"part-{rule % 7}", f"brand-{rule % 301}", f"size-{rule % 11}", f"product-{rule}")
    return Test("page.url", "starts_with", "/".join(("https://shop.example", *parts[: 1 + rule % 4])))


def _ways(rule: int) -> AnyOf:
    return AnyOf(tuple(All((Test(f"a{n}", "is", rule), Test(f"b{n}", "at_least", rule * n))) for n in range(MOST_WAYS)))


HUGE: dict[str, tuple[Callable[[int], Condition], float]] = {
    "paths of one shop": (_paths, 4),
    "beginnings in each other": (lambda rule: Test("a", "starts_with", "p" * (rule % 64) + str(rule)), 4),
    "sixteen alternatives": (_ways, 6),
    "fifty values of its own": (lambda rule: Test("a", "in", tuple(f"{rule}-{n}" for n in range(50))), 4),
    "fifty members of many": (
        lambda rule: Test("a", "contains_any", tuple(f"{(rule * 7 + n) % 20_000}" for n in range(50))), 5,
    ),
    "all of fifty members": (
        lambda rule: Test("a", "contains_all", tuple(f"{(rule * 7 + n) % 20_000}" for n in range(50))), 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HUGE)
def test_ten_thousand_rules_of_any_kind_keep_within_some_megabytes(what: str):
    make, most = HUGE[what]
    conditions = [make(rule) for rule in range(10_000)]
    tracemalloc.start()
    index = build_index(conditions)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept <= most * 1e6
    assert index.columns


def test_the_longest_beginning_leads_to_the_shorter_ones():
    beginnings = ["", "ab", "abcd", "abcdef", "x", "abcdef"]
    rules: list[Condition | None] = [Test("a", "starts_with", beginning) for beginning in beginnings]
    assert possible(rules, a="abcdefg") == [0, 1, 2, 3, 5]
    assert possible(rules, a="abcde") == [0, 1, 2]
    assert possible(rules, a="x") == [0, 4]
    assert possible(rules, a="") == [0]
    assert possible([*rules, *[Test("a", "starts_with", "abc")] * 200], a="abcd")[:3] == [0, 1, 2]


def test_values_beyond_the_room_for_them_are_left_to_the_exact_check():
    rules: list[Condition | None] = [Test("a", "in", (n, n + 0.5)) for n in range(9)]
    assert possible(rules, a=3) == [3]
    assert possible(rules, Limits(listed=0), a=3) == list(range(9))
    lists: list[Condition | None] = [Test("a", "contains", n) for n in range(9)]
    assert possible(lists, a=[3]) == [3]
    assert possible(lists, Limits(listed=0), a=[3]) == list(range(9))
    assert possible([Not(rule) for rule in lists if rule], Limits(listed=0), a=[3]) == list(range(9))


def test_alternatives_beyond_the_room_for_them_are_left_to_the_exact_check_and_other_rules_are_not():
    plenty = (MOST_EXTRA + 3 * 2_001) // (MOST_WAYS - 1)
    rules: list[Condition | None] = [*(_ways(rule) for rule in range(2_000)), Test("a0", "is", 5)]
    assert possible(rules, a0=7, b0=0) == [7, *range(plenty, 2_000)]


def test_beginnings_of_many_lengths_are_found_by_a_shorter_one():
    texts = [f"{number:02}" + "x" * number for number in range(40)]
    assert possible([Test("a", "starts_with", text) for text in texts], a=texts[33] + "!") == [33]
    assert possible([Test("a", "ends_with", text[::-1]) for text in texts], a="!" + texts[33][::-1]) == [33]


def test_an_empty_beginning_is_every_texts():
    assert possible([Test("a", "starts_with", ""), Test("a", "ends_with", "")], a="") == [0, 1]


def test_attributes_beyond_the_columns_are_left_to_the_exact_check():
    rules: list[Condition | None] = [Test("a", "is", 1), Test("a", "is", 2), Test("b", "is", 1)]
    assert possible(rules, Limits(columns=1), a=2, b=2) == [1, 2]


def test_no_conditions_make_nothing_possible():
    assert possible([], a=1) == []
    assert possible([AnyOf(())], a=1) == []
    assert possible([All(()), None], a=1) == [0, 1]
