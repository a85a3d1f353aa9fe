"""What a store must do that several gateways share, as tests to inherit beside `DurableStoreContract`.

It wants a fixture `another`, which opens one more store over the same data at each call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tactful_gateway.contracts.samples import letter
from tactful_gateway.contracts.transactions import error_of, write
from tactful_gateway.store.base import LeaseLostError, Store
from tactful_gateway.store.records import CountKey, Cursor, Measure, MeasureKey
from tactful_rules.model.ids import SECOND
from tactful_rules.model.person import PersonState

Another = Callable[[], Awaitable[Store]]


class SharedStoreContract:
    """The promises about two gateways at once, one test each."""

    async def test_what_one_gateway_committed_the_other_sees_at_once(self, another: Another) -> None:
        """Nothing is kept in a process that another may change."""
        one, two = await another(), await another()
        assert one.shared
        await write(one, persons={"p": PersonState(asks=1)})
        assert (await two.person("p")).asks == 1

    async def test_what_gateways_measure_and_count_is_read_as_one(self, another: Another) -> None:
        """Wherever each of them keeps its own part."""
        key, hour = MeasureKey(7, "payment", "paused", "order.amount"), CountKey(7, "payment", "r", "paused", "gateway")
        stores = [await another() for _ in range(4)]
        for store, value in zip(stores, (4.0, 9.0, -2.0, 3.0), strict=True):
            measured = Measure(1, value, value**2, value, value)
            await write(store, measures={key: measured}, counts={hour: 2})
        for store in stores:
            assert dict(await store.measures()) == {key: Measure(4, 14.0, 110.0, -2.0, 9.0)}
            assert dict(await store.counts()) == {hour: 8}

    async def test_a_lease_is_one_gateway_s_until_it_is_released(self, another: Another) -> None:
        """Who has it may renew it; each name is a lease of its own."""
        one, two = await another(), await another()
        assert await one.lease("a", 60 * SECOND)
        assert await one.lease("a", 60 * SECOND)
        assert not await two.lease("a", 60 * SECOND)
        assert await two.lease("b", 60 * SECOND)
        await two.release("a")
        assert not await two.lease("a", 60 * SECOND)
        await one.release("a")
        assert await two.lease("a", 60 * SECOND)

    async def test_of_many_that_want_a_lease_at_once_one_gets_it(self, another: Another) -> None:
        """Also where it was never had before."""
        stores = [await another() for _ in range(4)]
        for name in ("a", "b", "c"):
            got = await asyncio.gather(*(store.lease(name, 60 * SECOND) for store in stores))
            assert sum(got) == 1

    async def test_a_lease_that_nobody_renews_goes_to_another(self, another: Another) -> None:
        """Its holder may be dead."""
        one, two = await another(), await another()
        assert await one.lease("a", 300)
        assert not await two.lease("a", 300)
        await asyncio.sleep(0.4)
        assert await two.lease("a", 60 * SECOND)
        assert not await one.lease("a", 60 * SECOND)

    async def test_a_lease_s_note_is_read_by_all_until_it_is_released(self, another: Another) -> None:
        """The last one counts; who does not get the lease leaves none."""
        one, two = await another(), await another()
        assert await one.lease("a", 60 * SECOND, b"\x00 first")
        assert await one.lease("a", 60 * SECOND, b"\x00 second")
        assert not await two.lease("a", 60 * SECOND, b"mine")
        assert await two.lease("b", 60 * SECOND)
        assert dict(await two.notes()) == {"a": b"\x00 second"}
        await one.release("a")
        assert dict(await two.notes()) == {}

    async def test_an_order_given_to_one_gateway_is_found_by_the_other(self, another: Another) -> None:
        """Whoever has the lease follows it, and then it is gone everywhere."""
        one, two = await another(), await another()
        number = await one.give_order("sink/a")
        assert [order.number for order in await two.orders("sink/a")] == [number]
        await two.save_cursor("sink/a", Cursor(seq=1, order=number))
        assert list(await one.orders("sink/a")) == []

    async def test_a_cursor_is_not_written_over_that_another_gateway_moves(self, another: Another) -> None:
        """One that was held up, and comes back, takes nothing back that was delivered in the meantime."""
        one, two = await another(), await another()
        assert await one.lease("sink/a", 300)
        await one.save_cursor("sink/a", Cursor(seq=1))
        await asyncio.sleep(0.4)
        assert await two.lease("sink/a", 60 * SECOND)
        await two.save_cursor("sink/a", Cursor(seq=9), [letter("sink/a", 9)])
        assert await error_of(one.save_cursor("sink/a", Cursor(seq=2), [letter("sink/a", 2)])) is LeaseLostError
        assert await one.cursor("sink/a") == Cursor(seq=9)
        assert list(await one.dead_letters("sink/a", 9)) == [letter("sink/a", 9)]
