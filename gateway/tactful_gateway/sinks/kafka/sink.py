"""Writes events to a Kafka topic from a thread of its own; one has arrived when all replicas in sync have it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence

from tactful_gateway.outgoing.errors import PermanentError
from tactful_gateway.outgoing.worker import Worker
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kafka.config import KafkaConfig
from tactful_gateway.sinks.kafka.producer import Connection
from tactful_gateway.sinks.waves import waves
from tactful_rules.model.ids import Instant

_CLOSING = 2.0
"""Seconds for an end; a broker that hangs does not hold us up, its thread ends when it answers."""


class KafkaSink:
    """An idempotent producer, made anew after each failure."""

    batch = 500

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._worker = Worker("tactful-kafka")
        self._stop = threading.Event()
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Connect and look for the topic."""
        self._stop = threading.Event()
        await self._worker.run(self._write, self._stop, ())

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Write the deliveries, one of each person at a time."""
        await self._worker.run(self._write, self._stop, waves(deliveries))

    async def close(self) -> None:
        """End what is under way and the connection."""
        self._stop.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                await self._worker.run(self._let_go)
        self._worker.stop()

    def _write(self, stop: threading.Event, wanted: Sequence[Sequence[Delivery]]) -> None:
        end = time.monotonic() + self._config.timeout
        connection = self._connection or self._connect(stop, end)
        try:
            for wave in wanted:
                connection.write(wave, end)
        except PermanentError:
            raise
        except Exception:
            self._let_go()
            raise

    def _connect(self, stop: threading.Event, end: float) -> Connection:
        connection = Connection(self._config, stop)
        try:
            connection.connect(end)
        except Exception:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _let_go(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()
