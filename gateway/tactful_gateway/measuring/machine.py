"""Measures what needs no gateway: a decision alone, and the disk that every acknowledgement waits for."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tactful_gateway.measuring.drawing import Drawn
from tactful_gateway.measuring.figures import Deciding, Spread, Tell, during, spread
from tactful_gateway.survey import compile_ruleset
from tactful_rules.decide import decide
from tactful_rules.model.decision import ASKING
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import NOBODY
from tactful_rules.model.ruleset import Ruleset

_PAGE = bytes(4096)


def find_asking(ruleset: Ruleset, drawn: Sequence[Drawn], now: Instant) -> list[Drawn]:
    """Give the events that would ask a person of whom nothing is known."""
    compiled = compile_ruleset(ruleset)
    return [one for one in drawn if decide(compiled, one.event, NOBODY, {}, now).reason in ASKING]


def measure_deciding(ruleset: Ruleset, drawn: Sequence[Drawn], now: Instant, seconds: float, tell: Tell) -> Deciding:
    """Decide the events one after the other, each for a person of whom nothing is known."""
    compiled, clock = compile_ruleset(ruleset), time.perf_counter
    asking = find_asking(ruleset, drawn, now)
    took: list[float] = []
    for number in during(seconds, tell):
        event = drawn[number % len(drawn)].event
        started = clock()
        decide(compiled, event, NOBODY, {}, now)
        took.append(clock() - started)
    return Deciding(spread(took, 1e6), len(drawn), len(asking))


def measure_fsync(place: Path, seconds: float, tell: Tell) -> Spread:
    """Write a page and sync it, again and again, to a file in a folder that nobody sees.

    Raises:
        OSError: nothing can be written there.
    """
    took: list[float] = []
    with tempfile.TemporaryFile(dir=place, buffering=0) as file:
        for _ in during(seconds, tell):
            file.write(_PAGE)
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return spread(took, 1e3)
