"""The ways in which a condition can be true: its disjunctive form, which may leave a part out."""

from __future__ import annotations

from typing import Final, TypeAlias

from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

Claim: TypeAlias = tuple[Test, bool]
"""A test and the verdict that it must give; unknown is neither."""
Way: TypeAlias = tuple[Claim, ...]
"""Claims that must all hold."""

MOST_WAYS: Final = 16
"""A part of a condition that has more is left out: each way costs the index a bit in every mask."""

_Ways: TypeAlias = tuple[Way, ...] | None  # None: too many to say, so it may be true whatever the values


def ways_of(condition: Condition | None) -> tuple[Way, ...]:
    """Give ways of which at least one holds whenever the condition is true; none for one that never is.

    Kleene's `all` is true when every part is and false when one part is, whatever is unknown beside it, so De Morgan's
    laws carry a `not` down to the tests without losing the third value.
    """
    ways = ((),) if condition is None else _ways(condition, True)
    return ((),) if ways is None else ways


def _ways(condition: Condition, verdict: bool) -> _Ways:
    match condition:
        case Test(attribute, "between", (low, high)) if not verdict:
            return ((Test(attribute, "less_than", low), True),), ((Test(attribute, "more_than", high), True),)
        case Test():
            return (((condition, verdict),),)
        case Not(part):
            return _ways(part, not verdict)
        case All(parts):
            return _every(parts, verdict) if verdict else _either(parts, verdict)
        case AnyOf(parts):
            return _either(parts, verdict) if verdict else _every(parts, verdict)


def _every(parts: tuple[Condition, ...], verdict: bool) -> _Ways:
    ways: tuple[Way, ...] = ((),)
    for part in parts:
        found = _ways(part, verdict)
        if found is not None and len(ways) * len(found) <= MOST_WAYS:
            ways = tuple((*way, *more) for way in ways for more in found)
    return ways


def _either(parts: tuple[Condition, ...], verdict: bool) -> _Ways:
    ways: list[Way] = []
    for part in parts:
        found = _ways(part, verdict)
        if found is None or len(ways) + len(found) > MOST_WAYS:
            return None
        ways += found
    return tuple(ways)
