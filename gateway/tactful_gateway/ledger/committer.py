"""The ledger's engine: what queued while one commit ran becomes the next, so an idle ledger adds no wait."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from tactful_gateway.clock import Clock
from tactful_gateway.ledger.batch import Batch
from tactful_gateway.ledger.commands import Command, Decide, Erase, Reply
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.ledger.stamping import Random, Stamper
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_rules.model.ids import SECOND, Span

BATCH = 256
"""Most commands a commit: longer ones make everybody wait without saving much."""
QUEUE = 5_000
"""Most commands waiting."""
PATIENCE: Span = 2 * SECOND
"""Longest that the oldest waiting command may have waited for more to be let in."""


class LedgerBusyError(Exception):
    """The ledger has more to do than it can; `retry_after` (milliseconds) is when to come again."""

    def __init__(self, retry_after: Span) -> None:
        super().__init__(f"the ledger is busy; try again in {retry_after} ms")
        self.retry_after = retry_after


class _Waiting(NamedTuple):
    command: Command
    reply: asyncio.Future[Reply]
    since: float


class Ledger:
    """Carries out commands and replies once their facts are durable.

    Use it as `async with ledger:`; leaving waits until everything submitted is committed.
    """

    def __init__(
        self,
        store: Store,
        rulesets: Rulesets,
        clock: Clock,
        *,
        source: str = "tactful",
        random: Random = os.urandom,
        batch: int = BATCH,
        queue: int = QUEUE,
        patience: Span = PATIENCE,
    ) -> None:
        self._store = store
        self._rulesets = rulesets
        self._clock = clock
        self._stamper = Stamper(source, random)
        self._batch = batch
        self._limit = queue
        self._patience = patience
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        """Start committing."""
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="tactful-ledger")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what was submitted, then stop."""
        await self.close()

    async def close(self) -> None:
        """Let nothing more in, commit what was submitted, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
            self._task = None

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every commit that added to the journal or the schedule; it must not block."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> int:
        """How many commands wait for a commit."""
        return len(self._queue)

    async def submit(self, command: Command) -> Reply:
        """Carry out a command; the reply comes after the commit that made it fact.

        A caller that goes away undoes nothing: its command is carried out all the same, save for a decision that is
        still waiting then, since nobody would show what it asks.

        Raises:
            LedgerBusyError: too much is waiting.
            StoreUnavailableError: nothing was written, or the ledger is closed.
        """
        if self._closing or self._task is None or self._task.done():
            raise StoreUnavailableError("the ledger is closed")
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._refuse_when_busy(now)
        waiting = _Waiting(command, loop.create_future(), now)
        self._queue.append(waiting)
        self._wake.set()
        return await waiting.reply

    def _refuse_when_busy(self, now: float) -> None:
        age = (now - self._queue[0].since) * SECOND if self._queue else 0
        if len(self._queue) >= self._limit or age > self._patience:
            raise LedgerBusyError(SECOND)

    async def _run(self) -> None:
        while self._queue or not self._closing:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            await self._gather()
            batch = self._take()
            if batch:
                await self._commit(batch)

    async def _gather(self) -> None:
        """Let more come in for as long as each turn of the event loop brings some; an idle loop turns at once."""
        seen = -1
        while seen < len(self._queue) < self._batch:
            seen = len(self._queue)
            await asyncio.sleep(0)

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        while self._queue and len(taken) < self._batch:
            alone = isinstance(self._queue[0].command, Erase)
            if alone and taken:
                break  # what others did of the person in the same commit could not go with it
            taken.append(self._queue.popleft())
            if alone:
                break
        return [it for it in taken if not (it.reply.cancelled() and isinstance(it.command, Decide))]

    async def _commit(self, waiting: Sequence[_Waiting]) -> None:
        replies: Sequence[Reply | Exception]
        try:
            replies = await self._transact([it.command for it in waiting])
        except StoreUnavailableError as error:
            replies = [error] * len(waiting)
        except Exception as error:  # noqa: BLE001 - found out one by one below, so that only the culprit fails
            if len(waiting) > 1:
                for it in waiting:
                    await self._commit([it])
                return
            replies = [error]
        for it, reply in zip(waiting, replies, strict=True):
            _resolve(it.reply, reply)

    async def _transact(self, commands: Sequence[Command]) -> Sequence[Reply | Exception]:
        batch = Batch(self._rulesets.active, commands, self._stamper, self._clock.now())
        await self._store.transact(batch.keys(), batch.step)
        if batch.told:
            for listener in self._listeners:
                # Called later: what a listener raises must not look like a commit that failed.
                asyncio.get_running_loop().call_soon(listener)
        return batch.replies


def _resolve(future: asyncio.Future[Reply], reply: Reply | Exception) -> None:
    if future.done():
        return  # whoever waited has gone
    if isinstance(reply, Exception):
        future.set_exception(reply)
    else:
        future.set_result(reply)
