"""How one test is written as an expression of Python: for each operator when it is true, and when it is false.

An expression is made of what stands in this file and of numbered names. Attributes, operands and whatever else comes
from a ruleset are given to the code as values, so that none of them can become code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from tactful_rules.conditions.operators import RegexCompiler, build_check, is_number
from tactful_rules.conditions.values import read_moment, read_version
from tactful_rules.model.condition import Operand, Operator, Test

Name: TypeAlias = Callable[[object], str]
"""Gives the name under which the code finds a value."""

_TEXT: Final = "{kind} is str and "
_NUMBER: Final = "({kind} is int or {again} is float) and "
_KNOWN: Final = "{value} == {value} and "
"""False for NaN, which is neither equal nor different."""

_ORDERED: Final[dict[Operator, str]] = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
_OPPOSITE: Final[dict[str, str]] = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
_POSITIVE: Final[dict[Operator, Operator]] = {"is_not": "is", "not_in": "in"}
_READ: Final[dict[Operator, tuple[str, str]]] = {
    "version_at_least": ("version", ">="),
    "version_below": ("version", "<"),
    "before": ("moment", "<"),
    "after": ("moment", ">"),
}
READERS: Final[dict[str, Callable[[object], object]]] = {"version": read_version, "moment": read_moment}
"""What reads a value that is compared as something else than it is."""
_AFFIXES: Final[dict[Operator, str]] = {"starts_with": "startswith", "ends_with": "endswith"}

CALLED: Final = frozenset(
    {
        "contains",
        "contains_any",
        "contains_all",
        "matches",
        *_READ,
    }
)
"""What takes longer than the expressions here, and is better asked last."""


def write_test(test: Test, holds: bool, regex: RegexCompiler | None, name: Name) -> str | None:
    """Write when a test is true, or false if `holds` is not; None if it never is.

    The text has places: `{kind}` and `{again}` for the value's type, where it is needed first and later; `{value}`; and
    instead of all three `{read}` and `{reread}` where `reading_of` the test names what the value is read as. What has
    no expression of its own calls the operator's check.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """
    op, operand = test.op, test.value
    if op in _POSITIVE:
        op, holds = _POSITIVE[op], not holds
    if op == "exists":
        return None if type(operand) is not bool else f"{{kind}} is {'not ' if operand is holds else ''}none"
    if op == "is":
        return _write_equals(operand, holds, name)
    if op == "in" and isinstance(operand, tuple):
        written = _write_member(operand, holds, name)
        if written is not None:
            return written
    elif op in _ORDERED and is_number(operand):
        sign = _ORDERED[op]
        return f"{_NUMBER}{{value}} {sign if holds else _OPPOSITE[sign]} {name(operand)}"
    elif op == "between" and isinstance(operand, tuple) and len(operand) == 2 and all(map(is_number, operand)):
        low, high = map(name, operand)
        inside, outside = f"{low} <= {{value}} <= {high}", f"({{value}} < {low} or {{value}} > {high})"
        return _NUMBER + (inside if holds else outside)
    elif op in _READ:
        reading, sign = _READ[op]
        limit = READERS[reading](operand)
        sign = sign if holds else _OPPOSITE[sign]
        return None if limit is None else f"{{read}} is not None and {{reread}} {sign} {name(limit)}"
    elif op in _AFFIXES and type(operand) is str:
        return f"{_TEXT}{'' if holds else 'not '}{{value}}.{_AFFIXES[op]}({name(operand)})"
    return f"{{kind}} is not none and {name(build_check(op, operand, regex))}({{value}}) is {holds}"


def reading_of(test: Test) -> str | None:
    """Give which of `READERS` a test reads the value with."""
    return _READ[test.op][0] if test.op in _READ else None


def _write_equals(operand: Operand, holds: bool, name: Name) -> str | None:
    kind = type(operand)
    if kind is str:
        return f"{_TEXT}{{value}} {'==' if holds else '!='} {name(operand)}"
    if kind is bool:
        return f"{{kind}} is bool and {{value}} is {'' if holds else 'not '}{name(operand)}"
    if is_number(operand):
        return f"{_NUMBER}{{value}} == {name(operand)}" if holds else f"{_NUMBER}{_KNOWN}{{value}} != {name(operand)}"
    return None


def _write_member(operand: tuple[object, ...], holds: bool, name: Name) -> str | None:
    """Write membership of a list of one kind; a mixed one has no expression."""
    kinds = {"text" if type(item) is str else "number" if is_number(item) else "other" for item in operand}
    sign = "in" if holds else "not in"
    if kinds == {"text"}:
        return f"{_TEXT}{{value}} {sign} {name(frozenset(operand))}"
    if kinds == {"number"}:
        return f"{_NUMBER}{'' if holds else _KNOWN}{{value}} {sign} {name(frozenset(operand))}"
    return None
