"""Unleash (whose engine is in Rust): a flag with one strategy a rule (two for an `any`), each with a variant."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from UnleashClient import UnleashClient
from UnleashClient.cache import FileCache

from tests.benchmarks.many_rules import Line, PlainRule, Value
from tests.benchmarks.peers.peer import FLAG, Ask, Peer, Rules, flat

_OPERATORS = {
    "is": "IN",
    "in": "IN",
    "at_least": "NUM_GTE",
    "less_than": "NUM_LT",
    "starts_with": "STR_STARTS_WITH",
    "version_at_least": "SEMVER_GTE",
    "version_below": "SEMVER_LT",
}
_MANY = ("IN", "STR_STARTS_WITH")


def _text(value: Any) -> str:
    """Write a value as its context has it: a flat map of texts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _constraint(line: Line) -> dict[str, Any]:
    operator = _OPERATORS[line.op]
    values = [_text(value) for value in (line.value if isinstance(line.value, tuple) else (line.value,))]
    operand = {"values": values} if operator in _MANY else {"value": values[0]}
    return {"contextName": flat(line.attribute), "operator": operator, "inverted": line.negated, **operand}


def _strategy(rule: PlainRule, lines: tuple[Line, ...]) -> dict[str, Any]:
    variant = {"name": rule.ask, "weight": 1000, "weightType": "variable", "stickiness": "default"}
    constraints = [_constraint(line) for line in lines]
    return {"name": "default", "parameters": {}, "constraints": constraints, "variants": [variant]}


@contextmanager
def _load(rules: Rules) -> Iterator[Ask]:
    strategies = [_strategy(rule, lines) for rule in rules for lines in rule.conjunctions()]
    flag = {"name": FLAG, "type": "release", "enabled": True, "strategies": strategies, "variants": []}
    with tempfile.TemporaryDirectory() as folder:
        cache = FileCache("bench", directory=folder)
        cache.bootstrap_from_dict({"version": 2, "features": [flag]})
        client = UnleashClient(
            "http://127.0.0.1:9/api",
            "bench",
            cache=cache,
            disable_metrics=True,
            disable_registration=True,
            refresh_interval=86_400,
        )
        client.initialize_client(fetch_toggles=False)

        def ask(context: dict[str, Any]) -> str | None:
            variant = client.get_variant(FLAG, context)
            return variant["name"] if variant["enabled"] else None

        yield ask
        client.destroy()


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    return {"userId": "u-1", "properties": {flat(name): _text(value) for name, value in found.items()}}


PEER = Peer("UnleashClient", "flags", _load, _context)
