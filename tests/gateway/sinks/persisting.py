"""Delivers as a runner does, without its waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tactful_gateway.contracts.sink import NOW
from tactful_gateway.outgoing.errors import TransientError
from tactful_gateway.sinks.base import Delivery, Sink


async def persist(sink: Sink, deliveries: Sequence[Delivery]) -> None:
    """Deliver, trying again after each failure that passes."""
    while True:
        try:
            return await sink.deliver(deliveries, NOW)
        except TransientError:
            await asyncio.sleep(0.01)
