"""Writes events into Parquet files, one folder a day; delivered is what is fsynced.

Files grow up to `rows`, so a trickle of events rewrites one file again and again: between two small batches the sink
rests for many times as long as it wrote, and what comes meanwhile goes together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tactful_gateway.outgoing.errors import PermanentError, TransientError, explain_os
from tactful_gateway.outgoing.worker import Worker
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.parquet.config import ParquetConfig
from tactful_gateway.sinks.parquet.day import day_of
from tactful_gateway.sinks.parquet.part import Part, add, last_part, new_part
from tactful_rules.model.ids import Instant

REST = 20
"""How many times as long as it wrote the sink rests before a batch that is not full."""
LONGEST_REST = 5.0
"""Seconds that a rest lasts at most."""
DAYS_KEPT = 2
"""Days whose growing file is kept in memory: around midnight events of both come."""
BYTES = 16_000_000
"""How large a growing file's columns get in memory, however few its rows."""


class ParquetSink:
    """Rows in `path/day=2026-11-22/part-ID.parquet`; one comes twice only by a replay after its file is full."""

    batch = 500

    def __init__(self, config: ParquetConfig) -> None:
        self._folder = Path(config.path).expanduser()
        self._rows = config.rows
        self._shape = config.shape
        self._parts: dict[str, Part] = {}
        self._rested = 0.0
        self._worker = Worker("tactful-parquet")

    async def open(self) -> None:
        """Make the folder."""
        await self._run(self._open)

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Write the deliveries into the files of their days."""
        if len(deliveries) < self.batch:
            await asyncio.sleep(self._rested - time.monotonic())
        await self._run(self._deliver, deliveries)

    async def close(self) -> None:
        """Forget the files: they may change until the sink is opened again."""
        self._worker.stop()
        self._parts = {}

    async def _run(self, call: Callable[..., None], *args: object) -> None:
        try:
            await self._worker.run(call, *args)
        except OSError as error:
            raise TransientError(f"the files can't be written: {explain_os(error)}") from error
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            raise PermanentError("the event does not fit its columns") from error

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        began = time.monotonic()
        days: dict[str, dict[str, Delivery]] = {}
        for delivery in deliveries:
            days.setdefault(day_of(delivery), {})[delivery.id] = delivery
        for day, its in days.items():
            self._add(day, its)
        ended = time.monotonic()
        self._rested = ended + min(LONGEST_REST, REST * (ended - began))

    def _add(self, day: str, deliveries: Mapping[str, Delivery]) -> None:
        """Add what the day's last file has not yet: after a crash it may have what the cursor does not know of."""
        folder = self._folder / f"day={day}"
        part = self._parts.pop(day, None)
        if part is None or not part.is_unchanged():
            part = last_part(folder, self._shape)
        fresh = [one for one in deliveries.values() if part is None or one.id not in part.ids]
        if fresh:
            if part is None or part.is_full(self._rows, BYTES):
                part = new_part(folder, fresh[0])
            part = add(part, self._shape, fresh)
        if part is not None:
            self._parts[day] = part
        for oldest in list(self._parts)[:-DAYS_KEPT]:
            del self._parts[oldest]
