"""Saying what each test of a condition found: the same checks as in a decision, with the values kept."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tactful_rules.conditions.compile import Lookup, compile_condition
from tactful_rules.conditions.operators import RegexCompiler, Verdict
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Operand, Operator, Test

_SHOWN = 60


class TestResult(Struct, frozen=True):
    """One test and what came of it; `verdict` None is unknown, `value` None is missing."""

    __test__ = False  # not a test case for pytest

    attribute: str
    op: Operator
    operand: Operand
    value: object
    verdict: Verdict

    def __str__(self) -> str:
        """Say it in one line, e.g. ``order.amount is 12, so `at_least 30` is false``."""
        value = "missing" if self.value is None else show(self.value)
        verdict = {True: "true", False: "false", None: "unknown"}[self.verdict]
        return f"{self.attribute} is {value}, so `{self.op} {show(self.operand)}` is {verdict}"


def show(value: object) -> str:
    """Write a value for a human, cut to some 60 characters."""
    try:
        text = "[" + ", ".join(map(show, value)) + "]" if isinstance(value, tuple) else repr(value)
    except Exception:  # noqa: BLE001 - a host object's own repr may do anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def explain(condition: Condition | None, lookup: Lookup, regex: RegexCompiler | None = None) -> tuple[TestResult, ...]:
    """Give the result of every test of a condition, in the order written, those that did not matter included."""
    if condition is None:
        return ()
    return tuple(
        TestResult(test.attribute, test.op, test.value, lookup(test.attribute), compile_condition(test, regex)(lookup))
        for test in tests_of(condition)
    )


def find_failure(condition: Condition | None, lookup: Lookup, regex: RegexCompiler | None = None) -> TestResult | None:
    """Give the first test that kept a condition from being true, None if it is true or has no test to blame."""
    parts = condition.parts if isinstance(condition, All) else () if condition is None else (condition,)
    for part in parts:
        if isinstance(part, All) and part.parts:
            failure = find_failure(part, lookup, regex)
            if failure is not None:
                return failure
        elif compile_condition(part, regex)(lookup) is not True:
            results = explain(part, lookup, regex)
            return next((result for result in results if result.verdict is not True), results[0] if results else None)
    return None


def tests_of(condition: Condition) -> Iterator[Test]:
    """Yield every test of a condition in the order written."""
    match condition:
        case Test():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_of(part)
        case Not(part):
            yield from tests_of(part)
