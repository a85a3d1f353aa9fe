"""The index and generated code against walking: over drawn conditions and events all must find the same ones, in order.

`python -m tests.rules.conditions.index.differential --events 10000000` compares as many; the seed of a difference is
printed, and with `--seed` it is met again at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from msgspec import Struct

from tactful_rules.conditions import (
    TRUE,
    Evaluate,
    Lookup,
    RegexCompiler,
    Weigh,
    compile_condition,
    compile_possible,
)
from tactful_rules.conditions.generated import generate_first, generate_match
from tactful_rules.conditions.index import DEFAULT_LIMITS, Limits, build_index
from tactful_rules.model.condition import Condition
from tests.rules.conditions.index.generate import Drawing

Check: TypeAlias = Callable[[Lookup], bool]
EVENTS_A_RULESET = 50
FEW_RULES, MANY_RULES = 12, 150
"""Usually few, so that many rulesets are met; sometimes enough that masks are packed."""
TIGHT = (Limits(masks=0, slots=2), Limits(masks=1, slots=9), Limits(columns=2), Limits(listed=0), Limits(listed=900))
"""With these, what else takes thousands of rules is met with a dozen: merged slots, listed bits, a missing column."""


class Tally(Struct):
    """What was compared, and how often anything matched: a test in which nothing does shows nothing."""

    events: int = 0
    matches: int = 0


class DifferenceError(AssertionError):
    """The index or generated code found other conditions than walking did."""


def compare_matches(conditions: list[Condition | None], drawing: Drawing, tally: Tally, limits: Limits) -> None:
    """Compare what is true with everything known, as the gateway decides."""
    evaluate = [None if condition is None else compile_condition(condition, re.compile) for condition in conditions]
    checks = [None if each is None else partial(_is_true, each) for each in evaluate]
    _compare(conditions, checks, re.compile, drawing, tally, limits)


def compare_possible(conditions: list[Condition | None], drawing: Drawing, tally: Tally, limits: Limits) -> None:
    """Compare what may be true with some values hidden and no compiler for expressions, as the gate decides."""
    weigh = [None if condition is None else compile_possible(condition) for condition in conditions]
    checks = [None if each is None else partial(_may_be_true, each) for each in weigh]
    _compare(conditions, checks, None, drawing, tally, limits)


def _is_true(evaluate: Evaluate, lookup: Lookup) -> bool:
    return evaluate(lookup) is True


def _may_be_true(weigh: Weigh, lookup: Lookup) -> bool:
    return bool(weigh(lookup) & TRUE)


def _compare(
    conditions: list[Condition | None],
    checks: Sequence[Check | None],
    regex: RegexCompiler | None,
    drawing: Drawing,
    tally: Tally,
    limits: Limits,
) -> None:
    """Compare with walking by closures; without `regex` some values are hidden, and what may be true is found."""
    index = build_index(conditions, limits=limits)
    hidden = regex is None
    matches = [None if each is None else generate_match(each, regex, possible=hidden) for each in conditions]
    find = generate_first(((each, None, place) for place, each in enumerate(conditions)), regex, possible=hidden)
    for _ in range(EVENTS_A_RULESET):
        event = drawing.event(hidden=hidden)
        lookup = event.__getitem__
        walked = [place for place, check in enumerate(checks) if check is None or check(lookup)]
        places = index.places(index.possible(lookup), lookup)
        found = [place for place in places if (match := matches[place]) is None or match(lookup)]
        if found != walked:
            wrong = sorted(set(found) ^ set(walked))
            raise DifferenceError(f"{found} instead of {walked} for {event}: {[conditions[place] for place in wrong]}")
        if find(0, lookup) != (walked[0] if walked else None):
            raise DifferenceError(f"{find(0, lookup)} is first instead of {walked} for {event}: {conditions}")
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
