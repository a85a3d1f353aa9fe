"""The whole schema check, by the `jsonschema` package: this room is told by its callers what meets a schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator


def schema_check(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """Give what tells whether a value meets a schema."""
    return Draft202012Validator(schema).is_valid
