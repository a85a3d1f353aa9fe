"""Conditions as closures: compiled once, evaluated over any lookup, in three values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tactful_rules.conditions.operators import RegexCompiler, Verdict, build_check
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

Lookup: TypeAlias = Callable[[str], object]
"""Gives an attribute's value by its name, None when it is missing."""
Evaluate: TypeAlias = Callable[[Lookup], Verdict]


def compile_condition(condition: Condition, regex: RegexCompiler | None = None) -> Evaluate:
    """Compile a condition to a function of a lookup that gives True, False or None for unknown.

    Evaluating never raises, whatever the values. Without `regex` every `matches` is unknown.

    Raises:
        Exception: whatever `regex` raises for a pattern it does not understand.
    """
    match condition:
        case Test():
            return _compile_test(condition, regex)
        case All(parts):
            return _compile_all(tuple(compile_condition(part, regex) for part in parts))
        case AnyOf(parts):
            return _compile_any(tuple(compile_condition(part, regex) for part in parts))
        case Not(part):
            return _compile_not(compile_condition(part, regex))


def _compile_test(test: Test, regex: RegexCompiler | None) -> Evaluate:
    attribute = test.attribute
    if test.op == "exists":
        wanted = test.value
        if type(wanted) is not bool:
            return lambda lookup: None
        return lambda lookup: (lookup(attribute) is not None) is wanted
    check = build_check(test.op, test.value, regex)
    return lambda lookup: None if (value := lookup(attribute)) is None else check(value)


def _compile_all(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(lookup: Lookup) -> Verdict:
        verdict: Verdict = True
        for part in parts:
            found = part(lookup)
            if found is False:
                return False
            if found is None:
                verdict = None
        return verdict

    return evaluate


def _compile_any(parts: tuple[Evaluate, ...]) -> Evaluate:
    def evaluate(lookup: Lookup) -> Verdict:
        verdict: Verdict = False
        for part in parts:
            found = part(lookup)
            if found:
                return True
            if found is None:
                verdict = None
        return verdict

    return evaluate


def _compile_not(part: Evaluate) -> Evaluate:
    def evaluate(lookup: Lookup) -> Verdict:
        found = part(lookup)
        return None if found is None else not found

    return evaluate
