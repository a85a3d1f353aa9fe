"""The stage for consumers: a clock in the hands of the test, a journal to fill, a destination that obeys."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from tactful_gateway.sinks.base import Delivery
from tactful_gateway.store.base import Changes, Keys, Store
from tactful_gateway.store.records import JournalEvent
from tactful_rules.model.ids import Instant, Span, rfc3339
from tests.eventually import PATIENCE

START: Instant = 1_795_340_000_000
"""2026-11-22T09:33:20Z"""


class ManualClock:
    """Time passes only in `advance`, stop by stop, each stop only after everybody has come to rest.

    `resting` is how many sleep when nothing is going on: one for each sink.
    """

    def __init__(self, resting: int = 1) -> None:
        self.resting = resting
        self._now = START
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> Instant:
        return self._now

    async def sleep(self, span: Span) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + span, next(self._order), woken))
        await woken

    async def quiet(self, patience: float = PATIENCE) -> None:
        """Wait in real time until everybody sleeps."""
        async with asyncio.timeout(patience):
            while True:
                for _ in range(8):
                    await asyncio.sleep(0)
                if len(self._alive()) >= self.resting:
                    return
                await asyncio.sleep(0.002)

    async def advance(self, span: Span) -> None:
        end = self._now + span
        await self.quiet()
        while (alive := self._alive()) and alive[0][0] <= end:
            due, _, woken = heapq.heappop(alive)
            self._now = max(self._now, due)
            woken.set_result(None)
            await self.quiet()
        self._now = end

    def _alive(self) -> list[tuple[Instant, int, asyncio.Future[None]]]:
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[2].done()]
        heapq.heapify(self._sleepers)
        return self._sleepers


HANGING = 60.0
"""Seconds: more than anybody here waits. For ever would keep a test that failed from ending, and the run with it."""


class ScriptedSink:
    """A destination in memory; `fails(delivery)` gives the error to raise for one, or None."""

    def __init__(self, batch: int = 1) -> None:
        self.batch = batch
        self.got: list[Delivery] = []
        self.calls: list[tuple[Instant, int]] = []
        self.fails: Callable[[Delivery], BaseException | None] = lambda _: None
        self.opens: Callable[[], Exception | None] = lambda: None
        self.hangs = False
        self.hangs_closing = False
        self.opened = self.closed = 0

    @property
    def ids(self) -> list[str]:
        return [delivery.id for delivery in self.got]

    async def open(self) -> None:
        self.opened += 1
        error = self.opens()
        if error is not None:
            raise error

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        self.calls.append((now, len(deliveries)))
        if self.hangs:
            await asyncio.sleep(HANGING)
        for delivery in deliveries:
            error = self.fails(delivery)
            if error is not None:
                raise error
        self.got += deliveries

    async def close(self) -> None:
        self.closed += 1
        if self.hangs_closing:
            await asyncio.sleep(HANGING)


async def write(store: Store, *names: str, kind: str = "response.completed", at: Instant = START, **data: Any) -> None:
    """Add one journal event for each name, which becomes its id."""
    events = [
        JournalEvent(
            id=name,
            source="tactful",
            type=f"tactful.{kind}",
            time=rfc3339(at),
            subject="u-1",
            data={"person": {"id": "u-1"}, "touchpoint": "payment", **data},
        )
        for name in names
    ]
    await store.transact(Keys(), lambda _: Changes(events=events))
