"""What a bench measured, and the arithmetic of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from msgspec import Struct

Tell = Callable[[float], None]
"""Is told which share of a part is done, from 0 to 1."""
_TOLD_EVERY = 0.1
_HUNDREDTHS = 100


class Spread(Struct, frozen=True):
    """How long something took: half of the time at most `median`, and 99 of 100 times at most `p99`."""

    measured: int
    median: float
    p99: float


class Deciding(Struct, frozen=True):
    """Microseconds of a decision alone, over `events` that were drawn, `asking` of which would ask somebody new."""

    micros: Spread
    events: int
    asking: int


class Throughput(Struct, frozen=True):
    """Durable facts a second over HTTP, and the milliseconds that their callers waited."""

    rate: float
    millis: Spread
    asked: int | None = None
    """How many of the decisions measured asked; None for responses."""


class Figures(Struct):
    """Everything that a bench measures; None is what could not be measured, or was not yet."""

    deciding: Deciding | None = None
    fsync_millis: Spread | None = None
    decisions: Throughput | None = None
    responses: Throughput | None = None


def spread(values: Sequence[float], scale: float) -> Spread:
    """Give the spread of at least one measured value, in another unit."""
    cuts = statistics.quantiles(values, n=_HUNDREDTHS, method="inclusive") if len(values) > 1 else list(values) * 99
    return Spread(len(values), cuts[49] * scale, cuts[98] * scale)


def during(seconds: float, tell: Tell, clock: Callable[[], float] = time.perf_counter) -> Iterator[int]:
    """Count from 0 until the time is over, at least once; `tell` hears ten times a second how much of it has gone."""
    started, told = clock(), 0.0
    for number in count():
        gone = clock() - started
        if number and gone >= seconds:
            break
        if gone >= told + _TOLD_EVERY:
            told = gone
            tell(gone / seconds)
        yield number
    tell(1)
