"""Drives the core with threads: one for the background, and a crew for the calls that somebody waits for."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from contextvars import copy_context
from typing import Any

from tactful.context import CARRIED
from tactful.core.engine import Core, Settled, Ticket
from tactful.core.errands import Done, Errand
from tactful.drive import disk, lifecycle, loading, tracing
from tactful.drive.bell import Bell, Latch
from tactful.drive.crew import Crew
from tactful.errors import InvalidCallError
from tactful.transport import Request, Response, Transport, TransportError

RECOVERY = 1.0
"""Seconds of rest after the background failed in a way nobody thought of."""
CLOSING = 0.5
"""Seconds that closing waits for the background at least: one that waits in a silent connection is left behind."""


def open_driver(transport: Transport | None, **options: Any) -> ThreadDriver:
    """Give a client's first driver, with the ruleset that an earlier process kept; `start` lets its background run."""
    return ThreadDriver(disk.open_core(**options), transport)


class _Flush:
    def __init__(self) -> None:
        self.done = Latch()
        self.ok = False


class ThreadDriver:
    """One process's threads and connections around a core; a forked child makes its own with `successor`."""

    def __init__(self, core: Core, transport: Transport | None) -> None:
        self.core = core
        self.refuse = core.local.refuse  # at hand, since every call of an app begins with it
        self.pid = os.getpid()
        lifecycle.end_with_process()
        self._given = transport
        self._transport = transport
        self._broken: Exception | None = None
        self._opened = Latch()
        self._starting = threading.Lock()
        self._wake = Bell()
        self._listeners: set[Bell] = set()
        self._flushes: deque[_Flush] = deque()
        self._stopping = False
        self.thread: threading.Thread | None = None
        self._crew = Crew()
        if transport is not None:
            self._opened.open()

    def successor(self) -> ThreadDriver:
        """Give the driver for a forked process; nothing of this one is locked, closed or waited for."""
        return ThreadDriver(self.core.successor(), self._given)

    def prepare(self) -> None:
        """Make ready for the first call, which somebody waits for: load httpx, connect and fetch the ruleset.

        A process that may fork unseen gets no thread for that before it calls: at the wrong moment of a thread, such a
        fork leaves a child in which no thread can ever start.
        """
        if loading.forks_unseen():
            self._open()
        else:
            self.start()

    def start(self) -> None:
        """See to it that the background thread lives."""
        if self._lives() or not self._starting.acquire(blocking=False):
            return  # whoever is about to start it is not waited for: that may be what a signal handler interrupted
        try:
            if not self._lives():
                thread = threading.Thread(target=self._run, name="tactful-background", daemon=True)
                thread.start()
                self.thread = thread
        except RuntimeError:  # the interpreter is shutting down; callers do without
            return
        finally:
            self._starting.release()

    def _lives(self) -> bool:
        """Tell whether nothing is to be started: the background runs, or is not to run any more."""
        return self._stopping or (self.thread is not None and self.thread.is_alive())

    def decide(self, arguments: dict[str, Any], deadline: float, *, background: bool) -> Settled:
        """Settle a call by `deadline`, whatever happens."""
        try:
            if self.thread is None and not self.core.off:
                self.start()
            if (request := CARRIED.get()) is not None and not self.core.off:
                request.fill(arguments)
            step = self.core.open(arguments, background=background)
            if isinstance(step, Ticket):
                return self._ask(step, deadline)
            if background and not self.core.off:
                self.wake()
        except InvalidCallError as error:
            return self.core.invalid(arguments, error)
        except Exception as error:  # noqa: BLE001 - the app must not fail because we do
            return self.core.broken(arguments, error)
        return step

    def _ask(self, ticket: Ticket, deadline: float) -> Settled:
        """Send a call to the gateway and settle it by `deadline`."""
        self.start()
        starting = not self._opened.is_open
        if starting and not self._opened.wait(deadline - time.monotonic()):
            return self.core.give_up(ticket)
        with tracing.begin(self.core, ticket) as traced:
            return traced.settle(self._reach(traced.ticket, deadline, starting=starting))

    def _reach(self, ticket: Ticket, deadline: float, *, starting: bool) -> Settled:
        left = deadline - time.monotonic()
        outcome = self._exchange(ticket.request, left)
        excuse = self.core.excuse(outcome, left, time.monotonic() - deadline, starting=starting)
        if excuse is not None:
            return self.core.give_up(ticket, excuse)
        settled = self.core.conclude(ticket, outcome)
        if settled.error is not None:  # the circuit may have opened: the background has to probe sooner than it thinks
            self._wake.ring()
        return settled

    def wake(self) -> None:
        """Tell the background that there is something to do."""
        self.start()
        self._wake.ring()

    def wait_ready(self, timeout: float) -> bool:
        """Tell whether the gateway is there, as soon as it is or after `timeout` seconds."""
        parts = self.core.parts
        news = Bell()
        self._listeners.add(news)  # before looking, or news in between would be lost
        try:
            deadline = time.monotonic() + parts.waiting(timeout)
            if not self.core.off:
                self.start()
            while not (parts.ready or self.core.off) and news.wait(deadline - time.monotonic()):
                pass  # something came; what?
        except Exception as error:  # noqa: BLE001 - a timeout that is no number: the app must not fail at its start
            parts.complaints.once(logging.ERROR, ("wait",), "wait_ready() did not wait: %r", error)
        finally:
            self._listeners.discard(news)
        return parts.ready

    def flush(self, timeout: float) -> bool:
        """Send what is queued and counted; tell whether all of it arrived within `timeout` seconds."""
        flush = _Flush()
        self._flushes.append(flush)
        self.wake()
        if self.thread is None or not self.thread.is_alive():
            return self._drain(time.monotonic() + timeout)
        flush.done.wait(timeout)
        return flush.ok

    def close(self, timeout: float) -> bool:
        """Flush, then let go of threads and connections; tell whether everything arrived."""
        deadline = time.monotonic() + timeout
        arrived = self.flush(timeout) if self.core.errands.has_work() else True
        self.abandon()
        if self.thread is not None:  # it closes the transport: whoever closes may want to open again at once
            self.thread.join(max(deadline - time.monotonic(), CLOSING))
        return arrived

    def abandon(self) -> None:
        """Let the threads end; in a forked child that is not theirs this does nothing."""
        if self.pid != os.getpid():
            return
        self._stopping = True
        self._wake.ring()
        self._tell()
        self._crew.close()
        if self._transport is not None and (self.thread is None or not self.thread.is_alive()):
            self._transport.close()

    def _run(self) -> None:
        self._open()
        while not self._stopping:
            try:
                self._step()
            except Exception:
                logging.getLogger("tactful").exception("The SDK's background failed and goes on.")
                self._wake.wait(RECOVERY)
        if self._transport is not None:
            self._transport.close()

    def _step(self) -> None:
        self._wake.wait(0.0)  # not to hear it later; before looking, or a wake-up in between would be lost
        while self._flushes:
            flush = self._flushes.popleft()
            flush.ok = self._drain(None)
            flush.done.open()
        errand = self.core.errands.next()
        if isinstance(errand, Errand):
            self._do(errand, errand.timeout)
            return
        self._wake.wait(errand)

    def _drain(self, deadline: float | None) -> bool:
        while (errand := self.core.errands.next_of_drain()) is not None:
            left = errand.timeout if deadline is None else min(errand.timeout, deadline - time.monotonic())
            if not self._do(errand, left).ok:
                return False
        return True

    def _do(self, errand: Errand, seconds: float) -> Done:
        done = self.core.errands.finish(errand, self._exchange(errand.request, seconds))
        if done.save is not None:
            disk.keep(self.core.parts.options, self.core.parts.complaints, done.save)
        self._tell()
        return done

    def _tell(self) -> None:
        """Wake whoever waits until the gateway is there, to look again."""
        for listener in tuple(self._listeners):
            listener.ring()

    def _exchange(self, request: Request, seconds: float) -> Response | Exception:
        deadline = time.monotonic() + seconds
        context = copy_context()  # who instruments httpx, or brings a transport, finds the caller's span
        try:
            return self._crew.run(lambda: context.run(self._send, request, deadline), seconds)
        except Exception as error:  # noqa: BLE001 - a transport may raise anything; it becomes "unavailable"
            return error

    def _send(self, request: Request, deadline: float) -> Response:
        if not self._opened.is_open:
            self._open()
        if self._transport is None:
            raise TransportError(f"no connection can be made: {self._broken!r}")
        return self._transport.send(request, max(deadline - time.monotonic(), 0.001))

    def _open(self) -> None:
        """Load httpx and make the transport, on the first connection of this process."""
        if self._transport is None:
            try:
                self._transport = loading.build("tactful.drive.http", "HttpTransport", self.core.parts.options.url)
            except Exception as error:  # noqa: BLE001 - e.g. a broken certificate store: said, not raised into the app
                self._broken = error
                self.core.parts.complaints.once(logging.ERROR, ("open",), "No connection can be opened: %r", error)
        self._opened.open()
