"""A Kafka producer as blocking calls for one thread: a connection, batches, an end.

Neither asyncio client fits. aiokafka's `stop` sends first whatever still waits, and there is nothing that drops it, so
that what was given up would arrive behind what came after; confluent-kafka's `AIOProducer` takes no headers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kafka.config import KafkaConfig

_CLOSED = "the sink was closed before all was there"
_TICK = 0.1
"""Seconds between looks at whether to go on."""
_REFUSED = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD})
"""What no further attempt changes; anything else, a missing topic or right included, an operator can put right."""

_silent = logging.getLogger("tactful.kafka")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False  # librdkafka would write to the standard error


class Connection:
    """A producer that has seen its topic. `stop` may be set by another thread, and ends what goes on within a tick."""

    def __init__(self, config: KafkaConfig, stop: threading.Event) -> None:
        self._config = config
        self._stop = stop
        self._said = ""
        try:
            own = {"error_cb": self._hear, "on_delivery": self._take, "delivery.report.only.error": True}
            self._producer = Producer(config.settings() | own, logger=_silent)
        except KafkaException as error:
            raise TransientError("a file named under `tls` can't be read, or is no PEM of its kind") from error
        self._failures: list[KafkaError] = []

    def connect(self, end: float) -> None:
        """Find a broker that knows the topic, until `end` of the monotonic clock.

        Raises:
            TransientError: there is none, or `stop` was set.
        """
        topic = self._config.topic
        try:
            found = self._producer.list_topics(topic, timeout=max(_TICK, end - time.monotonic())).topics[topic].error
        except KafkaException as error:
            self._producer.poll(0)
            raise TransientError(f"no broker answers: {self._said or _explain(error.args[0])}") from error
        if self._stop.is_set():
            raise TransientError(_CLOSED)
        if found is not None and found.code() != KafkaError.LEADER_NOT_AVAILABLE:  # as just after it was made
            raise TransientError(f"the topic can't be written to: {_explain(found)}")

    def write(self, deliveries: Sequence[Delivery], end: float) -> None:
        """Write records and wait until all replicas in sync have each, or it is `end`.

        Raises:
            TransientError, PermanentError: some are not there, or `stop` was set.
        """
        self._failures, self._said = [], ""
        for delivery in deliveries:
            self._produce(delivery)
        while self._producer.flush(_TICK):
            if self._stop.is_set():
                raise TransientError(_CLOSED)
            if time.monotonic() > end:
                raise TransientError(f"no answer within {self._config.timeout:g} s")
        for failure in sorted(self._failures, key=_is_refusal):
            raise self._judge(failure)

    def close(self) -> None:
        """Drop what is under way and end."""
        self._producer.purge()
        self._producer.close()

    def _produce(self, delivery: Delivery) -> None:
        try:
            self._producer.produce(
                self._config.topic,
                value=delivery.body,
                key=delivery.subject.encode() or None,
                headers=[("id", delivery.id.encode()), ("type", delivery.type.encode())],
            )
        except KafkaException as error:
            self._failures.append(error.args[0])

    def _take(self, error: KafkaError | None, _: Message) -> None:
        """Keep why a record is not there; of the others nothing is heard but that none is left."""
        if error is not None:
            self._failures.append(error)

    def _judge(self, error: KafkaError) -> TransientError | PermanentError:
        if _is_refusal(error):
            return PermanentError(f"Kafka refuses the event: {_explain(error)}")
        return TransientError(f"Kafka did not take it: {_explain(error)}{f' ({self._said})' if self._said else ''}")

    def _hear(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # which comes after the reason
            self._said = _explain(error)


def _is_refusal(error: KafkaError) -> bool:
    return error.code() in _REFUSED


def _explain(error: KafkaError) -> str:
    """Say what went wrong, which may name the broker; of a record or a password there is nothing in it."""
    return error.str()
