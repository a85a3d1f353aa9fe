"""The PostgreSQL database that everything goes to; it also keeps how far the move has come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import msgspec

from tactful_gateway.moving.table import ALONE, MoveError, Table
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres.connections import CLOSING, SCHEMA, Connection, Connections, transaction
from tactful_gateway.store.postgres.schema import LOCK, migrate
from tactful_gateway.store.postgres.texts import escape, plain

PATIENCE = 60.0
"""Seconds that a batch may take."""
ROWS = 500
"""Rows read at a time to compare them."""
MOVING = LOCK + 1
"""The advisory lock of who moves."""
NUMBERS = {"journal": "seq", "consumer_order": "number"}
"""The columns in which tables number their rows."""
OWN = {"schema_version", "lease", "move", "move_table"}
"""Tables that may hold something before a move begins."""

_TABLES = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
WHERE table_schema = $1 GROUP BY table_name"""
_PLACE = """
INSERT INTO move_table (name, place, count) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET place = excluded.place, count = move_table.count + excluded.count"""
_NUMBER = "SELECT setval(pg_get_serial_sequence($1, $2), $3)"
_BEGIN = "INSERT INTO move (source) VALUES ($1)"
_SECRET = "INSERT INTO token_secret (secret, hash) VALUES ($1, $2)"  # noqa: S105 - a statement
_FINISH = "UPDATE move SET finished = now()"


class Target:
    """A database that is being moved to; made by `open`."""

    def __init__(self, connection: Connection, stack: AsyncExitStack) -> None:
        self._connection = connection
        self._stack = stack

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, bring the database to this program's schema and keep other moves out.

        Raises:
            StoreUnavailableError: it can't be reached, or a newer program wrote it.
            MoveError: another move is at work.
        """
        async with AsyncExitStack() as stack:
            connections = await Connections.open(url, PATIENCE)
            stack.push_async_callback(connections.close)
            await migrate(connections, moving=True)
            connection = await stack.enter_async_context(connections.one())
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MOVING):
                raise MoveError("another tactful move is at work on this database")
            stack.push_async_callback(_undo, connection)
            kept = stack.pop_all()
        return cls(connection, kept)

    async def tables(self) -> dict[str, list[str]]:
        """Give the columns of all tables."""
        return {row[0]: row[1] for row in await self._connection.fetch(_TABLES, SCHEMA)}

    async def begin(self, source: bytes, secret: bytes | None) -> bool:
        """Begin a move from where this secret's hash is known, or go on with it; False where it is finished already.

        Raises:
            MoveError: the database has something else in it.
        """
        async with transaction(self._connection):
            await self._connection.fetchval("SELECT pg_advisory_xact_lock($1)", LOCK)  # no gateway starts meanwhile
            found = await self._connection.fetchrow("SELECT source, finished FROM move")
            if found is None:
                await self._refuse_used()
                await self._connection.execute(_BEGIN, source)
                await self._connection.execute(_SECRET, secret, source)
                return True
            if found["source"] != source:
                raise MoveError("another file was moved to this database: name an empty one")
            return found["finished"] is None

    async def place(self, table: Table) -> tuple[Any, ...] | None:
        """Give the key of a table's last row that is here; None before the first one."""
        found = await self._connection.fetchval("SELECT place FROM move_table WHERE name = $1", table.name)
        return None if found is None else msgspec.msgpack.decode(found, type=tuple[Any, ...])

    async def counted(self) -> int:
        """Give how many rows are here."""
        return int(await self._connection.fetchval("SELECT coalesce(sum(count), 0) FROM move_table"))

    async def write(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows and that they are here, or neither."""
        added = tuple(ALONE[column] for column in table.added)
        records = [(*(escape(it) if isinstance(it, str) else it for it in row), *added) for row in rows]
        last = tuple(rows[-1][table.columns.index(column)] for column in table.key)
        async with transaction(self._connection):
            await self._connection.copy_records_to_table(
                table.name, schema_name=SCHEMA, columns=[*table.columns, *table.added], records=records
            )
            await self._connection.execute(_PLACE, table.name, msgspec.msgpack.encode(last), len(rows))

    async def batches(self, table: Table) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Give a table's rows as they stood in the file."""
        names = ", ".join(f'"{column}"' for column in table.columns)
        async with self._connection.transaction():
            cursor = await self._connection.cursor(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - our own names
            while rows := await cursor.fetch(ROWS):
                yield [plain(row) for row in rows]

    async def empty(self, tables: Sequence[Table]) -> None:
        """Drop what was moved so far, to begin anew."""
        names = ", ".join(f'"{table.name}"' for table in tables)
        async with transaction(self._connection):
            await self._connection.execute(f"TRUNCATE {names}, move_table")

    async def finish(self, last_numbers: Mapping[str, int]) -> None:
        """Let gateways in: tables that number their rows go on behind these."""
        async with transaction(self._connection):
            for table, number in last_numbers.items():
                await self._connection.execute(_NUMBER, table, NUMBERS[table], number)
            await self._connection.execute(_FINISH)

    async def close(self) -> None:
        """Hang up."""
        try:
            await self._stack.aclose()
        except StoreUnavailableError:
            return  # whoever closes knows already

    async def _refuse_used(self) -> None:
        used = [
            name
            for name in sorted(await self.tables())
            if name not in OWN and await self._connection.fetchval(f'SELECT EXISTS (SELECT 1 FROM "{name}")')  # noqa: S608
        ]
        if used:
            raise MoveError(
                f"the database is not empty, Tactful keeps something in {', '.join(used)}: name another one, "
                f"or lose all of that with DROP SCHEMA {SCHEMA} CASCADE"
            )


async def _undo(connection: Connection) -> None:
    """Undo a transaction that was broken off: left to do it by itself, the server keeps the next move out meanwhile."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK", timeout=CLOSING)
