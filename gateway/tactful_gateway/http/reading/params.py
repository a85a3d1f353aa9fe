"""Checks a param against its whole JSON Schema: the rules' quick check first, `jsonschema` for the rest.

What it looks at may come from any page, so two keywords are our own: a `pattern` runs in RE2, since Python's
backtracking could be made to hang, and `uniqueItems` takes linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tactful_rules.once import once
from tactful_rules.params import compile_check


@once
def schema_check(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Give what tells whether a value meets a param's JSON Schema (draft 2020-12)."""
    check, validator = compile_check(schema), _Linear(schema)

    def meets(value: Any) -> bool:
        verdict = check(value)
        if verdict is not None:
            return verdict
        try:
            return bool(validator.is_valid(value))
        except (ArithmeticError, RecursionError):  # a number that no float holds, or lists in lists without end
            return False

    return meets


def _check_pattern(_: Validator, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    try:
        if isinstance(value, str) and re2.search(pattern, value) is None:
            yield ValidationError("does not match the pattern")
    except UnicodeEncodeError:  # a lone surrogate, which RE2 can't take
        yield ValidationError("is no text that could match")


def _check_unique(_: Validator, wanted: bool, value: object, __: object) -> Iterator[ValidationError]:
    if wanted and isinstance(value, list) and len({_key(item) for item in value}) < len(value):
        yield ValidationError("has an item twice")


def _key(value: object) -> object:
    """Give what is equal for equal JSON values: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, dict):
        return "map", frozenset((key, _key(part)) for key, part in value.items())
    return ("list", tuple(map(_key, value))) if isinstance(value, list) else value


_OURS = {"pattern": _check_pattern, "uniqueItems": _check_unique}
_Linear: type[Validator] = extend(Draft202012Validator, _OURS)  # type: ignore[no-untyped-call]  # so in the stubs
