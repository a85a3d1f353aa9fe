"""Inserts events into a table, a batch in one statement; an event that is there already is passed over.

No prepared statement outlives its batch, so that a pooler between us and the database may change the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg
import msgspec
from msgspec import Raw, Struct

from tactful_gateway.outgoing.errors import PermanentError, TransientError, explain_os
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.postgres.config import PostgresConfig
from tactful_rules.model.ids import Instant, to_datetime

_CREATE = """CREATE TABLE IF NOT EXISTS {table} (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    time timestamptz NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    data jsonb NOT NULL,
    inserted_at timestamptz NOT NULL DEFAULT now()
)"""
_INSERT = """INSERT INTO {table} (id, type, time, source, subject, data)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::jsonb[])
ON CONFLICT (id) DO NOTHING"""
_REFUSALS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What is in the row itself: a NUL, which PostgreSQL has in no text, or a rule that the table's owner added."""
_ANSWER = 2_000


class _Event(Struct):
    source: str = ""
    data: Raw = Raw(b"null")


_decode = msgspec.json.Decoder(_Event).decode


class PostgresSink:
    """One connection, made anew after each failure."""

    batch = 500

    def __init__(self, config: PostgresConfig) -> None:
        self._config = config
        self._insert = _INSERT.format(table=config.quoted_table)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connect, and make the table if it is not there."""
        await self._in_time(())

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Insert the deliveries in one transaction."""
        await self._in_time(deliveries)

    async def close(self) -> None:
        """Hang up: nothing is in a transaction, so there is nothing to say."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()

    async def _in_time(self, deliveries: Sequence[Delivery]) -> None:
        try:
            async with asyncio.timeout(self._config.timeout):
                connection = await self._connected()
                if deliveries:
                    await self._write(connection, deliveries)
        except PermanentError:
            raise
        except TimeoutError as error:
            await self.close()
            raise TransientError(f"no answer within {self._config.timeout:g} s") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
            await self.close()
            raise TransientError(f"PostgreSQL failed: {_explain(error)}") from error

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(
                self._config.url,
                timeout=self._config.timeout,
                statement_cache_size=0,
                server_settings={"application_name": "tactful"},
            )
            table = self._config.quoted_table
            if await self._connection.fetchval("SELECT to_regclass($1)", table) is None:  # asked, since making one
                await self._connection.execute(_CREATE.format(table=table))  # takes a right even where it is there
        return self._connection

    async def _write(self, connection: asyncpg.Connection[asyncpg.Record], deliveries: Sequence[Delivery]) -> None:
        events = [_decode(delivery.body) for delivery in deliveries]
        try:
            await connection.execute(
                self._insert,
                [delivery.id for delivery in deliveries],
                [delivery.type for delivery in deliveries],
                [to_datetime(delivery.at) for delivery in deliveries],
                [event.source for event in events],
                [delivery.subject for delivery in deliveries],
                [bytes(event.data).decode() for event in events],
            )
        except _REFUSALS as error:
            raise PermanentError(
                f"PostgreSQL refuses the event: {type(error).__name__}", str(error)[:_ANSWER]
            ) from error


def _explain(error: Exception) -> str:
    """Say what the server said, which names tables and users; the library's own words could hold the URL."""
    if isinstance(error, asyncpg.PostgresError):
        return f"{error.args[0] if error.args else ''} ({error.sqlstate})"
    if isinstance(error, OSError):
        return explain_os(error)
    return f"`url` can't be used, or the connection broke ({type(error).__name__})"
