"""A Kafka topic as a destination under a test's control, read by a consumer group."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition

from tactful_gateway.clock import SystemClock
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.servers.kafka import KafkaBroker

_NUMBERS = count(1)


class KafkaHarness:
    """A topic of its own on a shared broker."""

    def __init__(self, broker: KafkaBroker) -> None:
        self.broker = broker
        self.topic = f"topic-{next(_NUMBERS)}"

    def sink(self, **options: object) -> Sink:
        own = {"brokers": self.broker.address, "topic": self.topic, "timeout": 3}
        return build(SinkConfig(id="log", kind="kafka", options=own | options), SystemClock())

    async def records(self) -> list[Message]:
        """Give every record of the topic."""
        return await asyncio.to_thread(read_all, self.broker.address, self.topic)

    async def group_reads(self) -> list[Message]:
        """Give every record as the first member of a new group gets them; joining takes seconds."""
        return await asyncio.to_thread(read_all, self.broker.address, self.topic, f"group-{next(_NUMBERS)}")

    async def received(self) -> list[bytes]:
        return [record.value() or b"" for record in await self.records()]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        with self.broker.frozen():
            yield


def read_all(address: str, topic: str, group: str = "") -> list[Message]:
    """Read a topic from its beginning to its present end, as a member of a group or on one's own."""
    reader = Consumer({"bootstrap.servers": address, "group.id": group or "nobody", "auto.offset.reset": "earliest"})
    try:
        numbers = reader.list_topics(topic, timeout=20).topics[topic].partitions
        partitions = [TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers]
        ends = [reader.get_watermark_offsets(partition, timeout=20) for partition in partitions]
        wanted = sum(high - low for low, high in ends)
        if group:
            reader.subscribe([topic])
        else:
            reader.assign(partitions)
        found: list[Message] = []
        while len(found) < wanted:
            found += [record for record in reader.consume(wanted - len(found), 0.2) if record.error() is None]
        return found
    finally:
        reader.close()
