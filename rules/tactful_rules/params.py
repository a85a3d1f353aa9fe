"""Params against their declared schemas: one that breaks its schema is treated as missing, and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tactful_rules.conditions import find
from tactful_rules.model.touchpoint import Touchpoint

_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
    "exclusiveMaximum": lambda value, limit: value < limit,
}
_LENGTHS: dict[str, Callable[[Any, Any], bool]] = {
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _is_integer(value: object) -> bool:
    return _is_number(value) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": _is_integer,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def read_params(
    touchpoint: Touchpoint, params: Mapping[str, Any], check: Callable[[dict[str, Any], Any], bool]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give the declared params by dotted path, and the paths of those that broke their schema.

    Nested maps and flat dotted keys are read alike. What is not declared is dropped; null is absent.
    """
    values: dict[str, Any] = {}
    rejected: list[str] = []
    for path, schema in touchpoint.params.items():
        value = find(params, path)
        if value is None:
            continue
        if check(schema, value):
            values[path] = value
        else:
            rejected.append(path)
    return values, tuple(rejected)


def read_traits(person: Mapping[str, Any]) -> dict[str, Any]:
    """Give a person's traits: all that is said of them but the id; null is absent."""
    return {name: value for name, value in person.items() if name != "id" and value is not None}


def check_value(schema: object, value: object) -> bool | None:
    """Tell whether a JSON value meets a JSON Schema (2020-12), None where this module can't tell.

    Exact for `type`, scalar `enum` and `const`, the four bounds, the two lengths and `items`; annotations count for
    nothing. A keyword beyond these makes it None, unless one of these already says no.
    """
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict) or "$ref" in schema or "$schema" in schema:
        return None
    verdict: bool | None = True
    for keyword, operand in schema.items():
        if keyword in _ANNOTATIONS:
            continue
        found = _check_keyword(keyword, operand, value)
        if keyword == "items" and "prefixItems" in schema:
            found = None  # then it is about the items after those
        if found is False:
            return False
        if found is None:
            verdict = None
    return verdict


def _check_keyword(keyword: str, operand: Any, value: Any) -> bool | None:
    if keyword == "type":
        return _check_type(operand, value)
    if keyword == "const":
        return _same(value, operand)
    if keyword == "enum":
        return _one_of(value, operand)
    if keyword in _BOUNDS:
        return _bounded(_BOUNDS[keyword], value, operand) if _is_number(value) else True
    if keyword in _LENGTHS:
        return _bounded(_LENGTHS[keyword], value, operand) if isinstance(value, str) else True
    if keyword == "items":
        return _check_items(operand, value) if isinstance(value, list) else True
    return None


def _check_type(names: Any, value: object) -> bool | None:
    wanted = [names] if isinstance(names, str) else names
    if not isinstance(wanted, list) or not all(isinstance(name, str) and name in _TYPES for name in wanted):
        return None
    return any(_TYPES[name](value) for name in wanted)


def _same(value: object, other: object) -> bool | None:
    """Compare as JSON does: 1 equals 1.0, true is not 1; containers are left to a full validator."""
    if isinstance(other, (dict, list)) and isinstance(value, type(other)):
        return None
    if _is_number(value) and _is_number(other):
        return value == other
    return type(value) is type(other) and value == other


def _one_of(value: object, options: Any) -> bool | None:
    if not isinstance(options, list):
        return None
    verdicts = [_same(value, option) for option in options]
    return True if True in verdicts else None if None in verdicts else False


def _bounded(compare: Callable[[Any, Any], bool], value: object, limit: object) -> bool | None:
    return compare(value, limit) if _is_number(limit) else None


def _check_items(schema: object, values: list[Any]) -> bool | None:
    if not isinstance(schema, (dict, bool)):
        return None
    verdicts = [check_value(schema, value) for value in values]
    return False if False in verdicts else None if None in verdicts else True
