"""Kafka over TCP: the contract, what readers see, and brokers that hang, refuse or speak TLS."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import pytest

from tactful_gateway.contracts.sink import (
    NOW,
    SinkContract,
    deliver_all,
    deliver_to,
    delivery,
    in_order_without_repeats,
)
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.sinks.kafka.config import KafkaConfig
from tactful_gateway.sinks.kafka.producer import Connection
from tests.gateway.sinks.kafka.harness import KafkaHarness
from tests.servers.certificates import make_certificates
from tests.servers.kafka import KafkaBroker
from tests.servers.ports import free_port
from tests.stopwatch import Stopwatch


@pytest.fixture
def harness(kafka_broker: KafkaBroker) -> KafkaHarness:
    return KafkaHarness(kafka_broker)


class TestKafka(SinkContract):
    kind = "kafka"

    @pytest.fixture
    def harness(self, kafka_broker: KafkaBroker) -> KafkaHarness:
        return KafkaHarness(kafka_broker)


async def test_a_consumer_group_reads_each_event_once_by_id_though_the_broker_hangs_in_the_middle(
    harness: KafkaHarness,
) -> None:
    sent = [msgspec.structs.replace(delivery(seq), subject=f"u-{seq % 300}") for seq in range(1, 3_001)]
    sink = harness.sink()
    await sink.open()
    for start in range(0, len(sent), sink.batch):
        if start == 2 * sink.batch:
            with harness.broker.frozen(), pytest.raises(TransientError):
                await sink.deliver(sent[start : start + sink.batch], NOW)
        await sink.deliver(sent[start : start + sink.batch], NOW)
    await sink.close()
    found = [dict(record.headers() or ())["id"].decode() for record in await harness.group_reads()]
    assert set(found) == {one.id for one in sent}
    repeats = [event_id for event_id, times in Counter(found).items() if times > 1]
    assert set(repeats) <= {one.id for one in sent[2 * sink.batch : 3 * sink.batch]}


async def test_a_record_has_the_person_as_key_and_id_and_type_as_headers(harness: KafkaHarness) -> None:
    await deliver_all(harness.sink(), [delivery(1), msgspec.structs.replace(delivery(2), subject="")])
    records = sorted(await harness.records(), key=lambda record: record.value() or b"")
    assert [record.key() for record in records] == [b"u-1", None]
    assert records[0].headers() == [("id", delivery(1).id.encode()), ("type", b"tactful.response.completed")]


async def test_each_person_stays_in_one_partition_and_in_order(harness: KafkaHarness) -> None:
    sent = [msgspec.structs.replace(delivery(seq), subject=f"u-{seq % 7}") for seq in range(1, 201)]
    await deliver_all(harness.sink(), sent)
    partitions, order = defaultdict(set), defaultdict(list)
    for record in await harness.records():
        partitions[record.key()].add(record.partition())
        order[record.key()].append(dict(record.headers() or ())["id"])
    assert all(len(held) == 1 for held in partitions.values())
    assert len({number for held in partitions.values() for number in held}) > 1
    assert all(seqs == sorted(seqs) for seqs in order.values())


async def test_what_is_too_large_is_refused_for_good_and_the_rest_goes_on(harness: KafkaHarness) -> None:
    sink = harness.sink()
    await sink.open()
    with pytest.raises(PermanentError, match="Message size too large"):
        await sink.deliver([delivery(1), delivery(2, "x" * 1_100_000)], NOW)
    await sink.deliver([delivery(3)], NOW)
    await sink.close()
    assert await harness.received() == [delivery(1).body, delivery(3).body]


def test_what_the_client_gave_up_is_never_taken_for_delivered(kafka_broker: KafkaBroker) -> None:
    config = KafkaConfig(brokers=kafka_broker.address, topic="given-up", timeout=2)
    connection, unhurried = Connection(config, threading.Event()), time.monotonic() + 60
    connection.connect(unhurried)
    connection.write([delivery(1)], unhurried)
    with kafka_broker.frozen(), pytest.raises(TransientError, match="Message timed out"):
        connection.write([delivery(seq) for seq in range(2, 50)], unhurried)
    connection.close()


async def test_where_no_broker_listens_the_sink_says_so_in_time(harness: KafkaHarness) -> None:
    sink = harness.sink(brokers=f"127.0.0.1:{free_port()}", timeout=1)
    with Stopwatch() as took:
        with pytest.raises(TransientError, match=r"no broker answers: .*Connection refused"):
            await sink.open()
        with pytest.raises(TransientError, match="no broker answers"):
            await sink.deliver([delivery(1)], NOW)
        await sink.close()
    assert took.seconds < 4


async def test_a_delivery_that_is_cut_off_ends_and_is_not_sent_later(harness: KafkaHarness) -> None:
    sink = harness.sink(timeout=20)
    await deliver_to(sink, [delivery(1)])
    with harness.broker.frozen():
        under_way = asyncio.create_task(sink.deliver([delivery(2)], NOW))
        await asyncio.sleep(0.05)
        under_way.cancel()
        with Stopwatch() as took:
            await sink.close()
    assert took.seconds < 3
    await deliver_all(sink, [delivery(3)])
    assert in_order_without_repeats(await harness.received())[-1] == delivery(3).body


async def test_tls_trusts_the_authority_that_is_named_and_no_other(harness: KafkaHarness, tmp_path: Path) -> None:
    pem = make_certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem.certificate, pem.key)
    greeted = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        greeted.set()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context) as listening:
        brokers = f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        stranger = harness.sink(brokers=brokers, tls=True)
        with pytest.raises(TransientError, match="certificate verify failed"):
            await stranger.open()
        await stranger.close()
        assert not greeted.is_set()
        friend = harness.sink(brokers=brokers, tls={"ca": str(pem.ca)}, timeout=1)
        with pytest.raises(TransientError):
            await friend.open()
        await friend.close()
        assert greeted.is_set()
    missing = harness.sink(tls={"ca": str(tmp_path / "none.pem")})
    with pytest.raises(TransientError, match="named under `tls` can't be read"):
        await missing.open()
    await missing.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_sink_that_signs_in_does_so_or_says_that_it_could_not(harness: KafkaHarness, mechanism: str) -> None:
    sink = harness.sink(timeout=2, sasl={"mechanism": mechanism, "user": "tactful", "password": "hunter2"})
    with pytest.raises(TransientError, match=f"SASL Handshake not supported by broker .*{mechanism}") as raised:
        await sink.open()
    await sink.close()
    assert "hunter2" not in str(raised.value)
