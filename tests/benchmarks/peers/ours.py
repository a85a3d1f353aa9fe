"""Measures Tactful itself, as `measure.py` does the others: the SDK's whole call, a whole decision, the matching alone.

The whole call is timed where it ends in the process, with a no: an event that a rule holds for goes on to the gateway,
so there the gateway's decision is timed (which rule, and may it ask).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from tactful import Tactful
from tactful.transport import Request, Response
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.person import PersonState
from tests.benchmarks import many_rules as many
from tests.benchmarks.peers.measure import CHECKED, SIZES, best, measure
from tests.benchmarks.peers.peer import Ask, Peer, Rules, plainly

NOW = 1_795_305_600_000
NOBODY = PersonState()
"""Somebody who was never asked."""


class _Published:
    """A transport that gives the rules and is asked for nothing else."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def send(self, request: Request, timeout: float) -> Response:
        """Answer at once."""
        if request.path == "/v1/reports":
            return Response(202)
        return Response(200, {"etag": '"v1"'}, self._body)

    def close(self) -> None:
        """Let go of nothing."""


@contextmanager
def _client(rules: int) -> Iterator[Tactful]:
    published = _Published(msgspec.json.encode(many.gate_ruleset(rules)))
    with Tactful("http://rules.test", key="sk_bench", transport=published, cache_dir=None, report_every=3600.0) as sdk:
        while sdk.status().version is None:
            time.sleep(0.01)
        yield sdk


def _whole_call(rules: int) -> float:
    call = many.call(many.EVENT_NONE)
    with _client(rules) as sdk:
        assert sdk.touchpoint(**call).reason == "no_rule"
        return best(lambda: sdk.touchpoint(**call))


def _decision(rules: int) -> float:
    compiled = CompiledRuleset(many.ruleset(rules))
    for event in (many.EVENT_LAST, many.EVENT_NONE, *many.random_events(CHECKED[rules])):
        rule = many.winner(many.plain_rules(rules), many.values(event))
        assert decide(compiled, event, NOBODY, {}, NOW).rule == (rule and rule.id)
    return best(lambda: decide(compiled, many.EVENT_LAST, NOBODY, {}, NOW))


def _build(rules: Rules) -> Ask:
    find = CompiledRuleset(many.ruleset(len(rules))).find_rules

    def ask(found: dict[str, Any]) -> str | None:
        for compiled in find(many.TOUCHPOINT, NOW, found.get):
            return compiled.rule.variants[0].ask
        return None

    return ask


PEER = Peer("tactful", "engine", plainly(_build), dict)
"""What the gateway decides with, used as the engines are: a plain map of attributes in, what is asked out."""


def figures(rules: int) -> dict[str, float]:
    """Give the microseconds of each way."""
    matching = measure(PEER, rules)
    return {
        "call none": _whole_call(rules),
        "decide last": _decision(rules),
        "match none": matching["none"],
        "match last": matching["last"],
    }


if __name__ == "__main__":
    print(json.dumps({count: figures(count) for count in SIZES}))
