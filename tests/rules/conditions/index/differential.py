"""The index against walking: over drawn conditions and events both must find the same ones, in the same order.

`python -m tests.rules.conditions.index.differential --events 10000000` compares as many; the seed of a difference is
printed, and with `--seed` it is met again at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from tactful_rules.conditions import TRUE, compile_match, compile_possible
from tactful_rules.conditions.index import DEFAULT_LIMITS, Limits, build_index
from tactful_rules.model.condition import Condition
from tests.rules.conditions.index.generate import Drawing

EVENTS_A_RULESET = 50
FEW_RULES, MANY_RULES = 12, 150
"""Usually few, so that many rulesets are met; sometimes enough that masks are packed."""
TIGHT = (Limits(masks=0, slots=2), Limits(masks=1, slots=9), Limits(columns=2))
"""With these, what else takes thousands of rules is met with a dozen: merged slots, listed bits, a missing column."""


class Tally(Struct):
    """What was compared, and how often anything matched: a test in which nothing does shows nothing."""

    events: int = 0
    matches: int = 0


class DifferenceError(AssertionError):
    """The index found other conditions than walking did."""


def compare_matches(conditions: list[Condition | None], drawing: Drawing, tally: Tally, limits: Limits) -> None:
    """Compare what is true with everything known, as the gateway decides."""
    checks = [compile_match(condition, re.compile) for condition in conditions]
    _compare(
        conditions,
        lambda place, lookup: (check := checks[place]) is None or check(lookup),
        drawing,
        tally,
        limits,
        hidden=False,
    )


def compare_possible(conditions: list[Condition | None], drawing: Drawing, tally: Tally, limits: Limits) -> None:
    """Compare what may be true with some values hidden and no compiler for expressions, as the gate decides."""
    checks = [None if condition is None else compile_possible(condition) for condition in conditions]

    def check(place: int, lookup: Callable[[str], Any]) -> bool:
        weigh = checks[place]
        return weigh is None or bool(weigh(lookup) & TRUE)

    _compare(conditions, check, drawing, tally, limits, hidden=True)


def _compare(
    conditions: list[Condition | None],
    check: Callable[[int, Callable[[str], Any]], bool],
    drawing: Drawing,
    tally: Tally,
    limits: Limits,
    hidden: bool,
) -> None:
    index = build_index(conditions, limits=limits)
    for _ in range(EVENTS_A_RULESET):
        event = drawing.event(hidden=hidden)
        lookup = event.__getitem__
        walked = [place for place in range(len(conditions)) if check(place, lookup)]
        found = [place for place in index.places(index.possible(lookup), lookup) if check(place, lookup)]
        if found != walked:
            wrong = sorted(set(found) ^ set(walked))
            raise DifferenceError(f"{found} instead of {walked} for {event}: {[conditions[place] for place in wrong]}")
        tally.events += 1
        tally.matches += len(walked)


def seeds(first: int) -> Iterator[int]:
    """Yield seeds from one on."""
    while True:
        yield first
        first += 1


def run(events: int, first_seed: int = 0) -> Tally:
    """Compare that many events; raises `DifferenceError` with its seed."""
    tally = Tally()
    for seed in seeds(first_seed):
        drawing = Drawing(seed)
        conditions = drawing.conditions(MANY_RULES if seed % 40 > 37 else FEW_RULES)
        limits = DEFAULT_LIMITS if seed % 5 else TIGHT[seed // 5 % len(TIGHT)]
        try:
            (compare_possible if seed % 2 else compare_matches)(conditions, drawing, tally, limits)
        except DifferenceError as difference:
            raise DifferenceError(f"seed {seed}: {difference}") from None
        if tally.events >= events:
            break
    return tally


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tally = run(options.events, options.seed)
    sys.stdout.write(f"{tally.events:,} events compared, {tally.matches:,} matches, no difference\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
