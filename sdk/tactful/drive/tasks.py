"""Drives the core with tasks of the running event loop; another loop gets another driver."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - else `asyncio.to_thread` imports it, and waits for httpx to be found
import logging
import os
import time
from contextvars import Context
from typing import Any

from tactful.context import CARRIED
from tactful.core.answers import no_answer
from tactful.core.engine import Core, Settled, Ticket
from tactful.core.errands import Done, Errand
from tactful.drive import disk, lifecycle, loading, tracing
from tactful.errors import InvalidCallError
from tactful.transport import AsyncTransport, Request, Response, TransportError

RECOVERY = 1.0
"""Seconds of rest after the background failed in a way nobody thought of."""


class TaskDriver:
    """One event loop's background task and connections around a core."""

    def __init__(self, core: Core, transport: AsyncTransport | None) -> None:
        self.core = core
        self._pid = os.getpid()
        lifecycle.end_with_process()
        self._loop = asyncio.get_running_loop()
        self._given = transport
        self._transport = transport
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._draining = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None
        self._background: asyncio.Task[None] | None = None

    def here(self) -> bool:
        """Tell whether this driver belongs to the running loop of this process."""
        return self._loop is asyncio.get_running_loop() and self._pid == os.getpid()

    def successor(self) -> TaskDriver:
        """Give the driver for this loop when the old one was another loop's; a fork starts with nothing to send."""
        core = self.core if self._pid == os.getpid() else self.core.successor()
        return TaskDriver(core, self._given)

    def start(self) -> None:
        """See to it that the background task runs."""
        if self._background is None:
            # In a context of its own: that of the request which comes first would live as long as the task.
            self._background = asyncio.create_task(self._run(), name="tactful-background", context=Context())
            self._opened()

    async def decide(self, arguments: dict[str, Any], deadline: float, *, background: bool) -> Settled:
        """Settle a call by `deadline`, whatever happens."""
        try:
            if not self.core.off:
                self.start()
            if not self.core.off:
                await self._fill(arguments, deadline)
            step = self.core.open(arguments, background=background)
            if isinstance(step, Ticket):
                return await self._ask(step, deadline)
            if background and not self.core.off:
                self.wake()
        except InvalidCallError as error:
            return self.core.invalid(arguments, error)
        except Exception as error:  # noqa: BLE001 - the app must not fail because we do
            return self.core.broken(arguments, error)
        return step

    async def _fill(self, arguments: dict[str, Any], deadline: float) -> None:
        """Put in what the request tells; a database may have to be asked who it is, within the call's own time."""
        request = CARRIED.get()
        if request is None:
            return
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0.0)):
                await request.fill_awaiting(arguments)
        except TimeoutError:
            if arguments["person"] is None:
                raise InvalidCallError("`person` of the request was not told in time") from None

    async def _ask(self, ticket: Ticket, deadline: float) -> Settled:
        """Send a call to the gateway and settle it by `deadline`."""
        opening = self._opened()
        starting = not opening.done()
        if starting:
            await asyncio.wait([opening], timeout=max(deadline - time.monotonic(), 0.0))
            if not opening.done():
                return self.core.give_up(ticket)
        with tracing.begin(self.core, ticket) as traced:
            return traced.settle(await self._reach(traced.ticket, deadline, starting=starting))

    async def _reach(self, ticket: Ticket, deadline: float, *, starting: bool) -> Settled:
        left = deadline - time.monotonic()
        outcome = await self._exchange(ticket.request, left)
        excuse = self.core.excuse(outcome, left, time.monotonic() - deadline, starting=starting)
        if excuse is not None:
            return self.core.give_up(ticket, excuse)
        settled = self.core.conclude(ticket, outcome)
        if settled.error is not None:  # the circuit may have opened: the background has to probe sooner than it thinks
            self._wake.set()
        return settled

    def wake(self) -> None:
        """Tell the background that there is something to do."""
        self.start()
        self._wake.set()

    async def wait_ready(self, seconds: float) -> bool:
        """Tell whether the gateway is there, as soon as it is or after that many seconds."""
        try:
            self.start()
            async with asyncio.timeout(self.core.parts.waiting(seconds)):
                while not self.core.parts.ready and not self.core.off:
                    self._news.clear()  # no await between looking and clearing: nothing is missed
                    await self._news.wait()
        except TimeoutError:
            pass
        except Exception as error:  # noqa: BLE001 - a timeout that is no number: the app must not fail at its start
            self.core.parts.complaints.once(logging.ERROR, ("wait",), "wait_ready() did not wait: %r", error)
        return self.core.parts.ready

    async def flush(self, seconds: float) -> bool:
        """Send what is queued and counted; tell whether all of it arrived within that many seconds."""
        try:
            async with asyncio.timeout(seconds), self._draining:
                while (errand := self.core.errands.next_of_drain()) is not None:
                    if not (await self._do(errand)).ok:
                        return False
        except TimeoutError:
            return False
        return True

    async def close(self, seconds: float) -> bool:
        """Flush, then let go of the task and the connections; tell whether everything arrived."""
        arrived = await self.rest(seconds)
        if self._given is not None:
            await self._given.close()
        return arrived

    async def rest(self, seconds: float) -> bool:
        """Flush, then let go of what belongs to this loop; a transport that the app gave stays open."""
        arrived = await self.flush(seconds)
        tasks = [task for task in (self._background, self._opening) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._disconnect()
        return arrived

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._step()
                except Exception:
                    logging.getLogger("tactful").exception("The SDK's background failed and goes on.")
                    await asyncio.sleep(RECOVERY)
        finally:  # cancelled, by `asyncio.run` where nobody closed: the loop is about to end, and can't close them then
            await self._disconnect()

    async def _disconnect(self) -> None:
        """Close this loop's own connections; whoever calls nevertheless opens new ones."""
        transport, self._transport, self._opening = self._transport, self._given, None
        if transport is not None and self._given is None:
            await transport.close()

    async def _step(self) -> None:
        self._wake.clear()  # before looking, or a wake-up in between would be lost
        async with self._draining:
            errand = self.core.errands.next()
            if isinstance(errand, Errand):
                await self._do(errand)
                return
        try:
            async with asyncio.timeout(errand):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _do(self, errand: Errand) -> Done:
        try:
            outcome = await self._exchange(errand.request, errand.timeout)
        except asyncio.CancelledError:
            self.core.errands.put_back(errand)
            raise
        if errand.kind == "ruleset":  # making ten thousand rules ready takes half a second, in which the loop goes on
            done = await asyncio.to_thread(self.core.errands.finish, errand, outcome)
        else:
            done = self.core.errands.finish(errand, outcome)
        self._news.set()
        if done.save is not None:
            await asyncio.to_thread(disk.keep, self.core.parts.options, self.core.parts.complaints, done.save)
        return done

    async def _exchange(self, request: Request, seconds: float) -> Response | Exception:
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._opened())
                if self._transport is None:
                    return TransportError("no connection can be opened")
                return await self._transport.send(request, max(seconds, 0.001))
        except TimeoutError:
            return no_answer(seconds)
        except Exception as error:  # noqa: BLE001 - a transport may raise anything; it becomes "unavailable"
            return error

    def _opened(self) -> asyncio.Task[None]:
        """Give the task that makes the transport; several calls may wait for it."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name="tactful-opening", context=Context())
        return self._opening

    async def _open(self) -> None:
        """Load httpx in a thread and make the transport, on the first connection of this loop."""
        if self._transport is not None:
            return
        url = self.core.parts.options.url
        try:
            self._transport = await asyncio.to_thread(
                loading.build, "tactful.drive.http_async", "AsyncHttpTransport", url
            )
        except Exception as error:  # noqa: BLE001 - e.g. a broken certificate store: said, not raised into the app
            self.core.parts.complaints.once(logging.ERROR, ("open",), "No connection can be opened: %r", error)
