"""Checks a param against its whole JSON Schema: the rules' quick check first, `jsonschema` for the rest.

A `pattern` runs in RE2, since what it looks at may come from any page: Python's own backtracking could be made to hang.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tactful_rules.params import compile_check


def meets_schema(schema: dict[str, Any], value: Any) -> bool:
    """Tell whether `value` meets a param's JSON Schema (draft 2020-12)."""
    return schema_check(schema)(value)


def schema_check(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Make a param's schema ready for many values: what it gives is `meets_schema` of this schema."""
    return _compiled(msgspec.json.encode(schema))


@lru_cache(maxsize=1024)
def _compiled(schema: bytes) -> Callable[[Any], bool]:
    document = msgspec.json.decode(schema)
    check, validator = compile_check(document), _WithRe2(document)

    def meets(value: Any) -> bool:
        verdict = check(value)
        return bool(validator.is_valid(value)) if verdict is None else verdict

    return meets


def _check_pattern(_: Validator, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    try:
        if isinstance(value, str) and re2.search(pattern, value) is None:
            yield ValidationError("does not match the pattern")
    except UnicodeEncodeError:  # a lone surrogate, which RE2 can't take
        yield ValidationError("is no text that could match")


_WithRe2: type[Validator] = extend(Draft202012Validator, {"pattern": _check_pattern})  # type: ignore[no-untyped-call]  # so in the stubs
