"""Who reads while the server hangs waits for a connection, but not everybody who comes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.postgres.connections import MOST, WAITING
from tactful_gateway.store.postgres.store import PostgresStore


async def test_no_more_wait_for_a_connection_than_there_is_room_for(url: str) -> None:
    store = await PostgresStore.open(url)
    async with AsyncExitStack() as held:
        for _ in range(MOST):
            await held.enter_async_context(store._connections.one())
        reading = [asyncio.create_task(store.head()) for _ in range(WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailableError, match="too many wait") as caught:
            await store.head()
        assert caught.value.cause == "contended"
    assert set(await asyncio.gather(*reading)) == {0}
    assert await store.head() == 0
    await store.close()
