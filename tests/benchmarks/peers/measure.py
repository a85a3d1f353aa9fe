"""Measures one tool in this interpreter and prints JSON: microseconds of one evaluation by the number of rules.

Refuses to measure a tool that answers differently from what the rows say: a wrong translation is worse than none.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import timeit
from collections.abc import Callable
from time import perf_counter, thread_time
from typing import Any

from tests.benchmarks import many_rules as many
from tests.benchmarks.peers.peer import Ask, Peer

SIZES = (1, 10, 100, 1_000, 10_000)
CHECKED = {1: 200, 10: 200, 100: 200, 1_000: 60, 10_000: 60}
"""How many random events a tool must answer as the rows say, by the number of rules, before it is timed."""
SECONDS = 0.5
"""How long one measurement may take, about, if it has the `LEAST` rounds by then."""
LEAST = 3


def best(call: Callable[[], object]) -> float:
    """Give the microseconds of one call: the best of some rounds, in processor time of this thread.

    Other work on the machine disturbs that least, and nothing here waits or calculates elsewhere.
    """
    timer = timeit.Timer(call, timer=thread_time)
    number = max(1, int(0.01 / max(timer.timeit(1), timer.timeit(1), 1e-7)))
    until, rounds = perf_counter() + SECONDS, []
    while perf_counter() < until or len(rounds) < LEAST:
        rounds.append(timer.timeit(number) / number)
    return min(rounds) * 1e6


def check(peer: Peer, ask: Ask, count: int) -> None:
    """Compare a tool's answers with what the rows say.

    Raises:
        AssertionError: it answers otherwise.
    """
    rules = many.plain_rules(count)
    for event in (many.EVENT_LAST, many.EVENT_NONE, *many.random_events(CHECKED[count])):
        found = many.values(event)
        expected, rule = None, many.winner(rules, found)
        if rule is not None:
            expected = rule.ask
        answer = ask(peer.context(found))
        assert answer == expected, f"{peer.package}, {count} rules, {found}: {answer}, not {expected} of {rule}"


def measure(peer: Peer, count: int) -> dict[str, float]:
    """Load, check and time a tool with so many rules."""
    started = perf_counter()
    with peer.load(many.plain_rules(count)) as ask:
        loaded = perf_counter() - started
        check(peer, ask, count)
        last, none = (peer.context(many.values(event)) for event in (many.EVENT_LAST, many.EVENT_NONE))
        return {"load": loaded, "last": best(lambda: ask(last)), "none": best(lambda: ask(none))}


def main() -> None:
    """Measure the tool named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    peer: Any = importlib.import_module(f"tests.benchmarks.peers.{options.peer}").PEER
    many.plain_rules(max(options.sizes))
    print(json.dumps({count: measure(peer, count) for count in options.sizes}))


if __name__ == "__main__":
    main()
