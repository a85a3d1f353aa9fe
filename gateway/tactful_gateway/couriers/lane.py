"""Works off one lane of the schedule, the earliest first; a lane that is held up holds up no other.

A wake-up is only a call to look: the ledger says, in one transaction, whether there is anything to send, and to nobody
else while that is under way. So several gateways may look at one schedule, and a late look at it does no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from tactful_gateway.consumers.lease import Lease
from tactful_gateway.couriers.sending import Office
from tactful_gateway.ledger.commands import Dispatch, Wake, Woken
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.logs import Seldom, place_of_error
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_gateway.store.records import WakeUp
from tactful_rules.model.ids import MINUTE, SECOND, Span

POLL: Span = SECOND
"""How often the schedule is looked at unasked."""
LINGER = 0.05
"""Seconds between two looks, so that a busy gateway's commits do not each cause one."""
SET_ASIDE: Span = MINUTE
"""How long a wake-up waits that broke the ledger: those behind it must not wait with it."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Lane:
    """One lane; `run` is its only task, with one more for each wake-up that is being answered.

    `slots` is how many may be so at once. `send` sends what comes of a wake-up. `lease` is the schedule's: looking
    without it would be right, and vain.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        office: Office,
        lease: Lease,
        slots: int,
        send: Callable[[Dispatch], Awaitable[None]],
    ) -> None:
        self._lease = lease
        self.name = name
        self.lag: Span = 0
        self._store = store
        self._office = office
        self._slots = slots
        self._send = send
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._aside: dict[WakeUp, float] = {}
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_time = Seldom()

    def wake(self) -> None:
        """Say that something may be due."""
        self._woken.set()

    def stop(self) -> None:
        """Ask the run to take up nothing more, and to end when what is under way has."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Go on until stopped; nothing that goes wrong ends it. Cut off, it leaves what is under way."""
        try:
            while not self._stopping:
                self._woken.clear()
                if not await self._look():
                    await self._rest()
                await asyncio.sleep(LINGER)
            if self._busy:
                await asyncio.wait(self._busy.values())
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _look(self) -> bool:
        """Take up what is due, as far as there is room; tells whether there may be more."""
        room = self._slots - len(self._busy)
        if room <= 0:
            return False
        if not self._lease.held:
            self.lag = 0
            return False
        now = self._office.clock.now()
        self._forget_aside()
        limit = self._slots + len(self._aside)
        try:
            due = await self._store.due(self.name, now, limit)
        except StoreUnavailableError as error:
            if self._is_time():
                log.warning("schedule_unreadable", lane=self.name, error=str(error))
            return False
        except Exception as error:  # noqa: BLE001 - said and survived: a lane must outlive any mistake
            self._tell("schedule_failed", error)
            return False
        new = [wake_up for wake_up in due if wake_up.invitation not in self._busy and wake_up not in self._aside]
        self.lag = max(0, now - new[0].due) if new else 0
        for wake_up in new[:room]:
            if wake_up.invitation not in self._busy:
                task = asyncio.create_task(self._answer(wake_up), name=f"tactful-courier-{self.name}")
                self._busy[wake_up.invitation] = task
        return False if len(self._busy) >= self._slots else len(due) == limit

    async def _answer(self, wake_up: WakeUp) -> None:
        try:
            reply = await self._office.ledger.submit(Wake(wake_up, *self._office.name()))
            if isinstance(reply, Woken) and reply.dispatch is not None:
                await self._send(reply.dispatch)
        except (StoreUnavailableError, LedgerBusyError) as error:
            if self._is_time():
                log.warning("schedule_waits", lane=self.name, error=str(error))
            await self._office.clock.sleep(SECOND)
        except Exception as error:  # noqa: BLE001 - the reply of a command that broke
            self._tell("wake_up_failed", error, invitation=wake_up.invitation)
            self._aside[wake_up] = asyncio.get_running_loop().time() + SET_ASIDE / SECOND
        finally:
            del self._busy[wake_up.invitation]
            self._woken.set()

    def _forget_aside(self) -> None:
        now = asyncio.get_running_loop().time()
        self._aside = {wake_up: until for wake_up, until in self._aside.items() if until > now}

    def _tell(self, what: str, error: Exception, **about: str) -> None:
        log.error(what, lane=self.name, trace=place_of_error(error), **about)

    async def _rest(self) -> None:
        waits = {asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(self._office.clock.sleep(POLL))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
