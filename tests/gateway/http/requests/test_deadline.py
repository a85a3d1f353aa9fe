"""The time limit that all bodies share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tactful_gateway.http.middleware.deadline import Deadline


async def test_each_wait_has_its_own_limit(later: Callable[[float], None]) -> None:
    deadline, comes = Deadline(200), asyncio.Event()
    slow = asyncio.create_task(deadline.wait(asyncio.Event().wait()))
    await asyncio.sleep(0)
    later(150)
    quick = asyncio.create_task(deadline.wait(comes.wait()))
    await asyncio.sleep(0)
    later(100)
    with pytest.raises(TimeoutError):
        await slow
    comes.set()
    assert await quick


async def test_a_wait_that_somebody_else_cancels_is_cancelled_and_not_late() -> None:
    deadline = Deadline(0.2)
    gone = asyncio.create_task(deadline.wait(asyncio.sleep(5)))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_what_the_work_raises_comes_through() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await Deadline(0.2).wait(fail())


def test_it_serves_one_event_loop_after_the_other() -> None:
    deadline = Deadline(0.1)

    async def overrun() -> None:
        with pytest.raises(TimeoutError):
            await deadline.wait(asyncio.sleep(5))

    asyncio.run(deadline.wait(asyncio.sleep(0)))
    asyncio.run(overrun())
    asyncio.run(overrun())


def test_a_wait_that_an_ended_loop_left_behind_troubles_nobody() -> None:
    deadline = Deadline(0.1)

    async def overrun() -> None:
        with pytest.raises(TimeoutError):
            await deadline.wait(asyncio.sleep(5))

    left = asyncio.new_event_loop()
    waiting = left.create_task(deadline.wait(left.create_future()))
    left.run_until_complete(asyncio.sleep(0))
    left.close()
    asyncio.run(overrun())
    del waiting


async def test_it_is_late_although_the_task_outlived_a_cancellation_before() -> None:
    async def stubborn() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(5)
        with pytest.raises(TimeoutError):
            await Deadline(0.1).wait(asyncio.sleep(5))

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    await task
