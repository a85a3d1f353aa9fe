"""Params against their declared schemas: one that breaks its schema is treated as missing, and named."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from tactful_rules.conditions import finder
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.once import once

_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"}
)
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}
_LENGTHS: dict[str, Callable[[Any, Any], bool]] = {
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
}

Meets = Callable[[Any], bool]
Check = Callable[[Any], bool | None]
"""Tells whether a JSON value meets one schema, None where that is beyond this module."""


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
_SCALARS: dict[Any, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
}
_EXACT = 2.0**53


def read_params(
    touchpoint: Touchpoint, params: Mapping[str, Any], check: Callable[[dict[str, Any]], Meets]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Give the declared params by dotted path, and the paths of those that broke their schema, as `check` makes of it.

    Nested maps and flat dotted keys are read alike. What is not declared is dropped; null is absent.
    """
    values: dict[str, Any] = {}
    rejected: list[str] = []
    for path, find, meets in _declared(touchpoint, check):
        value = find(params)
        if value is None:
            continue
        if meets(value):
            values[path] = value
        else:
            rejected.append(path)
    return values, tuple(rejected)


@once
def _declared(
    touchpoint: Touchpoint, check: Callable[[dict[str, Any]], Meets]
) -> tuple[tuple[str, Callable[[Mapping[str, Any]], object], Meets], ...]:
    return tuple((path, finder(path), check(schema)) for path, schema in touchpoint.params.items())


def read_traits(person: Mapping[str, Any]) -> dict[str, Any]:
    """Give a person's traits: all that is said of them but the id; null is absent."""
    return {name: value for name, value in person.items() if name != "id" and value is not None}


def compile_check(schema: object) -> Check:
    """Make the check of a JSON Schema (2020-12).

    Exact for `type`, scalar `enum` and `const`, the four bounds, the two lengths and `items`; annotations count for
    nothing. A keyword beyond these gives None, unless one of these already says no.
    """
    if isinstance(schema, bool):
        return _always(schema)
    if not isinstance(schema, dict) or "$ref" in schema or "$schema" in schema:
        return _always(None)
    checks = tuple(
        # After `prefixItems`, `items` is about what comes behind those.
        _always(None) if keyword == "items" and "prefixItems" in schema else _compile_keyword(keyword, operand)
        for keyword, operand in schema.items()
        if keyword not in _ANNOTATIONS
    )
    return checks[0] if len(checks) == 1 else _all(checks)


class Sure(Struct, frozen=True):
    """Values that certainly meet a schema: all of some kinds, numbers within bounds, and some words."""

    kinds: frozenset[type] = frozenset()
    words: frozenset[str] = frozenset()
    least: float = -_EXACT
    most: float = _EXACT


def sure_of(schema: object) -> Sure:
    """Give values of which a glance tells that they meet the schema and that JSON carries them as they are."""
    if not isinstance(schema, dict):
        return Sure()
    keywords = schema.keys() - _ANNOTATIONS
    declared = schema.get("type", ["string", "boolean", "number"])
    names = [declared] if isinstance(declared, str) else declared
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return Sure()
    kinds = {kind for name in names for kind in _SCALARS.get(name, ())}
    options = schema.get("enum")
    if keywords <= {"type", "enum"} and isinstance(options, list) and str in kinds:
        return Sure(words=frozenset(option for option in options if type(option) is str))
    least, most = schema.get("minimum", -_EXACT), schema.get("maximum", _EXACT)
    if not keywords <= {"type", "minimum", "maximum"} or not (_is_number(least) and _is_number(most)):
        return Sure()
    if "minimum" in schema or "maximum" in schema:
        kinds.discard(bool)  # bounds say nothing about it, and Python would compare it
    return Sure(kinds=frozenset(kinds), least=max(least, -_EXACT), most=min(most, _EXACT))


def _always(verdict: bool | None) -> Check:
    return lambda value: verdict


def _all(checks: tuple[Check, ...]) -> Check:
    def check(value: object) -> bool | None:
        verdict: bool | None = True
        for part in checks:
            found = part(value)
            if found is False:
                return False
            if found is None:
                verdict = None
        return verdict

    return check


def _compile_keyword(keyword: str, operand: Any) -> Check:
    if keyword == "type":
        return _compile_type(operand)
    if keyword == "const":
        return lambda value: _same(value, operand)
    if keyword == "enum" and isinstance(operand, list):
        return _one_of(operand)
    if keyword in _BOUNDS:
        return _bounded(_BOUNDS[keyword], _is_number, operand)
    if keyword in _LENGTHS:
        return _bounded(_LENGTHS[keyword], _TYPES["string"], operand)
    if keyword == "items" and isinstance(operand, (dict, bool)):
        return _each(compile_check(operand))
    if keyword == "items":
        return lambda value: None if isinstance(value, list) else True
    return _always(None)


def _compile_type(names: Any) -> Check:
    wanted = [names] if isinstance(names, str) else names
    if not isinstance(wanted, list) or not all(isinstance(name, str) and name in _TYPES for name in wanted):
        return _always(None)
    kinds = tuple(_TYPES[name] for name in wanted)
    return kinds[0] if len(kinds) == 1 else lambda value: any(is_kind(value) for is_kind in kinds)


def _same(value: object, other: object) -> bool | None:
    """Compare as JSON does: 1 equals 1.0, true is not 1; containers are left to a full validator."""
    if isinstance(other, (dict, list)) and isinstance(value, type(other)):
        return None
    if _is_number(value) and _is_number(other):
        return value == other
    return type(value) is type(other) and value == other


def _one_of(options: list[Any]) -> Check:
    texts = frozenset(option for option in options if type(option) is str)

    def check(value: object) -> bool | None:
        if type(value) is str:
            return value in texts
        verdicts = [_same(value, option) for option in options]
        return True if True in verdicts else None if None in verdicts else False

    return check


def _bounded(compare: Callable[[Any, Any], bool], concerns: Callable[[object], bool], limit: object) -> Check:
    if not _is_number(limit):
        return lambda value: None if concerns(value) else True
    return lambda value: compare(value, limit) if concerns(value) else True


def _each(check: Check) -> Check:
    def check_items(values: object) -> bool | None:
        if not isinstance(values, list):
            return True
        verdicts = [check(value) for value in values]
        return False if False in verdicts else None if None in verdicts else True

    return check_items
