"""The operators: each turns its operand, once, into a function of a value; a value of the wrong type is unknown.

Types are compared exactly because Python holds `True == 1`, and because a subclass may bring its own `==`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeAlias

from tactful_rules.conditions.values import read_moment, read_version
from tactful_rules.model.condition import Operand, Operator

Verdict: TypeAlias = bool | None
"""True, false, or None for unknown."""
Check: TypeAlias = Callable[[object], Verdict]
"""Judges a value that is there (not None)."""


class Pattern(Protocol):
    """A compiled regular expression."""

    def search(self, text: str, /) -> object:
        """Give something when the pattern occurs in `text`, else None."""


RegexCompiler: TypeAlias = Callable[[str], Pattern]

_LISTS = frozenset({list, tuple, set, frozenset})


def is_number(value: object) -> bool:
    """Tell whether a value is an int or a float; a bool is not one, and neither is NaN."""
    kind = type(value)
    return kind is int or (kind is float and value == value)


def equals(value: object, operand: object) -> Verdict:
    """Compare two scalars of one type (1 and 1.0 are equal); unknown when the types differ."""
    kind = type(operand)
    if kind is int or kind is float:
        return value == operand if is_number(value) and is_number(operand) else None
    return value == operand if type(value) is kind and kind in (str, bool) else None


def _unknown(_: object) -> Verdict:
    return None


def _is(operand: Operand) -> Check:
    if isinstance(operand, tuple):
        return _unknown
    if type(operand) is str:
        return lambda value: value == operand if type(value) is str else None
    return lambda value: equals(value, operand)


def _is_not(operand: Operand) -> Check:
    return _negate(_is(operand))


def _negate(check: Check) -> Check:
    if check is _unknown:
        return check

    def negated(value: object) -> Verdict:
        verdict = check(value)
        return None if verdict is None else not verdict

    return negated


def _in(operand: Operand) -> Check:
    if not isinstance(operand, tuple):
        return _unknown
    texts = frozenset(item for item in operand if type(item) is str)
    numbers = frozenset(item for item in operand if is_number(item))
    booleans = frozenset(item for item in operand if type(item) is bool)

    def check(value: object) -> Verdict:
        kind = type(value)
        if kind is str:
            return value in texts if texts else None
        if kind is bool:
            return value in booleans if booleans else None
        return value in numbers if numbers and is_number(value) else None

    return check


def _not_in(operand: Operand) -> Check:
    return _negate(_in(operand))


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Operand], Check]:
    def factory(operand: Operand) -> Check:
        if not is_number(operand):
            return _unknown

        def check(value: object) -> Verdict:
            kind = type(value)
            if kind is int or (kind is float and value == value):
                return compare(value, operand)  # type: ignore[arg-type]  # both were found to be numbers
            return None

        return check

    return factory


def _between(operand: Operand) -> Check:
    if not (isinstance(operand, tuple) and len(operand) == 2 and all(map(is_number, operand))):
        return _unknown
    low, high = operand
    return lambda value: low <= value <= high if is_number(value) else None  # type: ignore[operator]  # numbers, all


def _starts_with(operand: Operand) -> Check:
    if type(operand) is not str:
        return _unknown
    return lambda value: value.startswith(operand) if type(value) is str else None


def _ends_with(operand: Operand) -> Check:
    if type(operand) is not str:
        return _unknown
    return lambda value: value.endswith(operand) if type(value) is str else None


def _holds(value: object, item: object) -> Verdict:
    """Tell whether a text holds a text, or a list an item."""
    if type(value) is str:
        return item in value if type(item) is str else None
    if type(value) in _LISTS:
        members: Iterable[object] = value  # type: ignore[assignment]  # one of the four list types
        return any(equals(member, item) for member in members)
    return None


def _contains(operand: Operand) -> Check:
    return _unknown if isinstance(operand, tuple) else lambda value: _holds(value, operand)


def _contains_any(operand: Operand) -> Check:
    if not isinstance(operand, tuple) or not operand:
        return _unknown
    return lambda value: any_of(_holds(value, item) for item in operand)


def _contains_all(operand: Operand) -> Check:
    if not isinstance(operand, tuple) or not operand:
        return _unknown
    return lambda value: all_of(_holds(value, item) for item in operand)


def _before(operand: Operand) -> Check:
    limit = read_moment(operand)
    if limit is None:
        return _unknown
    return lambda value: None if (moment := read_moment(value)) is None else moment < limit


def _after(operand: Operand) -> Check:
    limit = read_moment(operand)
    if limit is None:
        return _unknown
    return lambda value: None if (moment := read_moment(value)) is None else moment > limit


def _version_at_least(operand: Operand) -> Check:
    limit = read_version(operand)
    if limit is None:
        return _unknown
    return lambda value: None if (version := read_version(value)) is None else version >= limit


def _version_below(operand: Operand) -> Check:
    return _negate(_version_at_least(operand))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Give Kleene's conjunction: false if any part is false, else unknown if any is, else true."""
    known = True
    for verdict in verdicts:
        if verdict is False:
            return False
        known = known and verdict is not None
    return True if known else None


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Give Kleene's disjunction: true if any part is true, else unknown if any is, else false."""
    known = True
    for verdict in verdicts:
        if verdict:
            return True
        known = known and verdict is not None
    return False if known else None


_FACTORIES: dict[Operator, Callable[[Operand], Check]] = {
    "is": _is,
    "is_not": _is_not,
    "in": _in,
    "not_in": _not_in,
    "at_least": _ordered(lambda value, limit: value >= limit),
    "at_most": _ordered(lambda value, limit: value <= limit),
    "more_than": _ordered(lambda value, limit: value > limit),
    "less_than": _ordered(lambda value, limit: value < limit),
    "between": _between,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "contains": _contains,
    "contains_any": _contains_any,
    "contains_all": _contains_all,
    "before": _before,
    "after": _after,
    "version_at_least": _version_at_least,
    "version_below": _version_below,
}


def build_check(op: Operator, operand: Operand, regex: RegexCompiler | None) -> Check:
    """Build the function that judges values; every operator but `exists`, which is about absence.

    An operand that the operator can't use gives a check that is always unknown. Without `regex`, so does `matches`.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """
    if op == "matches":
        return _unknown if regex is None or type(operand) is not str else _matches(regex(operand))
    return _FACTORIES[op](operand)


def is_usable(op: Operator, operand: Operand) -> bool:
    """Tell whether an operator can use an operand: with any other one no test is ever true, or ever false."""
    if op == "exists":
        return type(operand) is bool
    if op == "matches":
        return type(operand) is str
    return _FACTORIES[op](operand) is not _unknown


def _matches(pattern: Pattern) -> Check:
    def check(value: object) -> Verdict:
        if type(value) is not str:
            return None
        try:
            return pattern.search(value) is not None
        except UnicodeEncodeError:  # a lone surrogate, which RE2 can't take
            return None

    return check
