"""All lanes of a gateway: one for each sent channel, and one for what sends nothing itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import NamedTuple

from tactful_gateway.channels.base import Courier
from tactful_gateway.consumers.lease import Lease
from tactful_gateway.couriers.lane import Lane
from tactful_gateway.couriers.sending import Office, Sender
from tactful_gateway.couriers.status import ChannelStatus
from tactful_gateway.ledger.commands import Dispatch
from tactful_gateway.store.base import Store, StoreUnavailableError
from tactful_rules.model.folder import ChannelConfig

GRACE = 3.0
"""Seconds of real time that sendings under way get when the gateway stops; one cut off is sent again, same id."""
CLOSING = 0.5
"""Seconds that a courier gets to let go of its connections."""
NO_CHANNEL = ""
"""The lane of expiry, holds and fallbacks."""
AT_ONCE = 64
"""Wake-ups of that lane answered at once: a share of a commit, so that requests need not wait behind them."""
SENDS = 8
"""Messages of a channel that are under way at once: no more than couriers have connections for, since a message that
waits for one while its time runs is cut off in the middle, and arrives twice."""

Channels = Mapping[str, tuple[ChannelConfig, Courier]]


class _Running(NamedTuple):
    config: ChannelConfig | None
    lane: Lane
    sender: Sender | None
    task: asyncio.Task[None]


class Couriers:
    """Works off the schedule between `async with` and its end, over the channels it was given last."""

    def __init__(self, store: Store, channels: Channels, office: Office) -> None:
        self._store = store
        self._office = office
        self._wanted = dict(channels)
        self._running: dict[str, _Running] = {}
        self._going: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._until: float | None = None
        self._lease = Lease(store, "schedule")
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Couriers:
        await self._lease.take()
        self._keeping = asyncio.create_task(self._lease.keep(), name="tactful-schedule")
        await self.replace(self._wanted)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        until = self.stop()
        self._let_go(list(self._running))
        patience = max(0.0, until - asyncio.get_running_loop().time()) + 2 * CLOSING
        await asyncio.wait(set(self._going), timeout=patience)  # what can't be cut off is left behind
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._lease.release()

    def stop(self) -> float:
        """Take up nothing more; from now on what is under way has its grace, which ends at the loop's time given."""
        if self._until is None:
            loop = asyncio.get_running_loop()
            self._until = loop.time() + GRACE
            for running in self._running.values():
                running.lane.stop()
            loop.call_at(self._until, self._cut_off)
        return self._until

    def _cut_off(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def replace(self, channels: Channels) -> None:
        """Send over these channels from now on: one whose config is unchanged goes on undisturbed.

        What is under way over one that changed or went is sent to its end, as it was begun.
        What is still scheduled for a channel that is gone is looked at all the same: the ledger finds another, or none.
        """
        try:
            scheduled = set(await self._store.scheduled())
        except StoreUnavailableError:
            scheduled = set(self._running)
        lanes = {NO_CHANNEL, *channels, *scheduled}
        self._wanted = dict(channels)
        self._let_go([name for name, running in self._running.items() if not self._goes_on(name, running, lanes)])
        for name in sorted(lanes - self._running.keys()):
            self._running[name] = self._start(name)

    def wake(self) -> None:
        """Say that something may have been scheduled; call it after each commit."""
        for running in self._running.values():
            running.lane.wake()

    def status(self) -> list[ChannelStatus]:
        """Tell how each channel's sending is doing."""
        found = []
        for running in self._running.values():
            if running.sender is not None:
                running.sender.status.lag = running.lane.lag
                found.append(running.sender.status)
        return found

    @property
    def lag(self) -> int:
        """How late the schedule is, over all lanes, in milliseconds."""
        return max((running.lane.lag for running in self._running.values()), default=0)

    def _goes_on(self, name: str, running: _Running, lanes: Iterable[str]) -> bool:
        wanted = self._wanted.get(name)
        return name in lanes and running.config == (None if wanted is None else wanted[0])

    def _start(self, name: str) -> _Running:
        wanted = self._wanted.get(name)
        config, sender = None, None
        if wanted is None:
            lane = Lane(name, self._store, self._office, self._lease, AT_ONCE, _leave)
        else:
            config, courier = wanted
            sender = Sender(courier, self._office, ChannelStatus(id=name, kind=config.kind))
            lane = Lane(name, self._store, self._office, self._lease, SENDS, sender.send)
        task = asyncio.create_task(lane.run(), name=f"tactful-lane-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return _Running(config, lane, sender, task)

    def _let_go(self, names: Iterable[str]) -> None:
        going = [self._running.pop(name) for name in names]
        for running in going:
            running.lane.stop()
        self._going.add(ending := asyncio.create_task(self._see_off(going)))
        ending.add_done_callback(self._going.discard)

    async def _see_off(self, going: Iterable[_Running]) -> None:
        """Wait until they have ended, then let go of their connections."""
        if tasks := {running.task for running in going}:
            await asyncio.wait(tasks)
        if closing := {asyncio.create_task(running.sender.close()) for running in going if running.sender}:
            _, late = await asyncio.wait(closing, timeout=CLOSING)
            for task in late:
                task.cancel()


async def _leave(_: Dispatch) -> None:
    """Send nothing: the channel has just gone, and its lease runs out by itself."""
