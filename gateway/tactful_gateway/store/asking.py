"""Asks one thing of the store at a time, however many want to know, and waits no longer than a probe would.

A store that hangs would otherwise gather a question from each probe and each scrape, and answer them all much later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE = 2.0
"""Seconds to wait for an answer; probes seldom wait longer."""


class Asking(Generic[T]):
    """One question, as a coroutine function, with its latest answer still under way."""

    def __init__(self, ask: Callable[[], Awaitable[T]], patience: float = PATIENCE) -> None:
        self._ask = ask
        self._patience = patience
        self._under_way: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        """Give the answer to a question asked now, or to the one that is still waiting for its own.

        Raises:
            TimeoutError: there is none yet.
        """
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._put())
        task = self._under_way
        await asyncio.wait({task}, timeout=self._patience)
        if not task.done():
            raise TimeoutError
        return task.result()

    async def _put(self) -> T:
        return await self._ask()
