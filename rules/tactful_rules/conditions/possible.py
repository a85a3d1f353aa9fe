"""Conditions over what is only partly known: not one outcome but the set of those still possible.

The parts of a condition are taken as independent, so the set may be too large and is never too small.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from itertools import product
from typing import Final, TypeAlias

from tactful_rules.conditions.compile import Lookup
from tactful_rules.conditions.operators import RegexCompiler, Verdict, all_of, any_of, build_check
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 4
_ALL_OUTCOMES: Final = TRUE | FALSE | UNKNOWN


class Anything(Enum):
    """The type of `ANYTHING`."""

    ANYTHING = "anything"


ANYTHING: Final = Anything.ANYTHING
"""What a lookup gives for an attribute that may have any value or be missing."""

Outcomes: TypeAlias = int
"""A set of outcomes: any of TRUE, FALSE and UNKNOWN, added up."""
Weigh: TypeAlias = Callable[[Lookup], Outcomes]

_BIT: Final[dict[Verdict, Outcomes]] = {True: TRUE, False: FALSE, None: UNKNOWN}
_VERDICT: Final = {bit: verdict for verdict, bit in _BIT.items()}


def _table(combine: Callable[[tuple[Verdict, Verdict]], Verdict]) -> tuple[Outcomes, ...]:
    """Give the outcomes of combining two sets, at index `8 * left + right`."""
    table = []
    for left, right in product(range(8), repeat=2):
        found = 0
        for a, b in product(_VERDICT, repeat=2):
            if left & a and right & b:
                found |= _BIT[combine((_VERDICT[a], _VERDICT[b]))]
        table.append(found)
    return tuple(table)


_AND: Final = _table(all_of)
_OR: Final = _table(any_of)
_NOT: Final = tuple((s & TRUE) << 1 | (s & FALSE) >> 1 | s & UNKNOWN for s in range(8))


def compile_possible(condition: Condition, regex: RegexCompiler | None = None) -> Weigh:
    """Compile a condition to a function of a lookup that gives the set of outcomes still possible.

    With everything known the set has one member, which is what `compile_condition` gives. Without `regex` a `matches`
    may come out any way.
    """
    match condition:
        case Test():
            return _compile_test(condition, regex)
        case All(parts):
            return _fold(tuple(compile_possible(part, regex) for part in parts), _AND, start=TRUE, last=FALSE)
        case AnyOf(parts):
            return _fold(tuple(compile_possible(part, regex) for part in parts), _OR, start=FALSE, last=TRUE)
        case Not(part):
            inner = compile_possible(part, regex)
            return lambda lookup: _NOT[inner(lookup)]


def _compile_test(test: Test, regex: RegexCompiler | None) -> Weigh:
    attribute = test.attribute
    if test.op == "exists":
        return _compile_exists(attribute, test.value)
    if test.op == "matches" and regex is None:
        return lambda lookup: _ALL_OUTCOMES
    check = build_check(test.op, test.value, regex)

    def weigh(lookup: Lookup) -> Outcomes:
        value = lookup(attribute)
        if value is None:
            return UNKNOWN
        return _ALL_OUTCOMES if value is ANYTHING else _BIT[check(value)]

    return weigh


def _compile_exists(attribute: str, wanted: object) -> Weigh:
    if type(wanted) is not bool:
        return lambda lookup: UNKNOWN

    def weigh(lookup: Lookup) -> Outcomes:
        value = lookup(attribute)
        return TRUE | FALSE if value is ANYTHING else _BIT[(value is not None) is wanted]

    return weigh


def _fold(parts: tuple[Weigh, ...], table: tuple[Outcomes, ...], *, start: Outcomes, last: Outcomes) -> Weigh:
    def weigh(lookup: Lookup) -> Outcomes:
        outcomes = start
        for part in parts:
            outcomes = table[8 * outcomes + part(lookup)]
            if outcomes == last:
                break
        return outcomes

    return weigh
