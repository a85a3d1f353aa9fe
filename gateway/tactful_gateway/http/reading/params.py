"""Checks a param against its whole JSON Schema: the rules' quick check first, `jsonschema` for the rest.

A `pattern` runs in RE2, since what it looks at may come from any page: Python's own backtracking could be made to hang.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tactful_rules.params import Check, compile_check


def meets_schema(schema: dict[str, Any], value: Any) -> bool:
    """Tell whether `value` meets a param's JSON Schema (draft 2020-12)."""
    check, validator = _compiled(msgspec.json.encode(schema))
    verdict = check(value)
    return bool(validator.is_valid(value)) if verdict is None else verdict


@lru_cache(maxsize=1024)
def _compiled(schema: bytes) -> tuple[Check, Validator]:
    document = msgspec.json.decode(schema)
    return compile_check(document), _WithRe2(document)


def _check_pattern(_: Validator, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    try:
        if isinstance(value, str) and re2.search(pattern, value) is None:
            yield ValidationError("does not match the pattern")
    except UnicodeEncodeError:  # a lone surrogate, which RE2 can't take
        yield ValidationError("is no text that could match")


_WithRe2: type[Validator] = extend(Draft202012Validator, {"pattern": _check_pattern})  # type: ignore[no-untyped-call]  # so in the stubs
