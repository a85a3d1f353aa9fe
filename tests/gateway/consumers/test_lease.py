"""The hold that one of several gateways has on a sink, while it does something that takes longer than it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeAlias

import asyncpg
import pytest

from tactful_gateway.consumers import Consumers
from tactful_gateway.consumers.operating import Operator, SinkInUseError
from tactful_gateway.consumers.runner import consumer_of
from tactful_gateway.contracts.samples import event, letter
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_gateway.store.records import Cursor
from tactful_rules.model.ids import MINUTE
from tests.eventually import PATIENCE
from tests.gateway.consumers.stage import ManualClock
from tests.servers.postgres import PostgresServer

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
GONE = consumer_of("gone")
CLOCK = ManualClock()


class Forgetting(NamedTuple):
    """Somebody forgets a sink whose only letter `locker` has locked; `other` is to look and to change."""

    store: PostgresStore
    task: asyncio.Task[int]
    locker: Connection
    other: Connection


@pytest.fixture
async def forgetting(postgres: PostgresServer) -> AsyncIterator[Forgetting]:
    url = postgres.url(postgres.new_database())
    store = await PostgresStore.open(url)
    await write(store, events=[event(1)])
    await store.lease(GONE, MINUTE)
    await store.save_cursor(GONE, Cursor(seq=1), [letter(GONE, 1)])
    await store.release(GONE)
    async with _connected(url) as locker, _connected(url) as other, Consumers(store, {}, CLOCK, float) as consumers:
        await locker.execute("BEGIN; SELECT FROM dead_letter FOR UPDATE")
        task = asyncio.create_task(Operator(store, consumers, CLOCK).forget("gone"))
        yield Forgetting(store, task, locker, other)
    await store.close()


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, server_settings={"search_path": "tactful"})
    try:
        yield connection
    finally:
        await connection.close()


async def _next_end(other: Connection, since: datetime | None) -> datetime:
    """Give when the lease ends, once that is another instant."""
    async with asyncio.timeout(PATIENCE):
        while (until := await other.fetchval("SELECT until FROM lease")) == since:
            await asyncio.sleep(0.05)
    assert isinstance(until, datetime)
    return until


async def test_who_forgets_a_sink_renews_its_lease_for_as_long_as_that_takes(forgetting: Forgetting) -> None:
    until = await _next_end(forgetting.other, None)
    assert await _next_end(forgetting.other, until) > until
    await forgetting.locker.execute("COMMIT")
    assert await forgetting.task == 1
    assert await forgetting.store.cursor(GONE) is None
    assert await forgetting.other.fetchval("SELECT count(*) FROM lease") == 0


async def test_who_loses_the_lease_forgets_nothing_more(forgetting: Forgetting) -> None:
    await _next_end(forgetting.other, None)
    await forgetting.other.execute("UPDATE lease SET holder = 'another', until = now() + '1 minute'")
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(SinkInUseError, match="Another gateway"):
            await forgetting.task
    await forgetting.locker.execute("COMMIT")
    assert await forgetting.store.cursor(GONE) == Cursor(seq=1)
    assert (await forgetting.store.count_letters(GONE)).dead == 1
    assert await forgetting.other.fetchval("SELECT holder FROM lease") == "another"
