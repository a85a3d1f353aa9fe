"""GrowthBook: a feature with one targeting rule a rule, each forcing a value; the first whose condition holds wins.

Its client for services is used, which its documentation recommends: one for all requests, given each user's attributes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from growthbook import GrowthBookClient, Options, UserContext

from tests.benchmarks.many_rules import Line, PlainRule, Value
from tests.benchmarks.peers.peer import FLAG, Ask, Peer, Rules, flat

_OPERATORS = {
    "is": "$eq",
    "in": "$in",
    "at_least": "$gte",
    "less_than": "$lt",
    "version_at_least": "$vgte",
    "version_below": "$vlt",
}


def _condition(line: Line) -> dict[str, Any]:
    if line.op == "starts_with":
        test = {"$regex": f"^{line.value}"}  # it has no operator for beginnings; none of ours has a special character
    else:
        test = {_OPERATORS[line.op]: list(line.value) if isinstance(line.value, tuple) else line.value}
    return {flat(line.attribute): {"$not": test} if line.negated else test}


def _rule(rule: PlainRule) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for line in rule.lines:
        for attribute, test in _condition(line).items():
            merged.setdefault(attribute, {}).update(test)
    if rule.either:
        merged["$or"] = [_condition(line) for line in rule.either]
    return {"condition": merged, "force": rule.ask}


@contextmanager
def _load(rules: Rules) -> Iterator[Ask]:
    client = GrowthBookClient(Options())
    features = {FLAG: {"defaultValue": None, "rules": [_rule(rule) for rule in rules]}}
    asyncio.run(client.set_features(features))

    def ask(attributes: dict[str, Any]) -> str | None:
        evaluation = client.get_feature_value(FLAG, None, UserContext(attributes=attributes))
        try:
            evaluation.send(None)  # it waits for nothing, so this spares it an event loop
        except StopIteration as done:
            return done.value
        raise RuntimeError("the evaluation waits for something")

    yield ask
    asyncio.run(client.close())


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    return {"id": "u-1", **{flat(name): value for name, value in found.items()}}


PEER = Peer("growthbook", "flags", _load, _context)
