"""Reading the journal while others commit: numbers are given in another order than transactions end in."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from tactful_gateway.contracts.samples import event, publication
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.base import Changes, Keys, State
from tactful_gateway.store.postgres.connections import Connections
from tactful_gateway.store.postgres.horizon import Horizon
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_gateway.store.records import Cursor
from tests.eventually import PATIENCE
from tests.gateway.store.postgres.conftest import Open

INSERT = "INSERT INTO tactful.journal (type, subject, at, body) VALUES ('t', $1, 0, '') RETURNING seq"


async def begun(url: str) -> asyncpg.Connection[asyncpg.Record]:
    """Begin a transaction as a gateway does."""
    connection = await asyncpg.connect(url)
    await connection.execute("BEGIN; SELECT pg_current_xact_id()")
    return connection


async def test_a_row_is_not_read_before_one_with_a_lower_number_is_committed(store: PostgresStore, url: str) -> None:
    slow = await begun(url)
    try:
        assert await slow.fetchval(INSERT, "slow") == 1
        await write(store, events=[event(2)])
        assert list(await store.journal(0, 9)) == []  # a cursor behind 2 would never see 1
        assert await store.head() == 0
        await slow.execute("COMMIT")
        assert [row.seq for row in await store.journal(0, 9)] == [1, 2]
        assert await store.head() == 2
    finally:
        await slow.close()


async def test_a_number_whose_transaction_was_rolled_back_holds_nothing_up(store: PostgresStore, url: str) -> None:
    failed = await begun(url)
    await failed.fetchval(INSERT, "failed")
    await write(store, events=[event(2)])
    await failed.execute("ROLLBACK")
    await failed.close()
    assert [row.seq for row in await store.journal(0, 9)] == [2]
    assert await store.head() == 2


async def test_what_was_settled_before_is_read_while_another_transaction_runs(store: PostgresStore, url: str) -> None:
    await write(store, events=[event(1), event(2)])
    assert await store.head() == 2
    running = await begun(url)
    assert [row.seq for row in await store.journal(0, 9)] == [1, 2]
    await running.close()


async def test_a_transaction_of_another_program_holds_nothing_up(store: PostgresStore, url: str) -> None:
    theirs = await begun(url)
    for number in range(1, 4):
        await write(store, events=[event(number)])
        assert [row.seq for row in await store.journal(number - 1, 9)] == [number]
        assert await store.head() == number
    slow = await begun(url)
    assert await slow.fetchval(INSERT, "slow") == 4
    await write(store, events=[event(5)])
    assert await store.head() == 3
    await slow.execute("COMMIT")
    assert [row.seq for row in await store.journal(3, 9)] == [4, 5]
    await theirs.close()
    await slow.close()


class LateAnswer:
    """Connections, the answers over which come once they may."""

    def __init__(self, connections: Connections) -> None:
        self.asked, self.comes = asyncio.Event(), asyncio.Event()
        self._connections = connections

    @property
    def made(self) -> int:
        return self._connections.made

    async def fetch(self, *query: Any) -> Any:
        found = await self._connections.fetch(*query)
        self.asked.set()
        await self.comes.wait()
        return found


async def test_a_late_answer_settles_nothing_that_was_given_after_it_was_asked_for(
    store: PostgresStore, url: str
) -> None:
    late, horizon = LateAnswer(store._connections), Horizon(store._connections)
    assert await horizon.settled() == 0
    horizon._connections = late  # type: ignore[assignment]
    looking = asyncio.create_task(horizon._look_at_writers(0))
    await late.asked.wait()  # by then nobody writes
    slow = await begun(url)
    assert await slow.fetchval(INSERT, "slow") == 1
    await write(store, events=[event(2)])
    horizon._connections = store._connections
    await horizon._look_at_writers(2)
    late.comes.set()
    await looking
    assert list(await horizon.read(0, 9)) == []
    await slow.execute("COMMIT")
    await slow.close()
    assert [row["seq"] for row in await horizon.read(0, 9)] == [1, 2]


async def test_a_transaction_has_its_own_number_before_it_can_get_one_of_the_journal(
    store: PostgresStore, url: str
) -> None:
    """Otherwise it would not run yet for whoever looks what runs right after it was given one."""
    goes_on, asked = threading.Event(), await asyncpg.connect(url)
    persons = Keys(frozenset(f"new-{number}" for number in range(100)))

    def wait(_: State) -> Changes:
        assert goes_on.wait(PATIENCE)
        return Changes(events=[event(1)])

    writing = asyncio.create_task(store.transact(persons, wait))
    numbered = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL"
    try:
        async with asyncio.timeout(PATIENCE):
            while not await asked.fetchval(f"{numbered} AND datname = current_database()"):
                await asyncio.sleep(0.01)
    finally:
        goes_on.set()
        await writing
        await asked.close()


@pytest.mark.parametrize("held_up", [False, True])
async def test_a_reader_beside_writing_gateways_gets_every_row_once_and_in_order(
    another: Open, url: str, held_up: bool
) -> None:
    theirs = await begun(url) if held_up else None
    writers, reader = [await another() for _ in range(3)], await another()
    got: list[int] = []
    done = asyncio.Event()

    async def read_on() -> None:
        while True:
            last_time = done.is_set()
            rows = await reader.journal(got[-1] if got else 0, 50)
            got.extend(row.seq for row in rows)
            if last_time and not rows:
                return
            await asyncio.sleep(0)

    async def write_on(store: PostgresStore) -> None:
        for number in range(150):
            await write(store, events=[event(number)])

    reading = asyncio.create_task(read_on())
    await asyncio.gather(*map(write_on, writers))
    done.set()
    await reading
    assert len(got) == 450
    assert got == sorted(set(got))
    if theirs is not None:
        await theirs.close()


async def test_a_sink_of_a_new_version_misses_nothing_that_follows(store: PostgresStore, url: str) -> None:
    await write(store, events=[event(1)])
    slow = await begun(url)
    assert await slow.fetchval(INSERT, "slow") == 2
    await write(store, published=[replace(publication(1), consumers=("new",))], events=[event(3)])
    await slow.execute("COMMIT")
    await slow.close()
    assert await store.cursor("new") == Cursor(seq=2)
