"""How long `touchpoint()` takes to say no by itself, from 1 to 10,000 rules, and how long the SDK takes to read rules.

The whole call is timed, in a process whose background thread is alive: arguments, params, gate, id and counting. The
event is one for which no rule holds, so none can stop early.
"""

from __future__ import annotations

import asyncio
import time
import timeit

from tactful.core.rules import Rules
from tactful_rules.gate import Gate
from tactful_rules.gate_json import read_gate_ruleset
from tests.benchmarks import many_rules as many
from tests.benchmarks.local import CALL, Published, awaited_client, client
from tests.benchmarks.peers.measure import best
from tests.benchmarks.row import Baseline, Row

SIZES = (1, 10, 100, 10_000)
BUDGETS = {1: 5.0, 10_000: 8.0}
"""Microseconds."""
FLAT = 2.0
"""Most that 10,000 rules may cost, as a multiple of what 10 do."""
PARSED = 1000
PARSE_BUDGET = 20.0
"""Milliseconds."""


def rows() -> list[Row]:
    """Measure local noes and the reading of a ruleset."""
    took = {count: _local_no(count) for count in SIZES}
    least, most = took[10].value, took[max(SIZES)].value
    flat = Row(
        name=f"touchpoint(), local no: {max(SIZES):,} rules / 10 rules",
        value=most / least,
        unit="x",
        budget=f"<= {FLAT:g} x",
        met=most / least <= FLAT,
    )
    return [*took.values(), flat, _awaited_no(), _parse()]


def _local_no(count: int) -> Row:
    gate = Gate(many.gate_ruleset(count))
    alone = best(lambda: gate.refuses(CALL["name"], many.EVENT_NONE.params, CALL["person"], 0))
    with client(count) as sdk:
        name, person, params = CALL["name"], CALL["person"], CALL["params"]
        took = best(lambda: sdk.touchpoint(name, person, params))
    budget = BUDGETS.get(count)
    return Row(
        name=f"touchpoint(), local no, {count:,} {'rule' if count == 1 else 'rules'}",
        value=took,
        unit="us",
        baseline=Baseline("the gate alone", alone),
        budget="" if budget is None else f"<= {budget:g} us",
        met=None if budget is None else took <= budget,
        note=f"{len(many.PARAMS)} params, {len(many.EVENT_NONE.traits)} traits",
    )


def _awaited_no() -> Row:
    async def measure() -> float:
        sdk = await awaited_client(1)
        calls, rounds = 500, []
        for _ in range(100):
            start = time.thread_time()
            for _ in range(calls):
                await sdk.touchpoint(**CALL)
            rounds.append((time.thread_time() - start) / calls)
        await sdk.close()
        return min(rounds) * 1e6

    return Row(name="await AsyncTactful.touchpoint(), local no, 1 rule", value=asyncio.run(measure()), unit="us")


def _parse() -> Row:
    body = Published(PARSED).body

    def parse() -> None:
        ruleset = read_gate_ruleset(body).ruleset
        assert ruleset is not None
        Rules(ruleset)

    took = min(timeit.repeat(parse, timer=time.thread_time, number=1, repeat=20)) * 1e3
    return Row(
        name=f"ruleset of {PARSED:,} rules, JSON to ready",
        value=took,
        unit="ms",
        budget=f"<= {PARSE_BUDGET:g} ms",
        met=took <= PARSE_BUDGET,
        note=f"{len(body) / 1000:.0f} kB",
    )
