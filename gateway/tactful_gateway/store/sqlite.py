"""The store in a SQLite file: one connection writes, two read and copy beside it; each waits in a thread of its own."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from tactful_gateway.store import rows, sqlite_versions, sqlite_writer
from tactful_gateway.store.base import Changes, Keys, State, StoreUnavailableError, forget_in_steps
from tactful_gateway.store.letters import sqlite as letters
from tactful_gateway.store.personal.sqlite import SqlitePersonal
from tactful_gateway.store.records import (
    CountKey,
    Cursor,
    DeadLetter,
    InvitationRecord,
    JournalRow,
    KeyRecord,
    LetterCount,
    Measure,
    MeasureKey,
    Order,
    VersionRecord,
    WakeUp,
)
from tactful_gateway.store.sqlite_errors import explained, look_through
from tactful_gateway.store.sqlite_file import SLICE, Connection, claim, connect_copier, connect_reader, connect_writer
from tactful_gateway.store.sqlite_log import Log
from tactful_rules.model.ids import Instant, Span
from tactful_rules.model.person import NOBODY, PersonState

T = TypeVar("T")

LEAST_FREE = 16 * 1024 * 1024
"""Bytes that must be free on the disk for the store to call itself ready."""


class SqliteStore:
    """Keeps everything in one file; made by `open` or `connect`."""

    shared = False

    def __init__(self, path: Path, lock: int, writer: Connection, reader: Connection, log: Log) -> None:
        self._path = path
        self._lock: int | None = lock
        self._writer = writer
        self._reader = reader
        self._log = log
        self.personal = SqlitePersonal(self._run, reader, log.settle)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make a database file, bringing an older one to this program's schema.

        Raises:
            StoreUnavailableError: another process uses it, a newer program wrote it, it is damaged or can't be opened.
        """
        lock = claim(path)
        try:
            store = await cls.connect(path, lock)
        except BaseException:
            os.close(lock)
            raise
        try:
            await store._writer.run(partial(look_through, path))
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def connect(cls, path: Path, lock: int) -> Self:
        """Open a file, and bring it to this program's schema, for whoever holds this lock.

        Raises:
            StoreUnavailableError: a newer program wrote it, or it can't be opened.
        """
        async with AsyncExitStack() as undo:
            writer = await Connection.open(connect_writer, path)
            undo.push_async_callback(writer.close)
            await writer.run(lambda db: db.execute(f"PRAGMA busy_timeout = {SLICE}"))
            reader = await Connection.open(connect_reader, path)
            undo.push_async_callback(reader.close)
            copier = await Connection.open(connect_copier, path)
            undo.pop_all()
        return cls(path, lock, writer, reader, Log(path, copier, writer))

    async def transact(self, keys: Keys, step: Callable[[State], Changes]) -> None:
        """Load, step and write as one transaction; `step` runs in the writer's thread."""

        def work(db: sqlite3.Connection) -> bool:
            sqlite_writer.transact(db, keys, step)
            return self._log.is_long()

        if await self._run(work):
            self._log.begin_copy()

    async def invitation(self, lookup: bytes) -> InvitationRecord | None:
        """Find an invitation by the SHA-256 of its token's random part."""
        found = await self._read("SELECT body FROM invitation WHERE lookup = ?", lookup)
        return rows.decode_invitation(found[0][0]) if found else None

    async def person(self, person: str) -> PersonState:
        """Give what is kept of a person, which may be nothing."""
        found = await self._read("SELECT body FROM person WHERE id = ?", person)
        return rows.decode_person(found[0][0]) if found else NOBODY

    async def due(self, lane: str, now: Instant, limit: int) -> Sequence[WakeUp]:
        """Give at most `limit` wake-ups of a lane whose instant has come, the earliest first."""
        return [WakeUp(*row) for row in await self._read(sqlite_writer.DUE, lane, now, limit)]

    async def scheduled(self) -> Mapping[str, int]:
        """Give how many wake-ups each lane has, due or not."""
        return dict(await self._read("SELECT lane, count(*) FROM wake_up GROUP BY lane"))

    async def reports_seen(self, ids: Sequence[str]) -> frozenset[str]:
        """Tell which of these SDK reports were counted already."""
        keys = Keys(reports=frozenset(ids))
        loaded = await self._reader.run(lambda db: sqlite_writer.load(db, keys))
        return frozenset(loaded.reports)

    async def counts(self) -> Mapping[CountKey, int]:
        """Give all counts kept."""
        found = await self._read("SELECT hour, touchpoint, rule, reason, source, count FROM counted")
        return {CountKey(*row[:5]): row[5] for row in found}

    async def measures(self) -> Mapping[MeasureKey, Measure]:
        """Give all measures kept."""
        found = await self._read(
            "SELECT hour, touchpoint, reason, param, count, sum, sum_squares, min, max FROM measured"
        )
        return {MeasureKey(*row[:4]): Measure(*row[4:]) for row in found}

    async def ruleset(self, version: str) -> bytes | None:
        """Give a kept ruleset's JSON."""
        found = await self._read("SELECT body FROM ruleset WHERE version = ?", version)
        return found[0][0] if found else None

    async def versions(self, before: int | None, limit: int) -> Sequence[VersionRecord]:
        """Give at most `limit` versions of the survey folder, newest first."""
        below = sqlite_versions.END if before is None else before
        return [rows.decode_version(row[0]) for row in await self._read(sqlite_versions.NEWEST_FIRST, below, limit)]

    async def version(self, number: int) -> VersionRecord | None:
        """Give one version of the survey folder."""
        found = await self._read(sqlite_versions.ONE, number)
        return rows.decode_version(found[0][0]) if found else None

    async def files(self, content: str) -> dict[str, str] | None:
        """Give the files that versions with this content are made of."""
        found = await self._read(sqlite_versions.FILES, content)
        return rows.decode_files(found[0][0]) if found else None

    async def drop_versions(self, numbers: Collection[int]) -> None:
        """Drop versions, and with them the files and rulesets that no other version names, in one transaction."""

        def drop(db: sqlite3.Connection) -> None:
            with sqlite_writer.transaction(db):
                sqlite_versions.drop(db, numbers)

        await self._run(drop)

    async def journal(self, after: int, limit: int) -> Sequence[JournalRow]:
        """Read at most `limit` journal rows with `seq` above `after`, ascending."""
        query = "SELECT seq, type, subject, at, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"
        return [JournalRow(*row) for row in await self._read(query, after, limit)]

    async def head(self) -> int:
        """Give the highest `seq` in the journal, 0 when it is empty."""
        found = await self._read(sqlite_versions.HEAD)
        return int(found[0][0])

    async def cursor(self, consumer: str) -> Cursor | None:
        """Give a consumer's cursor, None for one that never ran."""
        found = await self._read("SELECT body FROM cursor WHERE consumer = ?", consumer)
        return rows.decode_cursor(found[0][0]) if found else None

    async def save_cursor(
        self,
        consumer: str,
        cursor: Cursor,
        dead: Sequence[DeadLetter] = (),
        *,
        again: Sequence[DeadLetter] = (),
        settled: Collection[int] = (),
    ) -> None:
        """Write a cursor together with what became of letters, in one durable transaction."""
        await self._run(lambda db: letters.save_cursor(db, consumer, cursor, dead, again, settled))

    async def give_order(self, consumer: str, replay: int | None = None) -> int:
        """Leave an order for whoever delivers for this consumer, and give its number."""
        return await self._run(lambda db: letters.give_order(db, consumer, replay))

    async def orders(self, consumer: str) -> Sequence[Order]:
        """Give the orders of a consumer that were not followed yet, in their order."""
        return [Order(*row) for row in await self._read(letters.ORDERS, consumer)]

    async def lease(self, name: str, span: Span, note: bytes = b"") -> bool:
        """Give it: there is no other gateway."""
        return True

    async def notes(self) -> Mapping[str, bytes]:
        """Give none: there is no other gateway to read them."""
        return {}

    async def release(self, name: str) -> None:
        """Do nothing: there is no other gateway."""

    async def dead_letters(self, consumer: str, limit: int, after: int = 0) -> Sequence[DeadLetter]:
        """Give a consumer's oldest letters with sequences above `after`."""
        return letters.decode(await self._read(letters.PAGE, consumer, after, limit))

    async def count_letters(self, consumer: str) -> LetterCount:
        """Count a consumer's letters."""
        return LetterCount(*(await self._read(letters.COUNT, consumer))[0])

    async def due_letters(self, consumer: str, now: Instant, limit: int) -> Sequence[DeadLetter]:
        """Give at most `limit` letters that are to be tried again by now, the earliest due first."""
        return letters.decode(await self._read(letters.DUE, consumer, now, limit))

    async def retry_letters(self, consumer: str, now: Instant, seqs: Collection[int] | None = None) -> int:
        """Have letters (all where None) tried again from now on, and give how many those are."""
        return await self._run(lambda db: letters.retry(db, consumer, now, seqs))

    async def keys(self) -> Sequence[KeyRecord]:
        """Give every API key in the order of creation, revoked ones included."""
        found = [rows.decode_key(row[0]) for row in await self._read("SELECT body FROM api_key")]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def save_key(self, key: KeyRecord) -> None:
        """Insert or replace an API key by its id."""
        await self._write("INSERT OR REPLACE INTO api_key (id, body) VALUES (?, ?)", key.id, rows.encode(key))

    async def forget(self, before: Instant, *, feedback: Instant) -> None:
        """Drop remembered decisions and report ids older than `before`, and feedback seen before `feedback`."""
        await forget_in_steps(self._write, sqlite_writer.FORGETTING, before, feedback)

    async def check(self) -> None:
        """Prove that a commit is possible now by making one, and that the disk has room.

        Raises:
            StoreUnavailableError: it is not; the message says why.
        """
        with explained(self._path):
            free = shutil.disk_usage(self._path.parent).free
        if free < LEAST_FREE:
            said = f"the disk is nearly full ({free // 1024} KiB left): free some space"
            raise StoreUnavailableError(said, "disk_full")
        await self._run(sqlite_writer.prove)

    async def close(self) -> None:
        """Finish what is under way, fold the log into the file and let go of both."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        self._writer.hurry()
        await self._reader.close()
        await self._log.close()
        await self._writer.close()
        os.close(lock)

    async def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return await self._reader.run(lambda db: db.execute(query, values).fetchall())

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` with the connection that writes; nothing more is written into a file in which damage was found."""
        damage = self._writer.damage or self._reader.damage or self._log.damage
        if damage is not None:
            raise damage.again()
        return await self._writer.run(work)

    async def _write(self, statement: str, *values: Any) -> int:
        def write(db: sqlite3.Connection) -> int:
            with sqlite_writer.transaction(db):
                return db.execute(statement, values).rowcount

        return await self._run(write)
