"""A JetStream stream as a destination under a test's control, read by the client library itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

from tactful_gateway.clock import SystemClock
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.servers.nats import NatsServer

_NUMBERS = count(1)


class NatsHarness:
    """A stream of its own on a shared server; the sink makes it."""

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self.stream = f"S{next(_NUMBERS)}"

    def sink(self, **options: object) -> Sink:
        own = {"url": self.server.url, "stream": self.stream, "subject": f"{self.stream}.{{{{type}}}}", "create": True}
        return build(SinkConfig(id="bus", kind="nats", options=own | options), SystemClock())

    async def messages(self) -> list[Msg]:
        """Give every message of the stream through a consumer, as a reader gets them."""
        async with jetstream(self.server) as streams:
            try:
                wanted = (await streams.stream_info(self.stream)).state.messages
            except NotFoundError:
                return []
            unhurried = ConsumerConfig(ack_policy=AckPolicy.NONE)  # otherwise it gets no more than 1000 unacknowledged
            reader = await streams.pull_subscribe(f"{self.stream}.>", stream=self.stream, config=unhurried)
            found: list[Msg] = []
            while len(found) < wanted:
                found += await reader.fetch(min(500, wanted - len(found)), timeout=10)
            return found

    async def received(self) -> list[bytes]:
        return [message.data for message in await self.messages()]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()


@asynccontextmanager
async def jetstream(server: NatsServer) -> AsyncIterator[JetStreamContext]:
    """Connect without Tactful."""
    client = await nats.connect(server.url)
    try:
        yield client.jetstream()
    finally:
        await client.close()
