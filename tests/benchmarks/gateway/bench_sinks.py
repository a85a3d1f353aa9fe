"""Events a second into real servers through their sinks, beside each client library used alone for the same events."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec
import nats
from confluent_kafka import Producer

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kafka.config import KafkaConfig
from tactful_gateway.sinks.registry import build
from tactful_rules.model.folder import SinkConfig
from tests.benchmarks.row import Baseline, Row
from tests.servers.clickhouse import PASSWORD, USER, running_clickhouse
from tests.servers.kafka import running_kafka
from tests.servers.nats import running_nats
from tests.servers.postgres import running_postgres

EVENTS = 20_000
ROUNDS = 3
ANSWER = "The terminal took its time, and the queue behind me grew longer and longer. " * 6
_NOTE = f"{EVENTS:,} events of {len(delivery(1, ANSWER).body)} bytes, batches as the sink has them, best of {ROUNDS}"

Send = Callable[[Sequence[Delivery]], Awaitable[None]]
Opened = AbstractAsyncContextManager[Send]


def rows() -> list[Row]:
    """Measure each kind that takes batches."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        jsonl = await _best(_sink("jsonl", path=f"{folder}/events.jsonl"))
        with running_nats(Path(folder)) as server:
            options = {"url": server.url, "stream": "SINK", "subject": "sink.{{type}}", "create": True}
            bus = await _beside(_sink("nats", **options), _nats_alone(server.url))
    with running_kafka() as broker:
        sink = _sink("kafka", brokers=broker.address, topic="sink")
        log = await _beside(sink, _kafka_alone(broker.address))
    with running_postgres() as server:
        url = server.url(server.new_database())
        table = await _beside(_sink("postgres", url=url), _copy_alone(url))
    with tempfile.TemporaryDirectory() as folder:
        lake = await _best(_sink("parquet", path=folder))
        with running_clickhouse(Path(folder) / "clickhouse") as engine:
            login = {"user": USER, "password": PASSWORD}
            warehouse = await _best(_sink("clickhouse", url=engine.url, login=login, allow_private=True))
    return [
        _row("jsonl", jsonl, None, 50_000),
        _row("nats", bus[0], Baseline("nats-py's publish_async, acknowledged", bus[1]), 0.5),
        _row("kafka", log[0], Baseline("confluent-kafka's producer, same settings", log[1]), 0.5),
        _row("postgres", table[0], Baseline("asyncpg's COPY, which repeats would break", table[1]), 30_000),
        _row("parquet", lake, None, 10_000),
        _row("clickhouse", warehouse, None, 10_000),
    ]


def _row(kind: str, rate: float, baseline: Baseline | None, least: float) -> Row:
    """Make a row whose budget is a rate, or a share of the baseline if it is no more than 1."""
    of_baseline = baseline is not None and least <= 1
    met = rate / baseline.value >= least if baseline is not None and of_baseline else rate >= least
    return Row(
        name=f"events into {kind}",
        value=rate,
        unit="/s",
        baseline=baseline,
        budget=f">= {least} of the baseline" if of_baseline else f">= {least:,}/s",
        met=met,
        note=_NOTE,
    )


async def _beside(sink: Opened, alone: Opened) -> tuple[float, float]:
    """Give both rates, measured in turns: a machine that is busy is so for both."""
    async with sink as send, alone as send_alone:
        found = [(await _rate(send, turn), await _rate(send_alone, turn)) for turn in range(ROUNDS)]
    return max(rate for rate, _ in found), max(rate for _, rate in found)


async def _best(sink: Opened) -> float:
    async with sink as send:
        return max([await _rate(send, turn) for turn in range(ROUNDS)])


async def _rate(send: Send, turn: int) -> float:
    """Send events that were not sent before, each of another person."""
    seqs = range(turn * EVENTS, (turn + 1) * EVENTS)
    events = [msgspec.structs.replace(delivery(seq, ANSWER), subject=f"u-{seq}") for seq in seqs]
    start = time.perf_counter()
    await send(events)
    return EVENTS / (time.perf_counter() - start)


@asynccontextmanager
async def _sink(kind: str, **options: object) -> AsyncIterator[Send]:
    sink = build(SinkConfig(id=kind, kind=kind, options=options), SystemClock())
    await sink.open()

    async def send(events: Sequence[Delivery]) -> None:
        for start in range(0, len(events), sink.batch):
            await sink.deliver(events[start : start + sink.batch], NOW)

    yield send
    await sink.close()


@asynccontextmanager
async def _nats_alone(url: str) -> AsyncIterator[Send]:
    client = await nats.connect(url)
    streams = client.jetstream()
    await streams.add_stream(name="ALONE", subjects=["alone"])

    async def send(events: Sequence[Delivery]) -> None:
        acks = [await streams.publish_async("alone", one.body, headers={"Nats-Msg-Id": one.id}) for one in events]
        await asyncio.gather(*acks)

    yield send
    await client.close()


@asynccontextmanager
async def _kafka_alone(address: str) -> AsyncIterator[Send]:
    producer = Producer(KafkaConfig(brokers=address, topic="alone").settings())
    producer.produce("alone", b"first")  # so that connecting is no part of it, as with the sink
    producer.flush()

    def produce(events: Sequence[Delivery]) -> None:
        for number, one in enumerate(events):
            producer.produce("alone", one.body, one.subject.encode(), headers=[("id", one.id), ("type", one.type)])
            if number % 500 == 0:
                producer.poll(0)
        producer.flush()

    async def send(events: Sequence[Delivery]) -> None:
        await asyncio.to_thread(produce, events)

    yield send
    producer.close()


@asynccontextmanager
async def _copy_alone(url: str) -> AsyncIterator[Send]:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE alone (id uuid PRIMARY KEY, type text, subject text, data jsonb)")

    async def send(events: Sequence[Delivery]) -> None:
        for start in range(0, len(events), 500):
            records = [(one.id, one.type, one.subject, one.body.decode()) for one in events[start : start + 500]]
            await connection.copy_records_to_table("alone", records=records)

    yield send
    await connection.close()
