"""A server that goes away, comes back, hangs or refuses: said in words, nothing lost, and no restart needed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Iterator
from contextlib import ExitStack, suppress

import pytest

from tactful_gateway.contracts.samples import event
from tactful_gateway.contracts.transactions import read, write
from tactful_gateway.store.base import Changes, Keys, State, StoreUnavailableError
from tactful_gateway.store.postgres.connections import IDLE
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_rules.model.person import PersonState
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer, running_postgres
from tests.stopwatch import Stopwatch


@pytest.fixture(scope="module")
def own() -> Iterator[PostgresServer]:
    """Start a server that is durable, and this module's alone, since it is killed."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def own_url(own: PostgresServer) -> str:
    return own.url(own.new_database())


async def succeeds(what: Awaitable[None]) -> bool:
    with suppress(StoreUnavailableError):
        await what
        return True
    return False


async def test_a_database_that_its_owner_made_read_only_is_not_written_to_until_it_is_no_more(
    own: PostgresServer, own_url: str
) -> None:
    name = own_url.rpartition("/")[2]
    store = await PostgresStore.open(own_url)
    own.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    own.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    causes = []
    while "read_only" not in causes:
        with pytest.raises(StoreUnavailableError) as refused:  # at first the ended sessions are told, as unreachable
            await write(store, persons={"a": PersonState(asks=1)})
        causes.append(refused.value.cause)
    own.run(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    while not await succeeds(write(store, persons={"b": PersonState(asks=1)})):
        await asyncio.sleep(0.02)
    assert (await read(store, Keys(frozenset("ab")))).persons.keys() == {"b"}
    await store.close()


async def test_a_killed_server_loses_nothing_and_is_used_again_once_it_is_back(
    own: PostgresServer, own_url: str
) -> None:
    store = await PostgresStore.open(own_url)
    acknowledged: list[int] = []

    async def write_on(place: int) -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            if await succeeds(write(store, persons={f"{place}-{number}": PersonState(asks=1)}, events=[event(number)])):
                acknowledged.append(place * 10_000 + number)
            else:
                await asyncio.sleep(0.01)

    stop = asyncio.Event()
    writing = [asyncio.create_task(write_on(place)) for place in range(4)]
    await asyncio.sleep(0.5)
    own.kill()
    with pytest.raises(StoreUnavailableError, match="PostgreSQL"):
        await store.check()
    before = len(acknowledged)
    await asyncio.to_thread(own.start)
    with Stopwatch() as took:
        while not await succeeds(store.check()):
            await asyncio.sleep(0.02)
    assert took.seconds < 5
    while len(acknowledged) < before + 20:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*writing)
    names = frozenset(f"{number // 10_000}-{number % 10_000}" for number in acknowledged)
    assert (await read(store, Keys(names))).persons.keys() == names
    assert len(await store.journal(0, 100_000)) >= len(acknowledged)
    await store.close()


async def test_a_server_that_hangs_is_not_waited_for_without_end(own: PostgresServer, own_url: str) -> None:
    store = await PostgresStore.open(own_url, patience=0.5)
    await store.check()
    with own.frozen(), Stopwatch() as took:
        with pytest.raises(StoreUnavailableError, match="does not answer"):
            await store.check()
        with pytest.raises(StoreUnavailableError):
            await write(store, events=[event(1)])
    assert took.seconds < 8
    await store.check()
    await store.close()


@pytest.mark.parametrize("gives_up", [False, True])
async def test_a_server_that_hangs_within_a_transaction_is_not_asked_to_undo_it(
    own: PostgresServer, own_url: str, *, gives_up: bool
) -> None:
    store, begun = await PostgresStore.open(own_url, patience=1.5), asyncio.Event()
    with ExitStack() as frozen, Stopwatch() as took:

        def step(_: State) -> Changes:
            frozen.enter_context(own.frozen())
            begun.set()
            return Changes(events=[event(1)])

        writing = asyncio.create_task(store.transact(Keys(frozenset({"p"})), step))
        await begun.wait()
        if gives_up:
            writing.cancel()
        with pytest.raises(asyncio.CancelledError if gives_up else StoreUnavailableError):
            await writing
    assert took.seconds < (1.5 if gives_up else 4)
    await store.check()
    assert await store.head() == 0
    await store.close()


async def test_connections_that_the_server_ends_are_made_again(own: PostgresServer, own_url: str) -> None:
    store = await PostgresStore.open(own_url)
    await asyncio.gather(*(store.check() for _ in range(20)))
    own.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tactful'")
    outcomes = [await succeeds(store.check()) for _ in range(10)]
    assert outcomes[-1]
    await store.close()


async def test_a_session_that_would_not_wait_for_the_disk_is_made_to(own: PostgresServer) -> None:
    name = own.new_database()
    own.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = await PostgresStore.open(own.url(name))
    assert [tuple(row) for row in await store._connections.fetch("SHOW synchronous_commit")] == [("on",)]
    await store.close()
    own.run(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    store = await PostgresStore.open(own.url(name))
    assert [tuple(row) for row in await store._connections.fetch("SHOW synchronous_commit")] == [("remote_apply",)]
    await store.close()


async def test_a_server_that_is_not_there_or_knows_no_such_database_is_said_so(own: PostgresServer) -> None:
    with pytest.raises(StoreUnavailableError, match="can't be reached"):
        await PostgresStore.open(f"postgresql://postgres@127.0.0.1:{free_port()}/tactful")
    with pytest.raises(StoreUnavailableError, match="no such database"):
        await PostgresStore.open(own.url("nowhere"))


async def test_a_gateway_that_stops_within_a_transaction_keeps_others_waiting_for_seconds_only(own_url: str) -> None:
    """Its session ends, and with it what it held; another gateway's batch had only to wait."""
    frozen, other = await PostgresStore.open(own_url), await PostgresStore.open(own_url)
    await write(frozen, persons={"p": PersonState(asks=1)})
    goes_on, many = threading.Event(), frozenset({"p", *(f"new-{number}" for number in range(20))})

    def stop(_: State) -> Changes:
        goes_on.wait(20)
        return Changes(persons={"p": PersonState(asks=99)})

    stopped = asyncio.create_task(frozen.transact(Keys(many), stop))
    await asyncio.sleep(0.5)
    with Stopwatch() as took:
        await write(other, persons={"p": PersonState(asks=2)})
    assert took.seconds < 2 * IDLE
    goes_on.set()
    with pytest.raises(StoreUnavailableError):
        await stopped
    assert (await other.person("p")).asks == 2
    await frozen.close()
    await other.close()


async def test_a_closed_store_says_so(own_url: str) -> None:
    store = await PostgresStore.open(own_url)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        await store.head()
