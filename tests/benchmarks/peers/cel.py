"""Common Expression Language (in Rust): one compiled program a rule, tried in order over one context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import cel

from tests.benchmarks.many_rules import Line, PlainRule, Value
from tests.benchmarks.peers.peer import Ask, Peer, Rules, first_of, flat, plainly, version_number

_OPERATORS = {
    "is": "==",
    "in": "in",
    "at_least": ">=",
    "less_than": "<",
    "version_at_least": ">=",
    "version_below": "<",
}


def _test(line: Line) -> str:
    name = flat(line.attribute)
    if line.op == "starts_with":
        test = f"{name}.startsWith({json.dumps(line.value)})"
    elif line.op.startswith("version"):
        test = f"{name} {_OPERATORS[line.op]} {version_number(str(line.value))}"
    elif line.attribute == "order.amount":
        test = f"{name} {_OPERATORS[line.op]} {float(line.value)}"  # it tells whole numbers from others
    else:
        test = f"{name} {_OPERATORS[line.op]} {json.dumps(line.value)}"
    return f"!({test})" if line.negated else test


def _expression(rule: PlainRule) -> str:
    parts = [_test(line) for line in rule.lines]
    if rule.either:
        parts.append("(" + " || ".join(_test(line) for line in rule.either) + ")")
    return " && ".join(parts)


def _build(rules: Rules) -> Ask:
    first = first_of([(cel.compile(_expression(rule)).execute, rule.ask) for rule in rules])
    return lambda variables: first(cel.Context(variables))


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    changed = {"app.version": version_number(str(found["app.version"])), "order.amount": float(found["order.amount"])}
    return {flat(name): value for name, value in {**found, **changed}.items()}


PEER = Peer("common-expression-language", "engine", plainly(_build), _context)
