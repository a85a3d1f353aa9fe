"""Brings the journal to one sink, in order, from a cursor of its own.

A delivery that fails holds up what comes after it in this sink, and nothing anywhere else. While it is retried it
goes alone, as a probe: a dead destination sees one small request at each step of the schedule, however much waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from time import monotonic

import msgspec
import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.circuit import Circuit
from tactful_gateway.consumers.feed import Feed, Page
from tactful_gateway.consumers.filtering import compile_filter
from tactful_gateway.consumers.handing import MEANWHILE, Handing, Outcome
from tactful_gateway.consumers.lease import EVERY, LETTING_GO, Lease
from tactful_gateway.consumers.letters import Letters
from tactful_gateway.consumers.progress import STORE_RETRY, Progress, event_id
from tactful_gateway.consumers.status import SinkState, SinkStatus
from tactful_gateway.logs import Seldom, place_of_error
from tactful_gateway.retry import wait_after
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.store.base import LeaseLostError, Store, StoreUnavailableError
from tactful_gateway.store.records import JournalRow
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import SECOND, Instant, Span

log = structlog.get_logger()

POLL: Span = 5 * SECOND
"""How often the journal is looked at unasked: what another process committed wakes nobody here."""
LINGER = 0.02
"""Seconds between two rounds, so that a busy gateway's sinks get batches and leave the disk to the commits."""
TURN = 1.0
"""Seconds of real time that events, or letters, go on before the others, and what was ordered, have their turn."""
ORDERS_EVERY = 1.0
"""Seconds between two looks for orders that were given to another gateway."""


def consumer_of(sink: str) -> str:
    """Give the name under which a sink's cursor and dead letters are kept."""
    return f"sink/{sink}"


class SinkRunner:
    """Delivers to one sink until stopped; `run` is its only task."""

    def __init__(
        self,
        config: SinkConfig,
        sink: Sink,
        store: Store,
        clock: Clock,
        rng: Callable[[], float],
        circuit: Circuit,
    ) -> None:
        self.config = config
        self._store = store
        self._clock = clock
        self._rng = rng
        self._name = consumer_of(config.id)
        self._lease = Lease(store, self._name, self._note)
        self._circuit = circuit
        self._handing = Handing(config.id, sink, circuit, clock, self._count)
        self._progress = Progress(store, clock, self._name, compile_filter(config))
        self._letters = Letters(store, self._progress, self._handing, clock, rng)
        self._seen = (0, 0)
        """How many events waited when a delivery failed last, and how often the destination had come back then."""
        self._heeding = True
        self._heeded = self._counted = 0.0
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_time = Seldom()

    def wake(self) -> None:
        """Say that the journal may have grown."""
        self._woken.set()

    def heed(self) -> None:
        """Say that an order was given."""
        self._heeding = True
        self._woken.set()

    def stop(self) -> None:
        """Ask the run to end after the delivery under way."""
        self._stopping = self._progress.stopping = True
        self._woken.set()

    def status(self) -> SinkStatus:
        """Tell how the sink is doing."""
        progress, cursor = self._progress, self._progress.cursor
        waiting, asked = (progress.feed.pending if progress.feed else 0), progress.letters.waiting
        state: SinkState = "stopped" if cursor.stopped else "retrying" if cursor.attempts else "running"
        if not self._lease.held or progress.feed is None:
            state = "standby"
        return SinkStatus(
            id=self.config.id,
            kind=self.config.kind,
            state=state,
            seq=cursor.seq,
            accepted=(cursor.accepted or 0) + waiting,
            delivered=cursor.delivered,
            pending=waiting + asked,
            dead=progress.letters.dead,
            filtered=cursor.filtered,
            erased=cursor.erased,
            asked=asked,
            uncounted=progress.feed.uncounted if progress.feed else 0,
            oldest=progress.feed.oldest if progress.feed else None,
            attempts=cursor.attempts,
            retry_at=cursor.retry_at or (progress.letters.due if asked else None),
            error=self._error(),
            circuit=self._circuit.state,
            order=cursor.order,
        )

    def _error(self) -> str:
        """Say what is wrong; what failed last is over once the sink lacks nothing because of it."""
        progress, cursor = self._progress, self._progress.cursor
        lacks = cursor.attempts or progress.letters.dead or progress.letters.waiting
        return cursor.stopped or (cursor.error if lacks else "") or progress.trouble or self._handing.trouble

    async def run(self) -> None:
        """Deliver until stopped, whenever it is this gateway's turn; nothing that goes wrong ends it."""
        keeping = asyncio.create_task(self._lease.keep())
        try:
            while not self._stopping:
                self._woken.clear()
                try:
                    if await self._is_our_turn():
                        await self._round(self._progress.feed or await self._begin())
                except LeaseLostError:
                    await self._give_way()
                except StoreUnavailableError as error:
                    if self._is_time():
                        log.warning("sink_waits_for_store", sink=self.config.id, error=str(error))
                    await self._rest(STORE_RETRY)
                except Exception as error:  # noqa: BLE001 - said and survived: a sink must outlive any mistake
                    self._tell(error)
                    await self._rest(POLL)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await self._leave()

    async def take_up(self) -> None:
        """Take up the cursor where it was left; a new sink starts at the journal's head, unless it says otherwise.

        Does nothing while another gateway delivers to the sink.

        `run` does it too: what it took up before may be old by then. But what is committed until then would lie before
        a new sink's "now", were it the first to do so.

        Raises:
            StoreUnavailableError: nothing was taken up.
        """
        if await self._lease.take():
            await self._progress.take_up(self._start)

    async def _start(self) -> int:
        return 0 if self.config.from_ == "beginning" else await self._store.head()

    async def _is_our_turn(self) -> bool:
        """Tell whether this gateway delivers; where it does not, wait a moment."""
        if self._lease.held or await self._lease.take():
            return True
        await self._give_way()
        await self._rest(int(EVERY * SECOND))
        return False

    async def _give_way(self) -> None:
        """Let another gateway deliver: what is known here of the cursor does not hold any more."""
        if self._progress.forget():
            log.warning("sink_lease_lost", sink=self.config.id)
        await self._handing.close()

    def _goes_on(self) -> bool:
        return not self._stopping and self._lease.held

    async def _begin(self) -> Feed:
        progress = self._progress
        await self.take_up()
        feed = await progress.begin()
        self._circuit.remember(progress.cursor.attempts)
        self._seen = feed.pending, self._circuit.closings
        self._heeding = True
        await self._handing.open()
        return feed

    async def _round(self, feed: Feed) -> None:
        """Follow what was ordered, then give the events and the letters a turn each; wait where both have to."""
        await self._follow_orders()
        feed = self._progress.feed or feed
        await self._look(feed)
        if feed.erasing:
            feed.erasing = False
            await self._progress.count_letters()
        if self._progress.cursor.stopped:
            return await self._rest(POLL)
        wait = await self._try_letters()
        if not self._progress.cursor.stopped:  # a letter may just have been told that nothing more is wanted
            wait = min(wait, await self._events(feed))
        return await self._rest(wait) if wait else None

    async def _look(self, feed: Feed) -> None:
        await feed.look()
        self._counted = monotonic()

    async def _count(self) -> None:
        """Count what came in while the destination takes its time: its numbers would stand still otherwise."""
        feed = self._progress.feed
        if feed is not None and monotonic() - self._counted >= MEANWHILE:
            with contextlib.suppress(StoreUnavailableError):  # late numbers break off no delivery
                await self._look(feed)

    async def _try_letters(self) -> Span:
        """Try what letters are due, for a turn; gives how long there is nothing to do."""
        until = monotonic() + TURN
        while not (wait := await self._letters.turn()) and self._has_time(until):
            pass
        return wait

    def _has_time(self, until: float) -> bool:
        return monotonic() < until and self._goes_on() and not self._progress.cursor.stopped

    async def _follow_orders(self) -> None:
        looked = monotonic() - self._heeded < ORDERS_EVERY
        if not self._heeding and (looked or not self._store.shared):
            return
        self._heeding, self._heeded = False, monotonic()
        orders = await self._store.orders(self._name)
        if orders:
            await self._progress.follow(orders)
            self._circuit.let_through()
            log.info("sink_follows_order", sink=self.config.id, order=orders[-1].number)

    async def _events(self, feed: Feed) -> Span:
        """Deliver a page of the journal if it may go now; gives how long there is nothing to do."""
        now, due = self._clock.now(), self._due(feed)
        if due > now:
            return due - now
        page = await feed.read(self._progress.cursor.seq)
        self._progress.skip(page)
        if not (await self._deliver_all(feed, page) and self._goes_on()):
            return 0
        await self._progress.pass_over(page)
        if page.last < feed.counted:
            return 0
        if page.rows:
            await asyncio.sleep(LINGER)
        return POLL

    def _due(self, feed: Feed) -> Instant:
        """Give when the next delivery may go: by the schedule, or earlier as the probe of an open circuit.

        A probe needs an event that is newer than the last failure: by the schedule its first try would be now, and all
        that keeps it back is the order, and the circuit.
        """
        cursor, circuit = self._progress.cursor, self._circuit
        if not cursor.attempts:
            return circuit.until or 0
        waited, closings = self._seen
        if circuit.closings != closings:
            return 0  # it answers again, as another delivery found
        scheduled = max(cursor.retry_at or 0, circuit.calm)
        if circuit.until is not None and feed.pending > waited:
            return min(scheduled, circuit.until)
        return scheduled

    async def _deliver_all(self, feed: Feed, page: Page) -> bool:
        """Deliver rows in chunks; False when the rest has to wait, because one failed or the turn is over."""
        start, rows, until = 0, page.rows, monotonic() + TURN
        while start < len(rows) and self._goes_on():
            if start and monotonic() >= until:
                return False
            size = 1 if self._progress.cursor.attempts else self._handing.batch
            chunk = rows[start : start + size]
            feed.oldest = chunk[0].at
            await self._count()
            if not await self._deliver(page, chunk):
                return False
            start += len(chunk)
        return True

    async def _deliver(self, page: Page, chunk: Sequence[JournalRow]) -> bool:
        """Deliver one chunk and write down what came of it; False when it has to wait."""
        began = self._clock.now()
        outcome = await self._handing.hand([_delivery(row) for row in chunk])
        if outcome.result == "arrived":
            await self._progress.arrived(page, chunk)
            return True
        if outcome.result == "gone":
            log.error("sink_stopped", sink=self.config.id)
            await self._progress.halt(outcome.error)
            return False
        if outcome.result == "failed":
            return await self._failed(page, chunk[0], outcome, began)
        if len(chunk) == 1:
            return await self._bury(page, chunk[0], outcome)
        for row in chunk:  # only the refused ones are to blame
            if not await self._deliver(page, [row]):
                return False
        return True

    async def _failed(self, page: Page, row: JournalRow, outcome: Outcome, began: Instant) -> bool:
        cursor, feed = self._progress.cursor, self._progress.feed
        self._seen = feed.pending if feed else 0, self._circuit.closings
        if cursor.attempts and (cursor.retry_at or 0) > began:
            log.warning("sink_still_fails", sink=self.config.id, error=outcome.error)
            return False  # a probe is none of the event's tries: the schedule goes on as it was
        attempts = cursor.attempts + 1
        wait = wait_after(attempts, self._rng(), outcome.wish)
        if wait is None:
            return await self._bury(page, row, outcome)
        log.warning(
            "delivery_failed",
            sink=self.config.id,
            attempt=attempts,
            wait_ms=wait,
            error=outcome.error,
        )
        await self._progress.put_off(attempts, self._clock.now() + wait, outcome.error)
        return False

    async def _bury(self, page: Page, row: JournalRow, outcome: Outcome) -> bool:
        log.error("delivery_dead", sink=self.config.id, seq=row.seq)
        await self._progress.bury(page, row, outcome)
        return True

    async def _rest(self, span: Span) -> None:
        """Wait until woken, at most `span` of the clock's time."""
        waits = {asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(self._clock.sleep(span))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _leave(self) -> None:
        with contextlib.suppress(StoreUnavailableError, LeaseLostError, TimeoutError):
            async with asyncio.timeout(LETTING_GO):
                await self._progress.save_the_rest()
        await self._handing.close()
        await self._lease.release()

    def _tell(self, error: Exception) -> None:
        log.error("sink_consumer_failed", sink=self.config.id, trace=place_of_error(error))

    def _note(self) -> bytes:
        status = self.status()
        return b"" if status.state == "standby" else msgspec.json.encode(status)


def _delivery(row: JournalRow) -> Delivery:
    return Delivery(row.seq, event_id(row.body), row.type, row.subject, row.at, row.body)
