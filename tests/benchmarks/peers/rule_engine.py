"""rule-engine (in Python): one compiled rule a rule, tried in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import rule_engine

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
        test = f"{name}.starts_with({json.dumps(line.value)})"
    elif line.op.startswith("version"):
        test = f"{name} {_OPERATORS[line.op]} {version_number(str(line.value))}"
    else:
        test = f"{name} {_OPERATORS[line.op]} {json.dumps(line.value)}"
    return f"not ({test})" if line.negated else test


def _expression(rule: PlainRule) -> str:
    parts = [_test(line) for line in rule.lines]
    if rule.either:
        parts.append("(" + " or ".join(_test(line) for line in rule.either) + ")")
    return " and ".join(parts)


def _build(rules: Rules) -> Ask:
    return first_of([(rule_engine.Rule(_expression(rule)).matches, rule.ask) for rule in rules])


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    versions = {"app.version": version_number(str(found["app.version"]))}
    return {flat(name): value for name, value in {**found, **versions}.items()}


PEER = Peer("rule-engine", "engine", plainly(_build), _context)
