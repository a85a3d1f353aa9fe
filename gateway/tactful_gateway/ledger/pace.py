"""How long commits take, in plain numbers; whoever scrapes them makes a histogram of it."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

ENDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends of the buckets, in seconds; above the last one is one more."""


class Durations(NamedTuple):
    """How many commits took how long, bucket by bucket, and all of their seconds."""

    buckets: tuple[int, ...]
    seconds: float


class Pace:
    """Counts commits by how long they took, those that failed included."""

    def __init__(self) -> None:
        self._buckets = [0] * (len(ENDS) + 1)
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one commit."""
        self._buckets[bisect_left(ENDS, seconds)] += 1
        self._seconds += seconds

    def durations(self) -> Durations:
        """Give what was counted so far."""
        return Durations(tuple(self._buckets), self._seconds)
