"""How long `touchpoint()` takes to say no by itself, with 1 and 100 rules; the baseline is the gate alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from tactful import Tactful
from tactful.transport import Request, Response
from tactful_rules.gate import Gate
from tactful_rules.model.ruleset import GateRuleset
from tests.benchmarks.row import Baseline, Row

CALLS = 2000
ROUNDS = 7
PERSON = {"id": "u-42", "visits": 3}
PARAMS = {"order": {"kind": "combo", "amount": 3.5}}


class _Rules:
    """A transport that knows one ruleset and is not asked for anything else."""

    def __init__(self, rules: int) -> None:
        whens = ({"kind": "test", "attribute": "order.amount", "op": "at_least", "value": 30 + n} for n in range(rules))
        self.body = msgspec.json.encode(
            {
                "version": "v1",
                "touchpoints": {"payment": {"order.amount": {"type": "number"}, "order.kind": {"type": "string"}}},
                "rules": [{"id": f"rule-{n}", "at": ["payment"], "when": when} for n, when in enumerate(whens)],
            }
        )

    def send(self, request: Request, timeout: float) -> Response:
        if request.path == "/v1/reports":
            return Response(202)
        return Response(200, {"etag": '"v1"'}, self.body)

    def close(self) -> None:
        """Let go of nothing."""


def rows() -> list[Row]:
    """Measure a local no with 1 and 100 rules."""
    return [_local_no(rules) for rules in (1, 100)]


def _local_no(rules: int) -> Row:
    transport = _Rules(rules)
    gate = Gate(msgspec.json.decode(transport.body, type=GateRuleset))
    alone = _microseconds(lambda: gate.refuses("payment", PARAMS, PERSON, 0))
    sdk = Tactful("http://rules.test", key="sk_bench", transport=transport, cache_dir=None, report_every=3600.0)
    while sdk.status().version is None:
        time.sleep(0.01)
    assert sdk.touchpoint("payment", PERSON, PARAMS).reason == "no_rule"
    took = _microseconds(lambda: sdk.touchpoint("payment", PERSON, PARAMS))
    sdk.close()
    plural = "rule" if rules == 1 else "rules"
    return Row(
        name=f"touchpoint(), local no, {rules} {plural}",
        value=took,
        unit="us",
        baseline=Baseline("the gate alone", alone),
        note=f"best of {ROUNDS} x {CALLS} calls",
    )


def _microseconds(call: Callable[[], Any]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, time.perf_counter() - start)
    return best / CALLS * 1e6
