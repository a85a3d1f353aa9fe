"""A Kafka cluster of one broker: librdkafka's mock, which speaks the protocol over TCP and keeps records in memory.

It runs in a process of its own, so that it can be frozen. Topics make themselves, with four partitions.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.freezing import stop, stopped

PROGRAM = """
import sys
from confluent_kafka import Producer
cluster = Producer({"test.mock.num.brokers": 1})
(broker,) = cluster.list_topics(timeout=20).brokers.values()
print(f"{broker.host}:{broker.port}", flush=True)
sys.stdin.read()
"""


class KafkaBroker:
    """A broker that was started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop it within the block: its connections stay, and nothing answers."""
        with stopped([stop(self._process.pid)]):
            yield

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def running_kafka() -> Iterator[KafkaBroker]:
    """Start a broker and kill it at the end."""
    broker = KafkaBroker()
    try:
        yield broker
    finally:
        broker.close()
