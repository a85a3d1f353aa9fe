"""All sinks of a gateway: each runs for itself, so that a stuck one delays nobody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from types import TracebackType

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.runner import SinkRunner
from tactful_gateway.consumers.status import SinkStatus
from tactful_gateway.sinks.base import Sink
from tactful_gateway.store.base import Store
from tactful_rules.model.folder import SinkConfig

GRACE = 3.0
"""Seconds of real time that deliveries under way get at shutdown; one cut off is delivered again after the start."""
CLOSING = 0.5
"""Seconds that a sink cut off gets to close; a destination that hangs (a dead file server) may hang here too."""

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

    async def __aenter__(self) -> Consumers:
        await self.replace(self._wanted)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stop(list(self._running))

    async def replace(self, sinks: Sinks) -> None:
        """Run these sinks from now on: one whose config is unchanged goes on undisturbed, a new one starts."""
        await self._stop(
            [
                name
                for name, (runner, _) in self._running.items()
                if name not in sinks or runner.config != sinks[name][0]
            ]
        )
        for name, (config, sink) in sinks.items():
            if name not in self._running:
                runner = SinkRunner(config, sink, self._store, self._clock, self._rng)
                with contextlib.suppress(Exception):  # the run tries it again, and says what is wrong
                    await runner.take_up()
                self._running[name] = (runner, asyncio.create_task(runner.run(), name=f"tactful-sink-{name}"))

    def wake(self) -> None:
        """Say that the journal has grown; call it after each commit."""
        for runner, _ in self._running.values():
            runner.wake()

    def resume(self, sink: str) -> None:
        """Start a stopped sink again, or let a waiting one try at once.

        Raises:
            KeyError: there is no such sink.
        """
        self._running[sink][0].resume()

    def status(self) -> list[SinkStatus]:
        """Tell how each sink is doing."""
        return [runner.status() for runner, _ in self._running.values()]

    async def _stop(self, names: list[str]) -> None:
        stopping = [self._running.pop(name) for name in names]
        for runner, _ in stopping:
            runner.stop()
        late = {task for _, task in stopping}
        for patience in (GRACE, CLOSING, CLOSING):
            if late:
                _, late = await asyncio.wait(late, timeout=patience)
                for task in late:
                    task.cancel()
