"""PostHog, local evaluation: a flag with one release condition a rule (two for an `any`), each naming its variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from posthog import Posthog

from tests.benchmarks.many_rules import QUESTIONNAIRES, Line, Value
from tests.benchmarks.peers.peer import FLAG, Ask, Peer, Rules, flat

_OPERATORS = {
    "is": "exact",
    "in": "exact",
    "at_least": "gte",
    "less_than": "lt",
    "starts_with": "starts_with",
    "version_at_least": "semver_gte",
    "version_below": "semver_lt",
}


def _property(line: Line) -> dict[str, Any]:
    value: Any = list(line.value) if isinstance(line.value, tuple) else line.value
    if isinstance(value, bool):
        value = [str(value).lower()]  # as its console writes booleans
    operator = "is_not" if line.negated else _OPERATORS[line.op]  # only lists are negated here
    return {"key": flat(line.attribute), "type": "person", "operator": operator, "value": value}


def _flag(rules: Rules) -> dict[str, Any]:
    groups = [
        {"properties": [_property(line) for line in lines], "rollout_percentage": 100, "variant": rule.ask}
        for rule in rules
        for lines in rule.conjunctions()
    ]
    share = 100 / len(QUESTIONNAIRES)
    variants = [{"key": name, "rollout_percentage": share} for name in QUESTIONNAIRES]
    filters = {"groups": groups, "multivariate": {"variants": variants}}
    return {"id": 1, "key": FLAG, "name": "", "active": True, "filters": filters}


@contextmanager
def _load(rules: Rules) -> Iterator[Ask]:
    client = Posthog("phc_none", host="http://127.0.0.1:9", send=False, enable_local_evaluation=False)
    client.feature_flags = [_flag(rules)]

    def ask(properties: dict[str, Any]) -> str | None:
        flags = client.evaluate_flags("u-1", person_properties=properties, only_evaluate_locally=True)
        return flags.get_flag(FLAG) or None

    yield ask
    client.shutdown()


def _context(found: Mapping[str, Value]) -> dict[str, Any]:
    return {flat(name): value for name, value in found.items()}


PEER = Peer("posthog", "flags", _load, _context)
