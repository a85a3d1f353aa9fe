"""The clock as an argument: tests compress it, the simulator takes it from the traffic."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from tactful_rules.model.ids import Instant, Span


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> Instant:
        """Give the current instant in milliseconds since the epoch."""

    async def sleep(self, span: Span) -> None:
        """Return after `span` milliseconds of this clock's time."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Give the wall clock in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, span: Span) -> None:
        """Sleep `span` milliseconds."""
        await asyncio.sleep(span / 1000)
