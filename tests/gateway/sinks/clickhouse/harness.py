"""A table of its own for each test, in ClickHouse's engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tactful_gateway.clock import SystemClock
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.servers.clickhouse import PASSWORD, USER, ClickhouseServer


class ClickhouseHarness:
    def __init__(self, server: ClickhouseServer, table: str) -> None:
        self.server = server
        self.table = table

    def sink(self, shape: str = "cloudevents", **options: Any) -> Sink:
        login = {"user": USER, "password": PASSWORD}
        plain = {"url": self.server.url, "table": self.table, "login": login, "allow_private": True, **options}
        return build(SinkConfig(id="click", kind="clickhouse", shape=shape, options=plain), SystemClock())

    def ask(self, what: str, final: str = "FINAL") -> list[list[str]]:
        answer = self.server.ask(f"SELECT {what} FROM {self.table} {final} ORDER BY id")
        return [line.split("\t") for line in answer.splitlines()]

    async def received(self) -> list[bytes]:
        if self.server.ask(f"EXISTS TABLE {self.table}").strip() == "0":
            return []
        return [bytes.fromhex(event) for (event,) in self.ask("hex(event)")]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            await asyncio.to_thread(self.server.start)
