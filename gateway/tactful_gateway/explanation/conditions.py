"""Conditions with what every part of them found: the same checks as in a decision, none left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from tactful_gateway.explanation.model import ExplainedCondition, ExplainedGroup, ExplainedTest, Why
from tactful_rules.conditions import Lookup, RegexCompiler, Verdict, compile_condition
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

Explain: TypeAlias = Callable[[Condition | None], ExplainedCondition | None]


def explainer(lookup: Lookup, regex: RegexCompiler | None, rejected: Collection[str]) -> Explain:
    """Give what explains the conditions of one event; `rejected` names the params that broke their schema."""

    def explain(condition: Condition | None) -> ExplainedCondition | None:
        return None if condition is None else part(condition)

    def part(condition: Condition) -> ExplainedCondition:
        match condition:
            case Test(attribute, op, operand):
                verdict, value = compile_condition(condition, regex)(lookup), lookup(attribute)
                why = _why(attribute, value, rejected) if verdict is None else None
                return ExplainedTest(attribute, op, operand, value, verdict, why)
            case All(parts):
                found = tuple(map(part, parts))
                return ExplainedGroup("all", _first(found, False, None, True), found)
            case AnyOf(parts):
                found = tuple(map(part, parts))
                return ExplainedGroup("any", _first(found, True, None, False), found)
            case Not(negated):
                inner = part(negated)
                return ExplainedGroup("not", None if inner.verdict is None else not inner.verdict, (inner,))

    return explain


def _first(parts: Sequence[ExplainedCondition], settles: Verdict, holds_up: Verdict, otherwise: Verdict) -> Verdict:
    """Give the first of two verdicts that some part has, else the third: a group, without compiling its parts again."""
    verdicts = [part.verdict for part in parts]
    return settles if settles in verdicts else holds_up if holds_up in verdicts else otherwise


def _why(attribute: str, value: object, rejected: Collection[str]) -> Why:
    if value is not None:
        return "wrong_type"
    return "rejected" if attribute in rejected else "missing"
