"""Publishes events to JetStream; one has arrived when the stream has acknowledged it.

Of one person only one message is under way at a time (`waves`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import nats.errors
from nats.js.api import Header, StorageType
from nats.js.errors import NotFoundError, ServiceUnavailableError

from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.nats.config import NatsConfig, subject_of, subjects_of
from tactful_gateway.sinks.nats.connection import NO_STREAM, Connection, Refusal, explain
from tactful_gateway.sinks.waves import waves
from tactful_rules.model.ids import Instant

DUPLICATES = 3_600.0
"""Seconds for which a stream made by us remembers ids: the retries of the first 40 minutes."""
TOO_LARGE = 10054
"""The stream's own limit of a message's size (error code `JSStreamMessageExceedsMaximumErr`)."""
_FRAMING, _A_HEADER = len("NATS/1.0\r\n\r\n"), len(": \r\n")


class NatsSink:
    """A publisher that waits for the stream."""

    batch = 500

    def __init__(self, config: NatsConfig) -> None:
        self._config = config
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Connect, and make the stream if that is wanted."""
        await self._in_time(())

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Publish the deliveries and wait until the stream has all."""
        await self._in_time(waves(deliveries))

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _in_time(self, wanted: Sequence[Sequence[Delivery]]) -> None:
        try:
            async with asyncio.timeout(self._config.timeout):
                connection = await self._connected()
                for wave in wanted:
                    await self._publish(connection, wave)
        except PermanentError:
            raise
        except TransientError:
            await self.close()
            raise
        except TimeoutError as error:
            await self.close()
            raise TransientError(f"no answer within {self._config.timeout:g} s") from error
        except (nats.errors.Error, OSError) as error:
            await self.close()
            raise TransientError(f"NATS failed: {explain(error)}") from error

    async def _connected(self) -> Connection:
        if self._connection is not None and self._connection.is_lost:
            await self.close()
        if self._connection is None:
            self._connection = Connection(self._config)
            await self._connection.connect()
            if self._config.create:
                await self._ensure_stream(self._connection)
        return self._connection

    async def _ensure_stream(self, connection: Connection) -> None:
        name = self._config.stream
        try:
            await connection.streams.stream_info(name)
        except NotFoundError:
            await connection.streams.add_stream(
                name=name,
                subjects=[subjects_of(self._config.subject)],
                storage=StorageType.FILE,
                num_replicas=self._config.replicas,
                duplicate_window=DUPLICATES,
            )
        except (nats.errors.NoRespondersError, ServiceUnavailableError) as error:
            raise TransientError("JetStream is not there: nats-server has it with -js") from error

    async def _publish(self, connection: Connection, wave: Sequence[Delivery]) -> None:
        """Publish one delivery of each of several persons, and see that the stream took them all."""
        acks = []
        for delivery in wave:
            headers = {Header.MSG_ID.value: delivery.id, Header.EXPECTED_STREAM.value: self._config.stream}
            size = _FRAMING + sum(len(name) + len(value) + _A_HEADER for name, value in headers.items())
            if size + len(delivery.body) > connection.limit:  # the server would hang up on all
                raise PermanentError("the event is larger than the NATS server takes")
            subject = subject_of(self._config.subject, delivery.type)
            acks.append(await connection.publish(subject, delivery.body, headers))
        refusals = [self._judge(refusal) for refusal in await connection.wait_for(acks)]
        for refusal in sorted(refusals, key=lambda error: isinstance(error, PermanentError)):
            raise refusal

    def _judge(self, refusal: Refusal) -> TransientError | PermanentError:
        """Say whether trying again may help: only what is too large never arrives, all else can be put right."""
        if refusal.err_code == TOO_LARGE:
            return PermanentError("the event is larger than the stream takes")
        if refusal is NO_STREAM:
            stream, subjects = self._config.stream, subjects_of(self._config.subject)
            return TransientError(f"no stream takes {subjects}; make the stream {stream}, or add `create: true`")
        return TransientError(f"the stream refused it: {refusal.description}")
