"""Versions that one gateway drops while another publishes the same files again."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from msgspec.structs import replace

from tactful_gateway.contracts.samples import event, publication
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.postgres import versions
from tactful_gateway.store.postgres.connections import transaction
from tactful_gateway.store.postgres.store import PostgresStore


@pytest.mark.parametrize("dropped_first", [True, False])
async def test_files_that_are_published_again_while_they_are_dropped_stay(
    store: PostgresStore, url: str, dropped_first: bool
) -> None:
    old = publication(1)
    again = replace(old, version=replace(old.version, number=2))
    await write(store, published=[old], events=[event(1)])
    other = await asyncpg.connect(url, server_settings={"search_path": "tactful"})
    try:
        async with transaction(other):
            if dropped_first:
                await versions.drop(other, [1])
                late = asyncio.create_task(write(store, published=[again], events=[event(2)]))
            else:
                await versions.publish(other, again)
                late = asyncio.create_task(store.drop_versions([1]))
            await asyncio.wait({late}, timeout=0.3)
            assert not late.done(), "it has to wait, or it can't know"
        await late
    finally:
        await other.close()
    assert [it.number for it in await store.versions(None, 9)] == [2]
    assert await store.files(old.version.content) == old.files
    assert await store.ruleset(old.version.ruleset) == old.body
