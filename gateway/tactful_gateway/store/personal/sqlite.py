"""What is kept of a person in a SQLite file; deleted bytes are overwritten, and the log is folded away at the end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Protocol, TypeVar

from tactful_gateway.store import sqlite_writer
from tactful_gateway.store.base import BREATH, in_steps
from tactful_gateway.store.personal import sqlite_steps as steps
from tactful_gateway.store.personal.base import Cut, Held, Item, Kind, Place, first_id_of, is_over, last_old
from tactful_gateway.store.records import Cursor
from tactful_gateway.store.sqlite_file import Connection
from tactful_rules.model.ids import Instant

T = TypeVar("T")
FOLDS = 5
"""Tries to fold the log away; a backup or a command that reads may be in the way for a moment."""
SMALL = 32 * 1024 * 1024
"""Bytes of a file that is written anew in a fifth of a second; nobody waits for longer."""
SHARE = 20
"""Writing a file anew may take one part of so many of the time."""


class Run(Protocol):
    """Does work with the connection that writes, unless damage was found in the file."""

    def __call__(self, work: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """Do it."""


class SqlitePersonal:
    """See `Personal`."""

    def __init__(self, run: Run, reader: Connection, settle: Callable[[], Awaitable[None]]) -> None:
        """Take how to write and read, and how to wait until the log is not being copied."""
        self._run = run
        self._reader = reader
        self._settle = settle
        self._erased = False
        self._next = 0.0

    async def ids(self, person: str) -> tuple[str, ...]:
        """Give all ids of a person, first the one it is kept under."""
        return await self._reader.run(lambda db: steps.ids(db, person))

    async def page(self, kind: Kind, id_: str, after: Place, limit: int) -> Sequence[Item]:
        """Give at most `limit` things kept under one id, in the order of their places."""
        query, make = steps.PAGES[kind]
        found = await self._reader.run(lambda db: db.execute(query, (id_, *after, limit)).fetchall())
        return [make(*row) for row in found]

    async def sweep(self, id_: str) -> Held:
        """Erase a part of what is kept under one id, save for its state and what is open."""
        self._erased = True
        return await self._transact(lambda db: steps.sweep(db, id_, steps.STEP, steps.is_closed))

    async def drop_orders(self, upto: int) -> None:
        """Erase the content of what had destinations erase a person."""
        if await self._transact(lambda db: db.execute(steps.ORDERS, (upto,)).rowcount):
            self._erased = True

    async def scrub(self) -> None:
        """Write a small file anew, and fold the log, which has older bytes in it, into the file.

        Deleted rows are overwritten, but balancing a tree leaves copies of its neighbours in what it does not use.
        """
        if self._erased and await self._reader.run(steps.size) <= SMALL and monotonic() >= self._next:
            self._erased, began = False, monotonic()
            try:
                await self._run(lambda db: db.execute("VACUUM"))
            except BaseException:
                self._erased = True  # it is still to be done
                raise
            self._next = monotonic() + (monotonic() - began) * SHARE
        for _ in range(FOLDS):
            await self._settle()
            busy = await self._run(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
            if not busy:
                return

    async def drop_invitations(self, before: Instant) -> int:
        """Drop invitations that were over before an instant, with their answers."""
        dropped, last, end = 0, "", first_id_of(before)
        while True:
            read = partial(steps.between, end=end, after=last)
            records = await self._reader.run(read)
            gone = [record for record in records if is_over(record, before)]
            if gone:
                dropped += (await self._transact(partial(steps.drop, records=gone))).invitations
            if len(records) < steps.STEP:
                return dropped
            last = records[-1].id
            await asyncio.sleep(BREATH)

    async def drop_dead_letters(self, before: Instant) -> int:
        """Drop dead letters that were buried before an instant."""
        statement = steps.LETTERS.format("at < ?")
        values = (before, steps.STEP)
        return await in_steps(lambda: self._transact(lambda db: db.execute(statement, values).rowcount), steps.STEP)

    async def cut_journal(self, before: Instant) -> Cut:
        """Drop journal rows from before an instant, and none that a cursor has not passed."""
        newest = await self._reader.run(steps.newest)
        old, dropped = await last_old(self._at, newest, before), 0
        while True:
            step = await self._transact(partial(steps.cut, before=before, old=old, newest=newest))
            dropped += step.dropped
            if step.dropped < steps.STEP:
                return Cut(dropped, step.held)
            await asyncio.sleep(BREATH)

    async def _at(self, seq: int) -> tuple[int, Instant] | None:
        return await self._reader.run(lambda db: steps.at(db, seq))

    async def forget_consumer(self, consumer: str) -> int | None:
        """Forget how far a consumer came, its letters and its orders."""
        if consumer not in await self.cursors():
            return None
        statement, values = steps.LETTERS.format("consumer = ?"), (consumer, steps.STEP)
        letters = await in_steps(lambda: self._transact(lambda db: db.execute(statement, values).rowcount), steps.STEP)
        await self._transact(partial(steps.forget_consumer, consumer=consumer))
        return letters

    async def cursors(self) -> Mapping[str, Cursor]:
        """Give the cursors of all consumers."""
        return await self._reader.run(steps.cursors)

    async def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def run(db: sqlite3.Connection) -> T:
            with sqlite_writer.transaction(db):
                return work(db)

        return await self._run(run)
