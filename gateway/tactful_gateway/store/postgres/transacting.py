"""The one transaction that matters: load and lock, step, write, commit; again where another gateway was in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from asyncpg import exceptions

from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.postgres import versions
from tactful_gateway.store.postgres.connections import Connection, Connections, transaction
from tactful_gateway.store.postgres.loading import Loaded, load
from tactful_gateway.store.postgres.saving import Writing, written

TRIES = 10
BACKOFF = 0.01
"""Seconds that the second try waits at most; each further one twice as long as the one before."""
SMALL = 8
"""Persons up to which a step runs on the event loop: a thread would take longer than the step."""

IN_THE_WAY = (
    exceptions.UniqueViolationError,  # what was absent is there now
    exceptions.LockNotAvailableError,
    exceptions.DeadlockDetectedError,
    exceptions.SerializationError,
)


class Transactor:
    """Carries out transactions; `shard` is where this gateway counts, `chance` gives a number in [0, 1)."""

    def __init__(self, connections: Connections, shard: int, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._connections = connections
        self._shard = shard
        self._thread = ThreadPoolExecutor(1, "tactful-step")

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False)

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Load `keys`, run `step` and write its changes as one transaction."""
        # Who reads nothing decides on nothing: then a key that is taken stays so.
        tries = TRIES if keys != Keys() else 1
        known: set[str] = set()
        async with self._connections.one() as connection:
            for left in range(tries - 1, -1, -1):
                try:
                    async with transaction(connection):
                        await self._attempt(connection, keys, step, known)
                except IN_THE_WAY:
                    if not left:
                        raise
                    await asyncio.sleep(self._chance() * BACKOFF * 2 ** (TRIES - 1 - left))
                else:
                    return

    async def _attempt(
        self, connection: Connection, keys: Keys, step: Callable[[State], Changes], known: set[str]
    ) -> None:
        loaded = await load(connection, keys, known)
        if len(keys.persons) <= SMALL:
            changes, writing = self._carry_out(loaded, step)
        else:
            work = asyncio.get_running_loop().run_in_executor(self._thread, self._carry_out, loaded, step)
            changes, writing = await work
        for publication in changes.published:  # before the events: its consumers start there
            await versions.publish(connection, publication)
        if writing.query:
            await connection.fetch(writing.query, *writing.values)

    def _carry_out(self, loaded: Loaded, step: Callable[[State], Changes]) -> tuple[Changes, Writing]:
        changes = step(loaded.state)
        return changes, written(changes, loaded, self._shard)
