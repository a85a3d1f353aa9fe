"""The SQLite store against the contract of durable stores."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tactful_gateway.contracts.store import DurableStoreContract
from tactful_gateway.store.sqlite import SqliteStore


class TestSqliteStore(DurableStoreContract):
    @pytest.fixture
    async def reopen(self, tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[SqliteStore]]]:
        opened: list[SqliteStore] = []

        async def again() -> SqliteStore:
            if opened:
                await opened[-1].close()
            opened.append(await SqliteStore.open(tmp_path / "data" / "tactful.db"))
            return opened[-1]

        yield again
        await opened[-1].close()

    @pytest.fixture
    async def store(self, reopen: Callable[[], Awaitable[SqliteStore]]) -> SqliteStore:
        return await reopen()
