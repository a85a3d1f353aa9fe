"""All sinks of a gateway: each runs for itself, so that a stuck one delays nobody."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import msgspec

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.circuit import Circuit
from tactful_gateway.consumers.runner import SinkRunner, consumer_of
from tactful_gateway.consumers.status import SinkStatus
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import find_address
from tactful_gateway.store.base import Store
from tactful_rules.model.folder import SinkConfig

GRACE = 3.0
"""Seconds of real time that deliveries under way get when their sink goes; one cut off is delivered again later."""
CLOSING = 0.5
"""Seconds that a sink cut off gets to close; a destination that hangs (a dead file server) may hang here too."""
ENDING = GRACE + 2 * CLOSING + 1
"""Seconds after which a sink that goes has gone, unless it can't even be cut off."""

Sinks = Mapping[str, tuple[SinkConfig, Sink]]


class Consumers:
    """Runs the sinks between `async with` and its end.

    `rng` gives a number in [0, 1) for the spread of retries, e.g. `random.random`.
    """

    def __init__(self, store: Store, sinks: Sinks, clock: Clock, rng: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._rng = rng
        self._wanted = dict(sinks)
        self._running: dict[str, tuple[SinkRunner, asyncio.Task[None]]] = {}
        self._going: set[asyncio.Task[None]] = set()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._circuits: dict[str, Circuit] = {}

    async def __aenter__(self) -> Consumers:
        await self.replace(self._wanted)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._let_go(list(self._running))
        await asyncio.gather(*self._going)

    async def replace(self, sinks: Sinks) -> None:
        """Run these sinks from now on: one whose config is unchanged goes on undisturbed, a new one starts.

        Those that go get their time to end, and nobody waits for it but a successor of the same name.
        """
        self._let_go(
            [
                name
                for name, (runner, _) in self._running.items()
                if name not in sinks or runner.config != sinks[name][0]
            ]
        )
        for name, (config, sink) in sinks.items():
            if name not in self._running:
                runner = SinkRunner(config, sink, self._store, self._clock, self._rng, self._circuit(config))
                with contextlib.suppress(Exception):  # the run tries it again, and says what is wrong
                    await runner.take_up()
                task = asyncio.create_task(self._take_turn(name, runner), name=f"tactful-sink-{name}")
                self._running[name] = (runner, task)
        needed = {find_address(config) for config, _ in sinks.values()}
        self._circuits = {address: it for address, it in self._circuits.items() if address in needed}

    def __contains__(self, sink: object) -> bool:
        """Tell whether there is such a sink."""
        return sink in self._running

    def turn(self, sink: str) -> asyncio.Lock:
        """Give the turn of a sink that is none any more: whoever has it knows that nobody here delivers to it."""
        return self._turns.get(sink) or asyncio.Lock()

    def wake(self) -> None:
        """Say that the journal has grown; call it after each commit."""
        for runner, _ in self._running.values():
            runner.wake()

    def heed(self, sink: str) -> None:
        """Say that an order for a sink was given."""
        if sink in self._running:  # who publishes may have dropped it meanwhile
            self._running[sink][0].heed()

    def status(self) -> list[SinkStatus]:
        """Tell how each sink is doing, as far as this gateway delivers to it."""
        return [runner.status() for runner, _ in self._running.values()]

    async def status_anywhere(self) -> list[SinkStatus]:
        """Tell how each sink is doing, whichever gateway delivers to it; another one's word is some seconds old.

        Raises:
            StoreUnavailableError: what others say can't be read.
        """
        notes = await self._store.notes()
        return [_told(status, notes.get(consumer_of(status.id))) for status in self.status()]

    def _circuit(self, config: SinkConfig) -> Circuit:
        address = find_address(config)
        if address not in self._circuits:
            self._circuits[address] = Circuit(self._clock, self._rng, self.wake)
        return self._circuits[address]

    async def _take_turn(self, name: str, runner: SinkRunner) -> None:
        async with self._turns[name]:  # two at once would deliver twice, and out of order
            await runner.run()

    def _let_go(self, names: Sequence[str]) -> None:
        going = [self._running.pop(name) for name in names]
        for runner, _ in going:
            runner.stop()
        self._going.add(ending := asyncio.create_task(_see_off({task for _, task in going})))
        ending.add_done_callback(self._going.discard)


def _told(status: SinkStatus, note: bytes | None) -> SinkStatus:
    """Give what another gateway said of a sink that it delivers to; one of another version may say it otherwise."""
    if status.state == "standby" and note:
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(note, type=SinkStatus)
    return status


async def _see_off(tasks: set[asyncio.Task[None]]) -> None:
    """Wait until they have ended; those that take too long are cut off."""
    for patience in (GRACE, CLOSING, CLOSING):
        if tasks:
            _, tasks = await asyncio.wait(tasks, timeout=patience)
            for task in tasks:
                task.cancel()
