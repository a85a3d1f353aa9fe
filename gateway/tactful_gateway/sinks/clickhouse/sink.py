"""Inserts events into ClickHouse; they have arrived when it has written them.

Each insert makes a part that the server has to merge, so the sink rests a second before one that is not full.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.outgoing.post import Answer, Poster
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.clickhouse import statements
from tactful_gateway.sinks.clickhouse.answers import NO_COLUMN, NO_TABLE, code_of, judge
from tactful_gateway.sinks.clickhouse.config import ClickhouseConfig, check
from tactful_gateway.sinks.kind import SinkKind
from tactful_gateway.sinks.shapes.table import TABLES, row_of
from tactful_rules.model.ids import Instant

REST = 1.0
"""Seconds between inserts that are not full: ClickHouse asks for about one a second."""
STRANGER = "what answers at the `url` is no ClickHouse"


class ClickhouseSink:
    """Rows of a table that is made if it is not there, and gets a column for each question that is new."""

    batch = 500

    def __init__(self, config: ClickhouseConfig) -> None:
        self._url = httpx.URL(config.url)
        self._table = f"{statements.quoted(config.database)}.{statements.quoted(config.table)}"
        self._shape = config.shape
        self._headers = {"content-type": "application/octet-stream"}
        if config.login is not None:
            self._headers |= {"x-clickhouse-user": config.login.user, "x-clickhouse-key": config.login.password}
        self._poster = Poster(config.timeout, allow_private=config.allow_private)
        self._rested = 0.0

    async def open(self) -> None:
        """Get a connection pool, and make the table if it is not there."""
        await self._poster.open()
        try:
            await self._ensure_table()
        except TransientError:
            await self._poster.close()
            raise

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Insert the deliveries; a table or a column that is not there is made, and they are inserted again."""
        if len(deliveries) < self.batch:
            await asyncio.sleep(self._rested - time.monotonic())
        names, body = self._rows(deliveries)
        settings = {**statements.INSERT_SETTINGS, "insert_deduplication_token": statements.token(deliveries)}
        statement = statements.insert(self._table, names)
        answer = await self._send(statement, settings, body)
        if code_of(answer) == NO_TABLE:
            judge(await self._send(statements.create(self._table, self._shape)), now)
            answer = await self._send(statement, settings, body)
        if code_of(answer) == NO_COLUMN:
            judge(await self._send(statements.add_columns(self._table, self._shape, names)), now)
            answer = await self._send(statement, settings, body)
        judge(answer, now)
        if answer.body.strip():
            raise TransientError(STRANGER)
        self._rested = time.monotonic() + REST

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()

    async def _ensure_table(self) -> None:
        answer = await self._send(statements.exists(self._table))
        judge(answer, 0)
        if answer.body.strip() not in {b"0", b"1"}:
            raise TransientError(STRANGER)
        if answer.body.strip() == b"0":
            judge(await self._send(statements.create(self._table, self._shape)), 0)

    def _rows(self, deliveries: Sequence[Delivery]) -> tuple[list[str], bytes]:
        rows = [row_of(self._shape, delivery) for delivery in deliveries]
        names = list(dict.fromkeys(name for row in rows for name in row))
        try:
            statements.add_columns(self._table, self._shape, names)
        except KeyError as error:
            raise PermanentError("the event does not fit its columns") from error
        return names, b"".join(msgspec.json.encode(row) + b"\n" for row in rows)

    async def _send(self, statement: str, settings: Mapping[str, str] = {}, body: bytes | None = None) -> Answer:
        """Send a statement: in the body by itself, in the URL before the rows that it inserts."""
        if body is None:
            return await self._poster.send("POST", self._url, self._headers, statement.encode())
        url = self._url.copy_merge_params({"query": statement, **settings})
        return await self._poster.send("POST", url, self._headers, body)


def _build(config: ClickhouseConfig, _: Clock) -> ClickhouseSink:
    return ClickhouseSink(config)


KIND = SinkKind("clickhouse", ClickhouseConfig, _build, check, shapes=TABLES, address=("url", "database", "table"))
