"""Measures what needs no gateway: a decision alone, and the disk that every acknowledgement waits for."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tactful_gateway.measuring.drawing import Drawn
from tactful_gateway.measuring.figures import Spread, Tell, during, spread
from tactful_rules.decide import CompiledRuleset, decide
from tactful_rules.model.decision import ASKING
from tactful_rules.model.ids import Instant
from tactful_rules.model.person import NOBODY

_PAGE = bytes(4096)
_LOG_PAGES = 1_000


def find_asking(compiled: CompiledRuleset, drawn: Sequence[Drawn], now: Instant) -> list[Drawn]:
    """Give the events that would ask a person of whom nothing is known."""
    return [one for one in drawn if decide(compiled, one.event, NOBODY, {}, now).reason in ASKING]


def measure_deciding(
    compiled: CompiledRuleset, drawn: Sequence[Drawn], now: Instant, seconds: float, tell: Tell
) -> Spread:
    """Give the microseconds of a decision on each event in turn, for a person of whom nothing is known."""
    clock, took = time.perf_counter, list[float]()
    for number in during(seconds, tell):
        event = drawn[number % len(drawn)].event
        started = clock()
        decide(compiled, event, NOBODY, {}, now)
        took.append(clock() - started)
    return spread(took, 1e6)


def measure_fsync(place: Path, seconds: float, tell: Tell) -> Spread:
    """Give the milliseconds of an fsync: a page is written and synced, again and again, to a file that nobody sees.

    It is as long as SQLite lets its log become, and then begun anew in the same way.

    Raises:
        OSError: nothing can be written there.
    """
    took: list[float] = []
    with tempfile.TemporaryFile(dir=place, buffering=0) as file:
        for number in during(seconds, tell):
            if number % _LOG_PAGES == 0:
                file.seek(0)
            file.write(_PAGE)
            started = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - started)
    return spread(took, 1e3)
