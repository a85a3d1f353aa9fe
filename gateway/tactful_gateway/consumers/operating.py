"""What an operator may ask of sinks, at any gateway: orders go into the store, and whoever delivers follows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.group import ENDING, Consumers
from tactful_gateway.consumers.lease import Lease
from tactful_gateway.consumers.runner import consumer_of
from tactful_gateway.consumers.status import SinkStatus
from tactful_gateway.store.base import LeaseLostError, Store
from tactful_gateway.store.records import DeadLetter
from tactful_rules.model.ids import Instant

_LETTERS = 500
"""Letters looked through at once for chosen ids."""


class UnknownSinkError(Exception):
    """There is no such sink."""


class SinkInUseError(Exception):
    """A gateway delivers to this sink; the message says which."""


class NotYetError(Exception):
    """Nothing has happened from there on; the message says how far the journal has come."""


class Replay(Struct, frozen=True):
    """What is delivered again: from one sequence to another, by this order."""

    order: int
    first: int
    last: int


class Retry(Struct, frozen=True):
    """How many dead letters are tried again by this order, which of the ids are none, and how far the journal is."""

    order: int
    letters: int
    unknown: Sequence[str]
    last: int


class Operator:
    """Tells how sinks are doing, and gives them orders."""

    def __init__(self, store: Store, consumers: Consumers, clock: Clock) -> None:
        self._store = store
        self._consumers = consumers
        self._clock = clock

    async def status(self) -> Sequence[SinkStatus]:
        """Tell how each sink is doing, whichever gateway delivers to it."""
        return await self._consumers.status_anywhere()

    def here(self) -> Sequence[SinkStatus]:
        """Tell how each sink is doing, as far as this gateway delivers to it."""
        return self._consumers.status()

    async def letters(self, sink: str, limit: int, after: int) -> Sequence[DeadLetter]:
        """Give a sink's oldest letters above a sequence.

        Raises:
            UnknownSinkError: there is no such sink.
        """
        self._check(sink)
        return await self._store.dead_letters(consumer_of(sink), limit, after)

    async def replay(self, sink: str, first: int) -> Replay:
        """Have all events from a sequence on delivered again; what the sink does not have yet comes anyway.

        Raises:
            UnknownSinkError: there is no such sink.
            NotYetError: the sequence is in the future.
        """
        self._check(sink)
        head = await self._store.head()
        if first > head:
            raise NotYetError(f"The journal has come to {head}.")
        number = await self._store.give_order(consumer_of(sink), max(0, first - 1))
        self._consumers.heed(sink)
        return Replay(number, first, head)

    async def find(self, at: Instant) -> int:
        """Find the first sequence of an instant or later.

        Sequences rise with time as far as the gateways' clocks go together.

        Raises:
            NotYetError: nothing has happened since.
        """
        low, high = 0, await self._store.head() + 1
        if at > self._clock.now():
            raise NotYetError("It is not that late yet.")
        while low < high:
            middle = (low + high) // 2
            row = next(iter(await self._store.journal(middle, 1)), None)
            if row is not None and row.at < at:
                low = row.seq
            else:
                high = middle
        return low + 1

    async def retry(self, sink: str, ids: Collection[str] | None) -> Retry:
        """Have dead letters (all where None) tried again, and with them what waits for its next try.

        Raises:
            UnknownSinkError: there is no such sink.
        """
        self._check(sink)
        consumer, now = consumer_of(sink), self._clock.now()
        chosen = None if ids is None else await self._choose(consumer, set(ids))
        letters = await self._store.retry_letters(consumer, now, None if chosen is None else list(chosen.values()))
        number = await self._store.give_order(consumer)
        self._consumers.heed(sink)
        unknown = [] if chosen is None else [one for one in dict.fromkeys(ids or ()) if one not in chosen]
        return Retry(number, letters, unknown, await self._store.head())

    async def forget(self, sink: str) -> int:
        """Forget a sink that is in no survey folder any more, and give how many dead letters went with it.

        Raises:
            UnknownSinkError: there never was such a sink.
            SinkInUseError: it is one of this gateway's, or of another one, or it was and does not end.
        """
        consumer = consumer_of(sink)
        if sink in self._consumers:
            raise SinkInUseError("This gateway's survey folder has it.")
        async with self._turn(sink):  # who has just left it may still write how far it came
            lease = Lease(self._store, consumer)
            if not await lease.ask():
                raise SinkInUseError("Another gateway delivers to it.")
            try:
                async with lease.through():  # there may be more letters than one lease lasts
                    letters = await self._store.personal.forget_consumer(consumer)
            except LeaseLostError:
                raise SinkInUseError("Another gateway delivers to it by now; a part of its letters is gone.") from None
        if letters is None:
            raise UnknownSinkError
        return letters

    @asynccontextmanager
    async def _turn(self, sink: str) -> AsyncIterator[None]:
        turn = self._consumers.turn(sink)
        try:
            async with asyncio.timeout(ENDING):
                await turn.acquire()
        except TimeoutError:
            told = (
                "This gateway delivered to it, and that delivery does not end: try again later, or restart the gateway."
            )
            raise SinkInUseError(told) from None
        try:
            yield
        finally:
            turn.release()

    async def _choose(self, consumer: str, ids: Collection[str]) -> dict[str, int]:
        """Find the sequences of letters by their events' ids."""
        found: dict[str, int] = {}
        after = 0
        while len(found) < len(ids):
            page = await self._store.dead_letters(consumer, _LETTERS, after)
            found.update((letter.event_id, letter.seq) for letter in page if letter.event_id in ids)
            if len(page) < _LETTERS:
                break
            after = page[-1].seq
        return found

    def _check(self, sink: str) -> None:
        if sink not in self._consumers:
            raise UnknownSinkError
