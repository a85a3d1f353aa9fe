"""The hold that one of several gateways has on a sink: kept, lost, let go, and held through what takes longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeAlias

import asyncpg
import pytest

from tactful_gateway.consumers import Consumers, lease
from tactful_gateway.consumers.lease import EVERY, SPAN, Lease
from tactful_gateway.consumers.operating import Operator, SinkInUseError
from tactful_gateway.consumers.runner import consumer_of
from tactful_gateway.contracts.samples import event, letter
from tactful_gateway.contracts.transactions import write
from tactful_gateway.store.base import LeaseLostError, StoreUnavailableError
from tactful_gateway.store.memory import MemoryStore
from tactful_gateway.store.postgres.store import PostgresStore
from tactful_gateway.store.records import Cursor
from tactful_rules.model.ids import MINUTE, SECOND
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


class Leasing(MemoryStore):
    """Gives leases as long as `gives`; `calls` are what was asked of it, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.gives: bool | Exception = True
        self.calls: list[tuple[object, ...]] = []
        self.lasts = 0.0

    async def lease(self, name: str, span: int, note: bytes = b"") -> bool:
        await asyncio.sleep(self.lasts)
        self.calls.append((name, span, note))
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    async def release(self, name: str) -> None:
        self.calls.append((name,))
        if isinstance(self.gives, Exception):
            raise self.gives

    async def wait_for(self, calls: int) -> None:
        """Wait until it was asked so often."""
        async with asyncio.timeout(PATIENCE):
            while len(self.calls) < calls:
                await asyncio.sleep(0)


@pytest.fixture
def leasing() -> Leasing:
    return Leasing()


@pytest.fixture
async def pass_by(later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give a function that lets so many seconds pass at once, for timers and leases."""
    monkeypatch.setattr(lease, "monotonic", asyncio.get_running_loop().time)
    return later


AWAY = StoreUnavailableError("it can't be reached")
TERM = SPAN / SECOND


async def test_a_lease_is_asked_for_again_and_again_and_runs_out_by_itself(
    leasing: Leasing, pass_by: Callable[[float], None]
) -> None:
    held = Lease(leasing, "s", lambda: b"note")
    leasing.gives = False
    keeping = asyncio.create_task(held.keep())
    await leasing.wait_for(1)
    assert not held.held
    leasing.gives = True
    for calls in (2, 3):
        pass_by(EVERY)
        await leasing.wait_for(calls)
        await asyncio.sleep(0)
        assert held.held
    leasing.gives = AWAY
    pass_by(EVERY)
    await leasing.wait_for(4)
    assert held.held, "nobody else has it for as long as it was given"
    pass_by(TERM - EVERY)
    assert not held.held
    assert not await held.take()
    leasing.gives = True
    assert await held.take(), "who could not ask for a while goes on asking"
    assert set(leasing.calls) == {("s", SPAN, b"note")}
    assert not keeping.done()
    keeping.cancel()


async def test_a_lease_is_counted_from_before_it_was_asked_for(
    leasing: Leasing, pass_by: Callable[[float], None]
) -> None:
    held = Lease(leasing, "s")
    leasing.lasts = TERM
    asking = asyncio.create_task(held.ask())
    await asyncio.sleep(0)
    pass_by(TERM)
    assert not await asking


async def test_who_lets_go_has_it_no_more_whatever_the_store_says(leasing: Leasing) -> None:
    held = Lease(leasing, "s")
    for gives in (True, AWAY):
        leasing.gives = True
        assert await held.take()
        leasing.gives = gives
        await held.release()
        assert (held.held, leasing.calls[-1]) == (False, ("s",))


async def test_what_takes_longer_than_a_lease_has_it_all_the_time_and_lets_go_at_the_end(
    leasing: Leasing, pass_by: Callable[[float], None]
) -> None:
    held = Lease(leasing, "s")
    await held.take()
    async with held.through():
        await asyncio.sleep(0)  # who renews it begins
        for calls in range(2, 6):
            pass_by(TERM / 2)
            await leasing.wait_for(calls)
            await asyncio.sleep(0)
            assert held.held
        await asyncio.sleep(0.01)
        assert len(leasing.calls) == 5, "asked now and then only"
    assert (held.held, leasing.calls[-1]) == (False, ("s",))


async def test_what_takes_long_is_broken_off_once_the_lease_may_be_another_s(
    leasing: Leasing, pass_by: Callable[[float], None]
) -> None:
    held = Lease(leasing, "s")
    await held.take()
    leasing.gives = AWAY

    async def never_ends() -> None:
        async with held.through():
            await asyncio.sleep(0)
            pass_by(TERM)
            await asyncio.Event().wait()

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(LeaseLostError, match="of s was lost"):
            await never_ends()


async def test_what_runs_into_a_limit_of_its_own_under_a_lease_says_so(leasing: Leasing) -> None:
    held = Lease(leasing, "s")
    await held.take()
    with pytest.raises(TimeoutError):
        async with held.through():
            raise TimeoutError


async def test_nothing_renews_a_lease_after_it_was_let_go(
    leasing: Leasing, pass_by: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, began = Lease(leasing, "s"), asyncio.Event()
    await held.take()

    async def slow_to_stop(*_: object) -> bool:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            leasing.calls.append(("renewed",))
        return True

    monkeypatch.setattr(leasing, "lease", slow_to_stop)
    async with held.through():
        await asyncio.sleep(0)
        pass_by(EVERY)
        async with asyncio.timeout(PATIENCE):
            await began.wait()
    await asyncio.sleep(0.02)
    assert leasing.calls[-2:] == [("renewed",), ("s",)]
