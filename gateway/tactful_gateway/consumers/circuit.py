"""Whether a destination is worth trying now: one circuit for all sinks of this gateway that deliver to the same one.

It never forbids what the schedule of retries allows. It holds up what would come on top of it, the events that are new,
and lets one delivery at a time through to find out: the probe. What answers a probe gets everything that waits at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tactful_gateway.clock import Clock
from tactful_gateway.retry import JITTER, LONGEST_WISH
from tactful_rules.model.ids import MINUTE, Instant, Span

CircuitState = Literal["closed", "open", "half_open"]
OPENS_AFTER = 3
"""Failures in a row that are no chance any more."""
PROBES: tuple[Span, ...] = (5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE)
"""The wait before each probe, the last one from then on."""


class Circuit:
    """Counts what one destination does; closed as long as it works.

    `until` is when the next probe may go, None while closed; before `calm` the destination wants nothing at all.
    `closings` counts how often it came back.
    """

    def __init__(self, clock: Clock, rng: Callable[[], float], on_close: Callable[[], None]) -> None:
        self._clock = clock
        self._rng = rng
        self._on_close = on_close
        self._failures = 0
        self._probes = 0
        self.until: Instant | None = None
        self.calm: Instant = 0
        self.closings = 0

    @property
    def state(self) -> CircuitState:
        """Tell how it stands; `half_open` when the next delivery is the probe."""
        if self.until is None:
            return "closed"
        return "open" if self._clock.now() < self.until else "half_open"

    def enter(self) -> None:
        """Say that a delivery begins: while open it is the probe, and the next one has to wait for its time."""
        if self.until is not None:
            self._put_off()

    def succeed(self) -> None:
        """Say that the destination answered."""
        self._failures, self.calm = 0, 0
        if self.until is not None:
            self.until = None
            self.closings += 1
            self._on_close()

    def fail(self, wish: Span | None) -> None:
        """Say that the destination failed; one that names a time (`Retry-After`) is left alone until then."""
        self._failures += 1
        if self.until is None and (self._failures >= OPENS_AFTER or wish):
            self._probes = 0
            self._put_off()
        if self.until is not None and wish:
            self.calm = max(self.calm, self._clock.now() + min(wish, LONGEST_WISH))
            self.until = max(self.until, self.calm)

    def remember(self, failures: int) -> None:
        """Take up what failed before this gateway was started."""
        if self.until is None and failures >= OPENS_AFTER:
            self._put_off()

    def let_through(self) -> None:
        """Let the next delivery go at once, as somebody asked for."""
        self.calm = 0
        if self.until is not None:
            self.until = self._clock.now()

    def _put_off(self) -> None:
        wait = PROBES[min(self._probes, len(PROBES) - 1)]
        self._probes += 1
        self.until = self._clock.now() + round(wait * (1 - JITTER + 2 * JITTER * self._rng()))
