"""What only one gateway may do at a time: a lease in the store, renewed while this one lives.

What surprises: it is counted from before the store was asked, by the machine's own clock, and runs out by itself. So a
gateway that can't reach the store stops before another may begin.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic

from tactful_gateway.store.base import LeaseLostError, Store, StoreUnavailableError
from tactful_rules.model.ids import SECOND, Span

SPAN: Span = 10 * SECOND
"""How long a lease lasts that nobody renews."""
LETTING_GO = 0.5
"""Seconds that a store which may hang is waited for, when there is little time left."""
EVERY = 2.0
"""Seconds between two tries to get or renew it: what a dead gateway did is taken over within 12 seconds."""


class Lease:
    """This gateway's hold on `name`, for as long as `keep` runs; `note` is what it tells the others each time."""

    def __init__(self, store: Store, name: str, note: Callable[[], bytes] = bytes) -> None:
        self._store = store
        self._name = name
        self._note = note
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Tell whether it is ours at this moment."""
        return monotonic() < self._until

    async def ask(self) -> bool:
        """Get or renew it; tells whether it is ours now.

        Raises:
            StoreUnavailableError: that can't be told; what we have runs out in its time.
        """
        asked = monotonic()
        taken = await self._store.lease(self._name, SPAN, self._note())
        self._until = asked + SPAN / SECOND if taken else 0.0
        return self.held

    async def take(self) -> bool:
        """Get or renew it, as far as the store can now; tells whether it is ours now."""
        with contextlib.suppress(StoreUnavailableError):
            await self.ask()
        return self.held

    async def keep(self) -> None:
        """Get it and renew it, for ever."""
        while True:
            await self.take()
            await asyncio.sleep(EVERY)

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """Renew what was taken for as long as the block takes, and release it then; break off where it is lost.

        Raises:
            LeaseLostError: another gateway has it now, or may have.
        """
        try:
            async with asyncio.timeout(self._left()) as limit:
                renewing = asyncio.create_task(self._renew(limit))
                try:
                    yield
                finally:
                    renewing.cancel()
                    await asyncio.gather(renewing, return_exceptions=True)  # none may come after the release
        except TimeoutError:
            if not limit.expired():
                raise
            raise LeaseLostError(f"the lease of {self._name} was lost") from None
        finally:
            await self.release()

    async def _renew(self, limit: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.take()
            limit.reschedule(asyncio.get_running_loop().time() + self._left())

    def _left(self) -> float:
        return self._until - monotonic()

    async def release(self) -> None:
        """Let another gateway have it at once."""
        self._until = 0.0
        with contextlib.suppress(StoreUnavailableError, TimeoutError):  # it runs out
            async with asyncio.timeout(LETTING_GO):
                await self._store.release(self._name)
