"""What the number of rules costs: the gate's no with 1 to 10,000 of them, and the index that keeps it flat."""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Sequence
from time import thread_time

from tactful_rules.conditions.index import Index, build_index
from tactful_rules.gate import Gate
from tactful_rules.model.condition import All, Condition, Test
from tests.benchmarks.many_rules import EVENT_NONE, TOUCHPOINT, call, condition, gate_ruleset, plain_rules
from tests.benchmarks.peers.measure import best
from tests.benchmarks.row import Baseline, Row

SIZES = (1, 10, 100, 1_000, 10_000)
BUDGETS = {1: 0.7, 10_000: 1.6}
"""In baselines, which take 3 µs on a machine that is not busy: 2 µs and 5 µs."""


def rows() -> list[Row]:
    """Measure; the baseline of times is what it takes to write and read the call as JSON with the standard library."""
    arguments = call(EVENT_NONE)
    baseline = Baseline("JSON there and back", best(lambda: json.loads(json.dumps(arguments))))
    took = {size: _refusal(size) for size in SIZES}
    realistic = [condition(rule) for rule in plain_rules(10_000)]
    return [
        *(_refusal_row(size, took[size], baseline) for size in SIZES),
        _flatness("gate refuses, 10,000 rules", took[10_000], Baseline("100 rules", took[100]), 2.0),
        _flatness("gate refuses, 10,000 rules", took[10_000], Baseline("10 rules", took[10]), 3.0),
        *_index_rows("10,000 realistic rules", realistic),
        *_index_rows("10,000 rules, each with five values of its own", _distinct()),
        *_index_rows("10,000 rules about the pages of one shop", _pages()),
        *_index_rows("10,000 rules, each with a list of fifty members", _members()),
    ]


def _refusal(size: int) -> float:
    gate, arguments, traits = Gate(gate_ruleset(size)), call(EVENT_NONE), EVENT_NONE.traits
    params = arguments["params"]
    assert gate.refuses(TOUCHPOINT, params, traits, 0) == "no_rule"
    return best(lambda: gate.refuses(TOUCHPOINT, params, traits, 0))


def _refusal_row(size: int, took: float, baseline: Baseline) -> Row:
    limit = BUDGETS.get(size)
    return Row(
        name=f"gate refuses, {size:,} {'rule' if size == 1 else 'rules'}",
        value=took,
        unit="µs",
        baseline=baseline,
        budget="" if limit is None else f"<= {limit} baselines",
        met=None if limit is None else took <= limit * baseline.value,
    )


def _flatness(name: str, took: float, baseline: Baseline, limit: float) -> Row:
    return Row(
        name=name,
        value=took,
        unit="µs",
        baseline=baseline,
        budget=f"<= {limit:g} baselines",
        met=took <= limit * baseline.value,
        note="8 attributes looked at, with 10 rules 3",
    )


def _distinct() -> list[Condition]:
    return [All(tuple(Test(f"a{n}", "is", f"{n}-{rule}") for n in range(5))) for rule in range(10_000)]


def _pages() -> list[Condition]:
    pages = ((f"part-{n % 7}", f"brand-{n % 301}", f"size-{n % 11}", f"product-{n}") for n in range(10_000))
    urls = ("/".join(("https://shop.example", *page[: 1 + n % 4])) for n, page in enumerate(pages))
    return [Test("page.url", "starts_with", url) for url in urls]


def _members() -> list[Condition]:
    return [Test("a", "contains_any", tuple(str((rule * 7 + n) % 20_000) for n in range(50))) for rule in range(10_000)]


def _index_rows(name: str, conditions: Sequence[Condition]) -> list[Row]:
    seconds = min(_seconds(lambda: build_index(conditions)) for _ in range(5))
    size = _megabytes(lambda: build_index(conditions))
    return [
        Row(name=f"index built, {name}", value=seconds, unit="s", budget="<= 1 s", met=seconds <= 1),
        Row(name=f"index in memory, {name}", value=size, unit="MB", budget="<= 4 MB", met=size <= 4),
    ]


def _seconds(build: Callable[[], Index]) -> float:
    """Give the processor time of a build."""
    gc.collect()
    started = thread_time()
    build()
    return thread_time() - started


def _megabytes(build: Callable[[], Index]) -> float:
    """Give what an index keeps allocated, everything but the conditions that it was built from."""
    gc.collect()
    tracemalloc.start()
    index = build()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert index.columns
    return kept / 1e6
