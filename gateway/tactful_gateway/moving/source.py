"""The file that is moved: nobody else may write to it meanwhile, and it is read as a stream, by its keys."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from tactful_gateway.moving.table import Found, MoveError, Table
from tactful_gateway.store.sqlite_file import Connection, claim, note_move, open_writer

ROWS = 5_000
"""Rows in a batch, or fewer ..."""
BYTES = 4 * 2**20
"""... once they have about so many bytes."""
STEP = 50
"""Rows looked at together: a body has 64 KiB at most, so a batch stays small."""

Row = tuple[Any, ...]


class Source:
    """A SQLite file that is ours alone; made by `open`."""

    def __init__(self, path: Path, lock: int, connection: Connection) -> None:
        self._path = path
        self._lock = lock
        self._connection = connection

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open a file, bring it to this program's schema and keep everybody from writing to it.

        Raises:
            MoveError: there is none.
            StoreUnavailableError: a gateway runs on it, or it can't be opened.
        """
        if not await asyncio.to_thread(path.exists):
            raise MoveError(f"there is no database at {path}")
        async with AsyncExitStack() as undo:
            lock = claim(path)
            undo.callback(os.close, lock)
            connection = await Connection.open(open_writer, path)
            undo.push_async_callback(connection.close)
            # `tactful keys` goes without the lock file.
            await connection.run(lambda db: db.execute("BEGIN IMMEDIATE"))
            undo.pop_all()
        return cls(path, lock, connection)

    async def tables(self) -> dict[str, Found]:
        """Give all tables but SQLite's own."""
        return await self._connection.run(_tables)

    async def count(self, table: Table) -> int:
        """Count the rows of a table."""
        found = await self._connection.run(lambda db: db.execute(f'SELECT count(*) FROM "{table.name}"').fetchone())  # noqa: S608
        return int(found[0])

    async def batches(self, table: Table, after: Row | None = None) -> AsyncIterator[list[Row]]:
        """Give a table's rows in the order of their keys; only those behind the key `after`, if given."""
        names, key = _quoted(table.columns), _quoted(table.key)
        behind = "" if after is None else f"WHERE ({key}) > ({', '.join('?' * len(table.key))})"
        query = f'SELECT {names} FROM "{table.name}" {behind} ORDER BY {key}'  # noqa: S608 - names of our own
        cursor = await self._connection.run(lambda db: db.execute(query, after or ()))
        while batch := await self._connection.run(lambda _: _take(cursor)):
            yield batch

    async def last_numbers(self) -> dict[str, int]:
        """Give the highest number that each table ever gave, of those that number their rows and have given any."""
        query = "SELECT name, seq FROM sqlite_sequence"
        return dict(await self._connection.run(lambda db: db.execute(query).fetchall()))

    async def leave(self, target: str) -> None:
        """Note beside the file where it went, so that no gateway starts on it again by mistake."""
        await asyncio.to_thread(note_move, self._path, target)

    async def close(self) -> None:
        """Let go of the file."""
        await self._connection.close()
        os.close(self._lock)


def _tables(db: sqlite3.Connection) -> dict[str, Found]:
    named = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {name: _found(db, name) for (name,) in named.fetchall()}


def _found(db: sqlite3.Connection, name: str) -> Found:
    columns = db.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    key = sorted((place, column) for column, place in columns if place)
    return Found(tuple(column for column, _ in columns), tuple(column for _, column in key))


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _take(cursor: sqlite3.Cursor) -> list[Row]:
    batch: list[Row] = []
    size = 0
    while len(batch) < ROWS and size < BYTES and (rows := cursor.fetchmany(STEP)):
        batch += rows
        size += sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))
    return batch
