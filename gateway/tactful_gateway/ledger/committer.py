"""The ledger's engine: what queued while one commit ran becomes the next, so an idle ledger adds no wait.

What surprises: while the store can't commit, nobody is let in behind the try that finds out whether it can again. So
nothing piles up behind a full disk or a lock, and the first commit that works opens the door.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter, deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.ledger.batch import Batch
from tactful_gateway.ledger.commands import Command, Decide, Erase, Reply
from tactful_gateway.ledger.errors import AbandonedError, LedgerBusyError
from tactful_gateway.ledger.intake import Intake
from tactful_gateway.ledger.pace import Pace
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.ledger.stamping import Random, Stamper
from tactful_gateway.store.base import Cause, Store, StoreUnavailableError
from tactful_rules.model.ids import SECOND, Span

BATCH = 512
"""Most commands a commit while the disk is quick: longer ones make everybody wait without saving much. What came
together stays together, though it be more."""
GROWTH = 8
"""How many times as many a commit takes on a slow disk, which needs as long for few as for many."""
SLOW = 0.05
"""Seconds from which a commit is slow."""
QUEUE = 5_000
"""Most commands waiting."""
ROOM = 32 * 2**20
"""Most bytes of bodies whose commands wait; in memory they are several times as large."""
PATIENCE: Span = 2 * SECOND
"""Longest that the oldest command without a reply may have waited for more to be let in."""
RECENT = 5.0
"""Seconds after which a failed commit tells nothing any more about the next one."""
CLOSING = 1.5
"""Seconds that the store gets to commit what was submitted, when the ledger closes."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class _Waiting(NamedTuple):
    commands: Sequence[Command]
    outcomes: asyncio.Future[Sequence[Reply | Exception]]
    since: float
    size: int


class Ledger:
    """Carries out commands and replies once their facts are durable.

    Use it once, as `async with ledger:`; leaving waits until everything submitted is committed.
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
        room: int = ROOM,
        patience: Span = PATIENCE,
    ) -> None:
        self._store = store
        self._rulesets = rulesets
        self._clock = clock
        self._stamper = Stamper(source, random)
        self._batch = self._size = batch
        self._limit = queue
        self._room = room
        self._patience = patience / SECOND
        self._queue: deque[_Waiting] = deque()
        self._queued = 0
        self._flying: deque[_Waiting] = deque()
        self._untold: list[Reply | Exception] = []
        """What came of the first commands of the first one flying, while it lacks the rest."""
        self._bytes = 0
        self.intake = Intake()
        self.pace = Pace()
        self.down: StoreUnavailableError | None = None
        """Why the store could not carry out the latest batch, None when it could."""
        self.failures: Counter[Cause] = Counter()
        """Batches that the store could not carry out."""
        self._down_since = self._failed_at = self._began = 0.0
        self._wake = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._loop: asyncio.AbstractEventLoop
        """The one in which it was started, once it was."""

    async def __aenter__(self) -> Self:
        """Start committing."""
        # Asking for the running loop is a system call each time (it looks for a fork), and was done twice a command.
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run(), name="tactful-ledger")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit what was submitted, then stop."""
        await self.close()

    async def close(self) -> None:
        """Let nothing more in, commit what was submitted, then stop; a store that hangs is waited for a few seconds."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            task, self._task = self._task, None
            _, late = await asyncio.wait({task}, timeout=CLOSING)
            if late:
                task.cancel()
                await asyncio.wait({task})
                self._leave_behind()
            else:
                await task

    def _leave_behind(self) -> None:
        error = StoreUnavailableError("the ledger is closed", "closed")
        done = len(self._untold)
        while self._flying:
            self._fail(self._flying.popleft(), error, done)
            done = 0
        while self._queue:
            self._fail(self._pop(), error)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every commit that added to the journal or the schedule; it must not block."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> int:
        """How many commands wait for a commit."""
        return self._queued

    @property
    def waiting_bytes(self) -> int:
        """How large the bodies are whose commands have no reply yet."""
        return self._bytes

    @property
    def trouble(self) -> StoreUnavailableError | None:
        """Why nothing can be committed, as the latest commits tell.

        A failure that is some seconds old tells nothing: while nobody calls, nobody tries.
        """
        now = asyncio.get_running_loop().time()
        if self.down is not None and (self._flying or now - self._failed_at < RECENT):
            return self.down
        if self._flying and now - self._began > self._patience:
            said = f"a commit has been under way for {now - self._began:.0f} s"
            return StoreUnavailableError(f"{said}: look for what holds or slows the database down", "slow")
        return None

    @property
    def age(self) -> float:
        """How long the oldest command without a reply has been waiting, in seconds."""
        oldest = self._flying or self._queue
        return asyncio.get_running_loop().time() - oldest[0].since if oldest else 0.0

    async def submit(self, command: Command, size: int = 0) -> Reply:
        """Carry out a command that came in a body of so many bytes; the reply comes after the commit that made it fact.

        A caller that goes away undoes nothing: its command is carried out all the same, save for a decision that is
        still waiting then, since nobody would show what it asks.

        Raises:
            LedgerBusyError: too much is waiting.
            StoreUnavailableError: nothing was written, or the ledger is closed.
        """
        (outcome,) = await self.enter((command,), size)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def enter(self, commands: Sequence[Command], size: int = 0) -> asyncio.Future[Sequence[Reply | Exception]]:
        """Have commands that came together, one at least, carried out in one commit; each gets a reply or an error.

        Raises:
            LedgerBusyError: too much is waiting.
            StoreUnavailableError: the store can't commit now, or the ledger is closed.
        """
        refusal = self._refusal(len(commands), size)
        if refusal is not None:
            self.intake.settle(commands, [refusal] * len(commands))
            raise refusal
        waiting = _Waiting(commands, self._loop.create_future(), self._loop.time(), size)
        self._queue.append(waiting)
        self._queued += len(commands)
        self._bytes += size
        self._wake.set()
        return waiting.outcomes

    def _refusal(self, number: int, size: int) -> Exception | None:
        if self._closing or self._task is None or self._task.done():
            return StoreUnavailableError("the ledger is closed", "closed")
        oldest = self._flying or self._queue
        if not oldest:
            return None
        if self.down is not None and self._flying:
            return self.down.again()
        late = self._loop.time() - oldest[0].since > self._patience
        if late or self._queued + number > self._limit or self._bytes + size > self._room:
            return LedgerBusyError()
        return None

    async def _run(self) -> None:
        while self._queue or not self._closing:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            await self._gather()
            self._flying = self._take()
            if self._flying:
                full = bool(self._queue)
                self._began = asyncio.get_running_loop().time()
                await self._commit([command for it in self._flying for command in it.commands])
                seconds = asyncio.get_running_loop().time() - self._began
                self.pace.add(seconds)
                self._adapt(seconds, full=full)

    async def _gather(self) -> None:
        """Let more come in for as long as each turn of the event loop brings some; an idle loop turns at once."""
        seen = -1
        while seen < self._queued < self._size:
            seen = self._queued
            await asyncio.sleep(0)

    def _take(self) -> deque[_Waiting]:
        """Take the next batch: an erasure goes alone, and a decision that nobody waits for any more not at all."""
        taken = deque[_Waiting]()
        room = self._size
        while self._queue:
            commands = self._queue[0].commands
            alone = isinstance(commands[0], Erase)
            if taken and (alone or len(commands) > room):
                break  # what others did of a person in the same commit could not be erased with it
            waiting = self._pop()
            if waiting.outcomes.cancelled() and isinstance(commands[0], Decide):
                self._fail(waiting, AbandonedError())
                continue
            taken.append(waiting)
            room -= len(commands)
            if alone:
                break
        return taken

    def _pop(self) -> _Waiting:
        waiting = self._queue.popleft()
        self._queued -= len(waiting.commands)
        return waiting

    def _adapt(self, seconds: float, *, full: bool) -> None:
        """Let commits grow while full ones are slow and leave as many waiting, until nobody waits any more."""
        if not self._queue:
            self._size = self._batch
        elif full and self._queued >= self._size and seconds > SLOW:
            self._size = min(2 * self._size, GROWTH * self._batch)

    async def _commit(self, commands: Sequence[Command]) -> None:
        outcomes: Sequence[Reply | Exception]
        try:
            outcomes = await self._transact(commands)
            if self.down is not None:
                self._come_up()
        except StoreUnavailableError as error:
            outcomes = [error] * len(commands)
            self._go_down(error)
        except Exception as error:  # noqa: BLE001 - found out by halves below, so that only the culprit fails
            if len(commands) > 1:
                middle = len(commands) // 2
                for half in (commands[:middle], commands[middle:]):
                    await self._commit(half)
                return
            outcomes = [error]
        self.intake.settle(commands, outcomes)
        self._tell(outcomes)

    async def _transact(self, commands: Sequence[Command]) -> Sequence[Reply | Exception]:
        batch = Batch(self._rulesets.active, commands, self._stamper, self._clock.now())
        await self._store.transact(batch.keys(), batch.step)
        if batch.told:
            for listener in self._listeners:
                # Called later: what a listener raises must not look like a commit that failed.
                asyncio.get_running_loop().call_soon(listener)
        return batch.replies

    def _go_down(self, error: StoreUnavailableError) -> None:
        """Let nobody in behind a try until one works; who waited for long need not wait for the next one, too."""
        self.failures[error.cause] += 1
        if error.cause == "contended":
            return  # others may be luckier
        now = asyncio.get_running_loop().time()
        if self.down is None:
            self._down_since = now
            log.error("store_down", cause=error.cause, error=str(error), effect="nothing is taken in")
        self.down, self._failed_at = error.again(), now
        while self._queue and (self._closing or now - self._queue[0].since > self._patience):
            self._fail(self._pop(), error)

    def _come_up(self) -> None:
        seconds = asyncio.get_running_loop().time() - self._down_since
        log.warning("store_up", after_seconds=round(seconds, 1), effect="everything is taken in again")
        self.down = None

    def _tell(self, outcomes: Sequence[Reply | Exception]) -> None:
        """Tell whoever has an outcome for each command by now; they come in the order of commands, by halves too."""
        untold = self._untold
        untold += outcomes
        start = 0
        while self._flying and (end := start + len(self._flying[0].commands)) <= len(untold):
            self._resolve(self._flying.popleft(), untold[start:end])
            start = end
        del untold[:start]

    def _fail(self, waiting: _Waiting, error: Exception, done: int = 0) -> None:
        """Tell who waits that it came to nothing; what became of the first `done` of their commands is counted."""
        outcomes = [error] * len(waiting.commands)
        self.intake.settle(waiting.commands[done:], outcomes[done:])
        self._resolve(waiting, outcomes)

    def _resolve(self, waiting: _Waiting, outcomes: Sequence[Reply | Exception]) -> None:
        self._bytes -= waiting.size
        if not waiting.outcomes.done():  # else whoever waited has gone
            waiting.outcomes.set_result(outcomes)
