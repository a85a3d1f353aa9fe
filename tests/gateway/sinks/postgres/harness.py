"""A table as a destination under a test's control."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from tactful_gateway.clock import SystemClock
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import rfc3339, to_instant
from tests.servers.postgres import PostgresServer


class PostgresHarness:
    """A table in a database of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self.database = server.new_database()
        self.url = server.url(self.database)

    def sink(self, **options: object) -> Sink:
        return build(SinkConfig(id="warehouse", kind="postgres", options={"url": self.url} | options), SystemClock())

    async def rows(self, sql: str = "SELECT * FROM tactful_events ORDER BY ctid") -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.url)
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    async def received(self) -> list[bytes]:
        """Put the events together again from their columns."""
        if await self.rows("SELECT 1 WHERE to_regclass('tactful_events') IS NOT NULL"):
            return [_event(row) for row in await self.rows()]
        return []

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()


def _event(row: asyncpg.Record) -> bytes:
    event = {
        "specversion": "1.0",
        "id": str(row["id"]),
        "source": row["source"],
        "type": row["type"],
        "time": rfc3339(to_instant(row["time"])),
        "subject": row["subject"],
        "data": msgspec.json.decode(row["data"]),
    }
    return msgspec.json.encode(event)
