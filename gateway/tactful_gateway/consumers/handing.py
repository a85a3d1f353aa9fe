"""Hands deliveries to a sink and says what came of it, whatever the sink does: it may raise anything, or hang."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import structlog
from msgspec import Struct

from tactful_gateway.clock import Clock
from tactful_gateway.consumers.circuit import Circuit
from tactful_gateway.logs import place_of_error
from tactful_gateway.outgoing.errors import GoneError, PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_rules.model.ids import Span

PATIENCE = 180.0
"""Seconds of real time for one call of a sink. Our own kinds give up long before; a plug-in may not."""
MEANWHILE = 1.0
"""Seconds between two calls of what goes on while a sink is slow."""

log = structlog.get_logger()


class Outcome(Struct, frozen=True):
    """What came of handing over: all arrived, or why not; `answer` is the destination's, `wish` its `Retry-After`."""

    result: Literal["arrived", "failed", "refused", "gone"]
    error: str = ""
    answer: str = ""
    wish: Span | None = None


ARRIVED = Outcome("arrived")
_BROKEN_OFF = Outcome("failed", "unexpected CancelledError")
"""What a plug-in gives that waits for a task of its own which was cancelled; its runner goes on."""


class Handing:
    """One sink with its destination's circuit; `meanwhile` goes on in between as long as the sink takes its time."""

    def __init__(
        self, name: str, sink: Sink, circuit: Circuit, clock: Clock, meanwhile: Callable[[], Awaitable[None]]
    ) -> None:
        self._name = name
        self._sink = sink
        self._clock = clock
        self._meanwhile = meanwhile
        self._open = False
        self.circuit = circuit
        self.trouble = ""
        """What keeps the sink from being opened, as far as it was tried."""

    @property
    def batch(self) -> int:
        """How many deliveries one call may carry."""
        return self._sink.batch

    async def open(self) -> None:
        """Open the sink ahead of the first delivery, if it can be."""
        try:
            await self._ensure_open()
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything; delivering tries again
            self.trouble = _explain(error)
            log.warning("sink_not_open_yet", sink=self._name, error=self.trouble)

    async def hand(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Hand over deliveries, and tell the circuit how it went."""
        self.circuit.enter()
        outcome = await self._wait_for(asyncio.create_task(self._try(deliveries)))
        if outcome.result == "failed":
            self.circuit.fail(outcome.wish)
        elif outcome.result != "gone":
            self.circuit.succeed()
        return outcome

    async def _wait_for(self, trying: asyncio.Task[Outcome]) -> Outcome:
        try:
            while not (await asyncio.wait((trying,), timeout=MEANWHILE))[0]:
                await self._meanwhile()
        finally:
            while not trying.done():  # whoever cuts us off cuts off the sink, and as often; it may not let itself be
                trying.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait((trying,))
        return _BROKEN_OFF if trying.cancelled() else trying.result()

    async def _try(self, deliveries: Sequence[Delivery]) -> Outcome:
        try:
            async with asyncio.timeout(PATIENCE) as patience:
                await self._ensure_open()
                await self._sink.deliver(deliveries, self._clock.now())
        except PermanentError as error:
            return Outcome("refused", str(error), error.answer)
        except GoneError as error:
            return Outcome("gone", str(error))
        except TransientError as error:
            return Outcome("failed", str(error), error.answer, error.retry_after)
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            if patience.expired():
                await self.close()
                return Outcome("failed", f"no answer within {PATIENCE:g} s")
            self._tell("sink_failed_unexpectedly", error)
            return Outcome("failed", _explain(error))
        return ARRIVED

    async def close(self) -> None:
        """Let go of the destination."""
        self._open = False
        try:
            await self._sink.close()
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
            self._tell("sink_not_closed", error)

    async def _ensure_open(self) -> None:
        if not self._open:
            await self._sink.open()
            self._open, self.trouble = True, ""

    def _tell(self, what: str, error: Exception) -> None:
        log.error(what, sink=self._name, trace=place_of_error(error))


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, (TransientError, GoneError)) else f"unexpected {type(error).__name__}"
