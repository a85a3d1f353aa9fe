"""Params against their schemas: the quick check against the `jsonschema` package, and how params are found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import Sure, compile_check, read_params, sure_of

json_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.0, 1.0, 1.5, -2.5, 1e300]),
    st.sampled_from(["", "a", "ab", "😀"]),
)
json_values = st.recursive(
    json_scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    ),
    max_leaves=5,
)
types = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
numbers = st.sampled_from([-1, 0, 1, 1.5, 2])
keywords: dict[str, st.SearchStrategy[Any]] = {
    "type": st.one_of(types, st.lists(types, min_size=1, max_size=2, unique=True)),
    "enum": st.lists(json_scalars, min_size=1, max_size=3),
    "const": json_values,
    "minimum": numbers,
    "maximum": numbers,
    "exclusiveMinimum": numbers,
    "exclusiveMaximum": numbers,
    "minLength": st.integers(0, 2),
    "maxLength": st.integers(0, 2),
    "title": st.just("a title"),
    "pattern": st.just("^a"),
    "multipleOf": st.just(2),
    "prefixItems": st.just([{"type": "string"}]),
}
flat = st.fixed_dictionaries({}, optional=keywords)
schemas = st.fixed_dictionaries({}, optional={**keywords, "items": st.one_of(flat, st.booleans())})


@given(schemas, json_values)
def test_where_the_quick_check_can_tell_it_says_what_jsonschema_says(schema: dict[str, Any], value: Any) -> None:
    verdict = compile_check(schema)(value)
    if verdict is not None:
        assert verdict is Draft202012Validator(schema).is_valid(value)


@given(schemas, json_values)
def test_what_a_glance_is_sure_of_meets_the_schema(schema: dict[str, Any], value: Any) -> None:
    assert not is_sure(schema, value) or Draft202012Validator(schema).is_valid(value)


def is_sure(schema: dict[str, Any], value: Any) -> bool:
    sure = sure_of(schema)
    if type(value) is str:
        return str in sure.kinds or value in sure.words
    return type(value) in sure.kinds and bool(sure.least <= value <= sure.most)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "title": "Kind"}, "x"),
        ({"type": "string", "enum": ["x", "y"]}, "x"),
        ({"type": "number", "minimum": 0, "maximum": 9}, 9.0),
        ({"type": "integer"}, 3),
        ({"type": "boolean"}, False),
        ({}, "x"),
    ],
)
def test_a_glance_is_enough_for_the_schemas_that_are_written_most(schema: dict[str, Any], value: Any) -> None:
    sure = sure_of(schema)
    assert value in sure.words or (
        type(value) in sure.kinds and (type(value) is str or sure.least <= value <= sure.most)
    )


@pytest.mark.parametrize("schema", [True, {"type": [["string"]]}, {"type": 5}, {"minimum": "0"}, {"$ref": "#/x"}])
def test_a_glance_is_sure_of_nothing_in_a_schema_that_it_does_not_read(schema: Any) -> None:
    assert sure_of(schema) == Sure()


@pytest.mark.parametrize(
    ("schema", "value", "verdict"),
    [
        ({"type": "number", "minimum": 0}, 0, True),
        ({"type": "number", "minimum": 0}, -0.01, False),
        ({"type": "number"}, True, False),
        ({"type": "integer"}, 3.0, True),
        ({"enum": ["combo", "a-la-carte"]}, "combo", True),
        ({"enum": [1]}, True, False),
        ({"enum": [1]}, 1.0, True),
        ({"maxLength": 1}, "😀", True),
        ({"type": "array", "items": {"type": "string"}}, ["a", 1], False),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "number"}}, ["a", 1], None),
        ({"pattern": "^a"}, "b", None),
        ({"pattern": "^a", "type": "number"}, "b", False),
        ({"$ref": "#/$defs/a", "type": "number"}, "b", None),
        ({"enum": [[1]]}, [True], None),
        ({"type": "strange"}, "b", None),
        ({"minimum": "0"}, 5, None),
        ({}, {"a": 1}, True),
        (True, 1, True),
        (False, 1, False),
        ("string", "a", None),
    ],
)
def test_the_quick_check_knows_what_it_can_not_tell(schema: object, value: object, verdict: bool | None) -> None:
    assert compile_check(schema)(value) is verdict


def read(params: dict[str, Any], declared: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    touchpoint = Touchpoint("t", params=declared)
    return read_params(touchpoint, params, lambda schema: lambda value: compile_check(schema)(value) is True)


DECLARED = {"order.kind": {"type": "string"}, "order.amount": {"type": "number"}, "city": {"type": "string"}}


def test_nested_and_flat_params_are_read_alike_and_may_be_mixed() -> None:
    wanted = {"order.kind": "combo", "order.amount": 38.5, "city": "上海"}
    assert read({"order": {"kind": "combo", "amount": 38.5}, "city": "上海"}, DECLARED) == (wanted, ())
    assert read(dict(wanted), DECLARED) == (wanted, ())
    assert read({"order": {"kind": "combo"}, "order.amount": 38.5, "city": "上海"}, DECLARED) == (wanted, ())


def test_what_breaks_its_schema_is_named_and_left_out() -> None:
    assert read({"order": {"kind": 5, "amount": "38.5"}, "city": "上海"}, DECLARED) == (
        {"city": "上海"},
        ("order.kind", "order.amount"),
    )


def test_what_is_not_declared_is_dropped_and_null_is_absent() -> None:
    assert read({"order": {"kind": None, "secret": "x"}, "card": "4111"}, DECLARED) == ({}, ())


@pytest.mark.parametrize("order", ["combo", 5, [], ["kind"], {"kind": {"deep": 1}}, {}])
def test_a_param_of_another_shape_is_no_error(order: object) -> None:
    values, rejected = read({"order": order}, DECLARED)
    assert values == {}
    assert rejected in ((), ("order.kind",))
