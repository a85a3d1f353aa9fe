"""A database of its own for each test, and stores over it, as many gateways would have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tactful_gateway.store.postgres.store import PostgresStore
from tests.servers.postgres import PostgresServer

Open = Callable[[], Awaitable[PostgresStore]]


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url(postgres.new_database())


@pytest.fixture
async def another(url: str) -> AsyncIterator[Open]:
    """Give a function that opens one more store over the same database."""
    opened: list[PostgresStore] = []

    async def open_one() -> PostgresStore:
        opened.append(await PostgresStore.open(url))
        return opened[-1]

    yield open_one
    for store in opened:
        await store.close()


@pytest.fixture
async def reopen(another: Open) -> Open:
    """Give a function that closes the store it gave last and opens another."""
    opened: list[PostgresStore] = []

    async def again() -> PostgresStore:
        if opened:
            await opened[-1].close()
        opened.append(await another())
        return opened[-1]

    return again


@pytest.fixture
async def store(reopen: Open) -> PostgresStore:
    return await reopen()
