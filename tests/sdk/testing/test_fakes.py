"""What a test sets holds from the next call on, whatever the fake's background is doing meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from tactful.testing import FakeAsyncTactful, asked


@pytest.mark.parametrize("turns", range(14))
async def test_a_decision_holds_though_a_look_for_the_rules_is_under_way(turns: int) -> None:
    for _ in range(10):
        async with FakeAsyncTactful({"payment": asked()}) as sdk:
            for _ in range(turns):  # each stops the background at another point of its first look
                await asyncio.sleep(0)
            sdk.decide("menu", asked())
            await asyncio.sleep(0.002)
            assert (await sdk.touchpoint("menu", "u-1")).reason == "asked"


async def test_a_decision_set_before_the_first_call_or_after_the_last_holds_and_harms_nothing() -> None:
    sdk = FakeAsyncTactful()
    sdk.decide("payment", "paused")
    assert (await sdk.touchpoint("payment", "u-1")).reason == "paused"
    await sdk.close()
    sdk.decide("payment", asked())
    assert (await sdk.touchpoint("payment", "u-1")).reason == "off"
    off = FakeAsyncTactful(enabled=False)
    off.decide("payment", asked())
    assert (await off.touchpoint("payment", "u-1")).reason == "off"


def test_a_decision_set_in_one_loop_holds_in_the_next() -> None:
    sdk = FakeAsyncTactful({"payment": asked()})

    async def call(touchpoint: str) -> str:
        return (await sdk.touchpoint(touchpoint, "u-1")).reason

    assert asyncio.run(call("payment")) == "asked"
    sdk.decide("menu", "paused")
    assert asyncio.run(call("menu")) == "paused"
