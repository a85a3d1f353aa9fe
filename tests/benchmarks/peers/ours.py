"""Measures Tactful itself, as `measure.py` does the others: the SDK's whole call, its gate, the gateway's decision.

The whole call is timed where it ends in the process, with a no: an event that a rule holds for goes on to the gateway,
so there the gate ("maybe") and the gateway's decision (which rule, and may it ask) are timed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from tactful import Tactful
from tactful.transport import Request, Response
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.gate import Gate
from tactful_rules.model.event import Event
from tactful_rules.model.person import PersonState
from tests.benchmarks import many_rules as many
from tests.benchmarks.peers.measure import CHECKED, SIZES, best

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


def _gate(rules: int, event: Event) -> float:
    gate, call = Gate(many.gate_ruleset(rules)), many.call(event)
    name, params, traits = call["name"], call["params"], call["person"]
    expected = "no_rule" if many.winner(many.plain_rules(rules), many.values(event)) is None else None
    assert gate.refuses(name, params, traits, NOW) == expected
    return best(lambda: gate.refuses(name, params, traits, NOW))


def _decision(rules: int) -> float:
    compiled = CompiledRuleset(many.ruleset(rules))
    for event in (many.EVENT_LAST, many.EVENT_NONE, *many.random_events(CHECKED[rules])):
        rule = many.winner(many.plain_rules(rules), many.values(event))
        assert decide(compiled, event, NOBODY, {}, NOW).rule == (rule and rule.id)
    return best(lambda: decide(compiled, many.EVENT_LAST, NOBODY, {}, NOW))


def measure(rules: int) -> dict[str, float]:
    """Give the microseconds of each way."""
    return {
        "call none": _whole_call(rules),
        "gate none": _gate(rules, many.EVENT_NONE),
        "gate last": _gate(rules, many.EVENT_LAST),
        "decide last": _decision(rules),
    }


if __name__ == "__main__":
    print(json.dumps({count: measure(count) for count in SIZES}))
