"""Conditions with what every part of them found: the same checks as in a decision, none left out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from tactful_gateway.explanation.model import ExplainedCondition, ExplainedGroup, ExplainedTest, Why
from tactful_rules.conditions import Lookup, RegexCompiler, compile_condition
from tactful_rules.model.condition import All, AnyOf, Condition, Not, Test

Explain: TypeAlias = Callable[[Condition | None], ExplainedCondition | None]


def explainer(lookup: Lookup, regex: RegexCompiler | None, rejected: Collection[str]) -> Explain:
    """Give what explains the conditions of one event; `rejected` names the params that broke their schema."""

    def explain(condition: Condition | None) -> ExplainedCondition | None:
        return None if condition is None else part(condition)

    def part(condition: Condition) -> ExplainedCondition:
        verdict = compile_condition(condition, regex)(lookup)
        match condition:
            case Test(attribute, op, operand):
                value = lookup(attribute)
                why = _why(attribute, value, rejected) if verdict is None else None
                return ExplainedTest(attribute, op, operand, value, verdict, why)
            case All(parts):
                return ExplainedGroup("all", verdict, tuple(map(part, parts)))
            case AnyOf(parts):
                return ExplainedGroup("any", verdict, tuple(map(part, parts)))
            case Not(negated):
                return ExplainedGroup("not", verdict, (part(negated),))

    return explain


def _why(attribute: str, value: object, rejected: Collection[str]) -> Why:
    if value is not None:
        return "wrong_type"
    return "rejected" if attribute in rejected else "missing"
