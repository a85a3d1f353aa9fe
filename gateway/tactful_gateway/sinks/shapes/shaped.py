"""A sink whose destination gets another shape than the journal's own."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from tactful_gateway.outgoing.errors import PermanentError
from tactful_gateway.sinks.base import Delivery, Sink
from tactful_gateway.sinks.shapes.shape import Make
from tactful_rules.model.ids import Instant


class ShapedSink:
    """Makes each body before the sink delivers it; ids, types and dead letters stay those of the journal."""

    def __init__(self, sink: Sink, make: Make, shape: str) -> None:
        self._sink = sink
        self._make = make
        self._shape = shape
        self.batch = sink.batch

    async def open(self) -> None:
        """Open the sink."""
        await self._sink.open()

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Shape the deliveries and hand them on.

        Raises:
            PermanentError: an event of another make than ours has no such form.
        """
        await self._sink.deliver([self._in_shape(delivery) for delivery in deliveries], now)

    async def close(self) -> None:
        """Close the sink."""
        await self._sink.close()

    def _in_shape(self, delivery: Delivery) -> Delivery:
        try:
            body = msgspec.json.encode(self._make(msgspec.json.decode(delivery.body)))
        except (AttributeError, IndexError, KeyError, TypeError, msgspec.MsgspecError) as error:
            raise PermanentError(f"the event has no form in the shape {self._shape}") from error
        return replace(delivery, body=body)
