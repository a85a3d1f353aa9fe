"""Checks a param against its whole JSON Schema: the rules' quick check first, `jsonschema` for the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from tactful_rules.params import check_value


def meets_schema(schema: dict[str, Any], value: Any) -> bool:
    """Tell whether `value` meets a param's JSON Schema (draft 2020-12)."""
    verdict = check_value(schema, value)
    if verdict is None:
        return bool(_validator(msgspec.json.encode(schema)).is_valid(value))
    return verdict


@lru_cache(maxsize=1024)
def _validator(schema: bytes) -> Validator:
    return Draft202012Validator(msgspec.json.decode(schema))
