"""Conditions as data: a tree of `all`, `any` and `not` over tests of one attribute each.

A field that is not known makes JSON no condition: whoever added it meant something by it.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from msgspec import Struct

Scalar: TypeAlias = bool | int | float | str
Operand: TypeAlias = bool | int | float | str | tuple[bool | int | float | str, ...]
"""What an attribute is tested against, as written in the file; dates and versions stay text."""

Operator = Literal[
    "is",
    "is_not",
    "in",
    "not_in",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "between",
    "starts_with",
    "ends_with",
    "contains",
    "contains_any",
    "contains_all",
    "matches",
    "exists",
    "before",
    "after",
    "version_at_least",
    "version_below",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)


class Test(Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="test", tag_field="kind"):
    """One operator applied to one attribute, e.g. `order.amount` `at_least` 30."""

    __test__ = False  # not a test case for pytest

    attribute: str
    op: Operator
    value: Operand


class All(Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="all", tag_field="kind"):
    """True when every part is; an empty one is true."""

    parts: tuple[Condition, ...]


class AnyOf(Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="any", tag_field="kind"):
    """True when at least one part is; an empty one is false."""

    parts: tuple[Condition, ...]


class Not(Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="not", tag_field="kind"):
    """Swaps true and false and keeps unknown."""

    part: Condition


Condition: TypeAlias = Test | All | AnyOf | Not
ALWAYS = All(())
