"""datalogic (JSONLogic in Rust): all rules as one compiled `if` chain, far faster than one expression a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datalogic_py import Engine

from tests.benchmarks.many_rules import Line, PlainRule, Value
from tests.benchmarks.peers.peer import Ask, Peer, Rules, flat, plainly, version_number

_OPERATORS = {
    "is": "===",
    "in": "in",
    "at_least": ">=",
    "less_than": "<",
    "starts_with": "starts_with",
    "version_at_least": ">=",
    "version_below": "<",
}


def _test(line: Line) -> dict[str, Any]:
    operand: Any = list(line.value) if isinstance(line.value, tuple) else line.value
    if line.op.startswith("version"):
        operand = version_number(str(operand))
    test = {_OPERATORS[line.op]: [{"var": flat(line.attribute)}, operand]}
    return {"!": [test]} if line.negated else test


def _when(rule: PlainRule) -> dict[str, Any]:
    parts = [_test(line) for line in rule.lines]
    if rule.either:
        parts.append({"or": [_test(line) for line in rule.either]})
    return {"and": parts}


def _build(rules: Rules) -> Ask:
    engine = Engine()
    chain = engine.compile({"if": [*(part for rule in rules for part in (_when(rule), rule.ask)), None]})
    evaluate = engine.session().evaluate
    return lambda data: evaluate(chain, data)


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    versions = {"app.version": version_number(str(found["app.version"]))}
    return {flat(name): value for name, value in {**found, **versions}.items()}


PEER = Peer("datalogic-py", "engine", plainly(_build), _context)
