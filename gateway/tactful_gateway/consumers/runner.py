"""Brings the journal to one sink, in order, from a cursor of its own.

A delivery that fails holds up what comes after it in this sink, and nothing anywhere else. While it is retried it
goes alone, as a probe: a dead destination sees one small request at each step of the schedule, however much waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.feed import Feed
from tactful_gateway.consumers.filtering import compile_filter
from tactful_gateway.consumers.lease import EVERY, Lease
from tactful_gateway.consumers.status import SinkState, SinkStatus
from tactful_gateway.logs import place_of_error
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.retry import wait_after
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.store.base import LeaseLostError, Store, StoreUnavailableError
from tactful_gateway.store.records import Cursor, DeadLetter, JournalRow
from tactful_rules.model.folder import SinkConfig
from tactful_rules.model.ids import SECOND, Span

log = structlog.get_logger()

POLL: Span = 5 * SECOND
"""How often the journal is looked at unasked: what another process committed wakes nobody here."""
STORE_RETRY: Span = SECOND
LINGER = 0.02
"""Seconds between two rounds, so that a busy gateway's sinks get batches and leave the disk to the commits."""
SAVE_EVERY = 1000
"""Rows passed over before the cursor is written although nothing was delivered."""


def consumer_of(sink: str) -> str:
    """Give the name under which a sink's cursor and dead letters are kept."""
    return f"sink/{sink}"


class SinkRunner:
    """Delivers to one sink until stopped; `run` is its only task."""

    def __init__(self, config: SinkConfig, sink: Sink, store: Store, clock: Clock, rng: Callable[[], float]) -> None:
        self.config = config
        self._sink = sink
        self._store = store
        self._clock = clock
        self._rng = rng
        self._name = consumer_of(config.id)
        self._lease = Lease(store, self._name)
        self._wants = compile_filter(config)
        self._cursor = Cursor(seq=0)
        self._saved = self._cursor
        self._feed: Feed | None = None
        self._open = False
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that the journal may have grown."""
        self._woken.set()

    def stop(self) -> None:
        """Ask the run to end after the delivery under way."""
        self._stopping = True
        self._woken.set()

    def resume(self) -> None:
        """Start a stopped or waiting sink again, at once."""
        self._cursor = msgspec.structs.replace(self._cursor, stopped="", retry_at=None)
        self._woken.set()

    def status(self) -> SinkStatus:
        """Tell how the sink is doing."""
        cursor = self._cursor
        state: SinkState = "stopped" if cursor.stopped else "retrying" if cursor.attempts else "running"
        if not self._lease.held:
            state = "standby"
        return SinkStatus(
            id=self.config.id,
            kind=self.config.kind,
            state=state,
            seq=cursor.seq,
            delivered=cursor.delivered,
            pending=self._feed.pending if self._feed else 0,
            dead=cursor.dead,
            erased=cursor.erased,
            attempts=cursor.attempts,
            retry_at=cursor.retry_at,
            error=cursor.stopped or cursor.error,
        )

    async def run(self) -> None:
        """Deliver until stopped, whenever it is this gateway's turn; nothing that goes wrong ends it."""
        keeping = asyncio.create_task(self._lease.keep())
        try:
            while not self._stopping:
                self._woken.clear()
                try:
                    if await self._is_our_turn():
                        await self._round(self._feed or await self._begin())
                except LeaseLostError:
                    await self._give_way()
                except StoreUnavailableError as error:
                    log.warning("A sink waits for the store.", sink=self.config.id, error=str(error))
                    await self._rest(STORE_RETRY)
                except Exception as error:  # noqa: BLE001 - said and survived: a sink must outlive any mistake
                    self._tell("A sink's consumer failed; it goes on.", error)
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
        if not await self._lease.take():
            return
        cursor = await self._store.cursor(self._name)
        if cursor is None:
            cursor = Cursor(seq=0 if self.config.from_ == "beginning" else await self._store.head())
            await self._store.save_cursor(self._name, cursor)
        self._saved = cursor
        # Starting the gateway starts a stopped sink again: one attempt tells whether the destination is back.
        self._cursor = msgspec.structs.replace(cursor, stopped="")

    async def _is_our_turn(self) -> bool:
        """Tell whether this gateway delivers; where it does not, wait a moment."""
        if self._lease.held or await self._lease.take():
            return True
        await self._give_way()
        await self._rest(int(EVERY * SECOND))
        return False

    async def _give_way(self) -> None:
        """Let another gateway deliver: what is known here of the cursor does not hold any more."""
        if self._feed is not None:
            log.warning("Another gateway delivers to a sink now.", sink=self.config.id)
        self._feed = None
        self._cursor = self._saved
        await self._close()

    def _goes_on(self) -> bool:
        return not self._stopping and self._lease.held

    async def _begin(self) -> Feed:
        await self.take_up()
        feed = Feed(self._store, self._wants, self._cursor.seq)
        await feed.look()
        self._feed = feed
        try:
            await self._ensure_open()
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything; delivering tries again
            self._cursor = msgspec.structs.replace(self._cursor, error=_explain(error))
            log.warning("A sink can't be opened yet.", sink=self.config.id, error=_explain(error))
        return feed

    async def _round(self, feed: Feed) -> None:
        await feed.look()
        if self._cursor.stopped:
            return await self._rest(POLL)
        due = self._cursor.retry_at
        if due is not None and due > self._clock.now():
            return await self._rest(due - self._clock.now())
        rows, last, erased = await feed.read(self._cursor.seq)
        if erased:
            self._cursor = msgspec.structs.replace(self._cursor, erased=self._cursor.erased + erased)
        delivered = await self._deliver_all(feed, rows)
        if delivered and self._goes_on():
            await self._pass_over(last)
            if last < feed.counted:
                return None
            if rows:
                await asyncio.sleep(LINGER)
            return await self._rest(POLL)
        return None

    async def _deliver_all(self, feed: Feed, rows: Sequence[JournalRow]) -> bool:
        """Deliver rows in chunks; False when one failed and the rest has to wait."""
        start = 0
        while start < len(rows) and self._goes_on():
            size = 1 if self._cursor.attempts else self._sink.batch
            chunk = rows[start : start + size]
            if not await self._deliver(feed, chunk):
                return False
            start += len(chunk)
        return True

    async def _deliver(self, feed: Feed, chunk: Sequence[JournalRow]) -> bool:
        """Deliver one chunk and write down what came of it; False when it has to wait."""
        try:
            await self._ensure_open()
            await self._sink.deliver([_delivery(row) for row in chunk], self._clock.now())
        except PermanentError as error:
            if len(chunk) == 1:
                return await self._bury(feed, chunk[0], f"{error}: {error.answer}" if error.answer else str(error))
            for row in chunk:
                if not await self._deliver(feed, [row]):
                    return False
            return True
        except GoneError as error:
            return await self._halt(str(error))
        except TransientError as error:
            return await self._failed(feed, chunk[0], str(error), error.retry_after)
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            self._tell("A sink failed unexpectedly; it is tried again.", error)
            return await self._failed(feed, chunk[0], _explain(error), None)
        feed.passed(len(chunk))
        await self._save(self._beyond(chunk[-1], delivered=self._cursor.delivered + len(chunk)))
        return True

    async def _failed(self, feed: Feed, row: JournalRow, error: str, wish: Span | None) -> bool:
        attempts = self._cursor.attempts + 1
        wait = wait_after(attempts, self._rng(), wish)
        if wait is None:
            return await self._bury(feed, row, error)
        log.warning(
            "A delivery failed; it is tried again.", sink=self.config.id, attempt=attempts, wait_ms=wait, error=error
        )
        retry_at = self._clock.now() + wait
        await self._save(msgspec.structs.replace(self._cursor, attempts=attempts, retry_at=retry_at, error=error))
        return False

    async def _bury(self, feed: Feed, row: JournalRow, error: str) -> bool:
        """Put a row into the dead letters and go on behind it."""
        log.error("A delivery went to the dead letters.", sink=self.config.id, seq=row.seq)
        letter = DeadLetter(
            consumer=self._name,
            seq=row.seq,
            event_id=_event_id(row),
            at=self._clock.now(),
            attempts=self._cursor.attempts + 1,
            error=error,
            body=row.body,
            subject=row.subject,
        )
        feed.passed(1)
        await self._save(self._beyond(row, dead=self._cursor.dead + 1, error=error), [letter])
        return True

    def _beyond(self, row: JournalRow, **changed: Any) -> Cursor:
        """Give the cursor behind a row that was dealt with."""
        begun = {"seq": row.seq, "attempts": 0, "retry_at": None, "error": ""}
        return msgspec.structs.replace(self._cursor, **begun | changed)

    async def _halt(self, why: str) -> bool:
        log.error("A sink stopped: its destination wants nothing more.", sink=self.config.id)
        await self._save(msgspec.structs.replace(self._cursor, attempts=0, retry_at=None, stopped=why))
        return False

    async def _pass_over(self, last: int) -> None:
        """Move behind rows that the sink does not want; written now and then only, for it costs a commit."""
        if last > self._cursor.seq:
            # What was tried again may have been erased since: then nothing is.
            self._cursor = msgspec.structs.replace(self._cursor, seq=last, attempts=0, retry_at=None)
        if self._cursor.seq - self._saved.seq >= SAVE_EVERY:
            await self._save(self._cursor)

    async def _save(self, cursor: Cursor, dead: Sequence[DeadLetter] = ()) -> None:
        """Write the cursor, waiting for the store as long as it takes: what arrived must not be sent again."""
        self._cursor = cursor
        while True:
            try:
                await self._store.save_cursor(self._name, cursor, dead)
            except StoreUnavailableError as error:
                if self._stopping:
                    raise
                log.warning("A sink's cursor can't be saved yet.", sink=self.config.id, error=str(error))
                await self._clock.sleep(STORE_RETRY)
            else:
                self._saved = cursor
                return

    async def _ensure_open(self) -> None:
        if not self._open:
            await self._sink.open()
            self._open = True

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
        if self._cursor != self._saved and self._feed is not None:
            with contextlib.suppress(StoreUnavailableError, LeaseLostError):
                await self._store.save_cursor(self._name, self._cursor)
        await self._close()
        await self._lease.release()

    async def _close(self) -> None:
        self._open = False
        try:
            await self._sink.close()
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            self._tell("A sink could not be closed.", error)

    def _tell(self, what: str, error: Exception) -> None:
        log.error(what, sink=self.config.id, trace=place_of_error(error))


def _delivery(row: JournalRow) -> Delivery:
    return Delivery(row.seq, _event_id(row), row.type, row.subject, row.at, row.body)


class _Id(msgspec.Struct):
    id: str


_decode_id = msgspec.json.Decoder(_Id).decode


def _event_id(row: JournalRow) -> str:
    return _decode_id(row.body).id


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, (TransientError, GoneError)) else f"unexpected {type(error).__name__}"
