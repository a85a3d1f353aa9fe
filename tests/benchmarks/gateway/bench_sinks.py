"""Events a second out of a journal into real servers, and through sinks beside the client library used alone.

Out of a journal is all that a gateway does for them: reading it in SQLite, filtering, delivering in the sink's batches,
and writing down after each how far it came. A client library does none of that, so it stands beside the sink.
"""

from __future__ import annotations

import asyncio
import random
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
from tactful_gateway.consumers import Consumers
from tactful_gateway.contracts.sink import NOW, delivery
from tactful_gateway.sinks.base import Delivery
from tactful_gateway.sinks.kafka.config import KafkaConfig
from tactful_gateway.sinks.registry import build
from tactful_gateway.store.base import Changes, Keys
from tactful_gateway.store.records import JournalEvent
from tactful_gateway.store.sqlite import SqliteStore
from tactful_rules.model.folder import SinkConfig
from tests.benchmarks.row import Baseline, Row
from tests.servers.clickhouse import PASSWORD, USER, running_clickhouse
from tests.servers.kafka import running_kafka
from tests.servers.nats import NatsServer, running_nats
from tests.servers.postgres import running_postgres

EVENTS = 20_000
ROUNDS = 3
ANSWER = "The terminal took its time, and the queue behind me grew longer and longer. " * 6
LOOK = 0.002
"""Seconds between two looks whether all was delivered."""
SHARE = 0.5
"""What of a client library's rate a sink that uses it is to have."""
_NOTE = f"{EVENTS:,} events of {len(delivery(1, ANSWER).body)} bytes, batches as the sink has them, best of {ROUNDS}"

Send = Callable[[Sequence[Delivery]], Awaitable[float]]
"""Sends events and gives the seconds that it took."""
Opened = AbstractAsyncContextManager[Send]


def rows() -> list[Row]:
    """Measure each kind that takes batches."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        jsonl = await _best(_delivering("jsonl", path=f"{folder}/events.jsonl"))
        with running_nats(Path(folder)) as server:
            bus = await _best(_delivering("nats", **_stream(server, "JOURNAL")))
            bus_sink = await _beside(_sink("nats", **_stream(server, "SINK")), _nats_alone(server.url))
    with running_kafka() as broker:
        log = await _best(_delivering("kafka", brokers=broker.address, topic="journal"))
        log_sink = await _beside(_sink("kafka", brokers=broker.address, topic="sink"), _kafka_alone(broker.address))
    with running_postgres() as server:
        url = server.url(server.new_database())
        table = await _beside(_delivering("postgres", url=url), _copy_alone(url))
    with tempfile.TemporaryDirectory() as folder:
        lake = await _best(_delivering("parquet", path=folder))
        with running_clickhouse(Path(folder) / "clickhouse") as engine:
            login = {"user": USER, "password": PASSWORD}
            warehouse = await _best(_delivering("clickhouse", url=engine.url, login=login, allow_private=True))
    return [
        _out_of_the_journal("jsonl", jsonl, least=50_000),
        _out_of_the_journal("nats", bus),
        _beside_library("nats", bus_sink[0], Baseline("nats-py's publish_async, acknowledged", bus_sink[1])),
        _out_of_the_journal("kafka", log),
        _beside_library("kafka", log_sink[0], Baseline("confluent-kafka's producer, same settings", log_sink[1])),
        _out_of_the_journal("postgres", table[0], Baseline("asyncpg's COPY, which repeats break", table[1]), 30_000),
        _out_of_the_journal("parquet", lake),
        _out_of_the_journal("clickhouse", warehouse),
    ]


def _stream(server: NatsServer, name: str) -> dict[str, object]:
    return {"url": server.url, "stream": name, "subject": f"{name}.{{{{type}}}}", "create": True}


def _out_of_the_journal(kind: str, rate: float, baseline: Baseline | None = None, least: int | None = None) -> Row:
    """Make a row whose budget, if it has one, is a rate."""
    return Row(
        name=f"events out of the journal into {kind}",
        value=rate,
        unit="/s",
        baseline=baseline,
        budget="" if least is None else f">= {least:,}/s",
        met=None if least is None else rate >= least,
        note=_NOTE,
    )


def _beside_library(kind: str, rate: float, baseline: Baseline) -> Row:
    """Make a row whose budget is a share of the baseline."""
    return Row(
        name=f"events through the {kind} sink",
        value=rate,
        unit="/s",
        baseline=baseline,
        budget=f">= {SHARE} of the baseline",
        met=rate >= SHARE * baseline.value,
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
    return EVENTS / await send(events)


@asynccontextmanager
async def _delivering(kind: str, **options: object) -> AsyncIterator[Send]:
    config, clock = SinkConfig(id=kind, kind=kind, options=options), SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        store = await SqliteStore.open(Path(folder) / "tactful.db")
        async with Consumers(store, {kind: (config, build(config, clock))}, clock, random.random) as consumers:

            async def send(events: Sequence[Delivery]) -> float:
                journal = [_journalled(one) for one in events]
                wanted = consumers.status()[0].delivered + len(events)
                await store.transact(Keys(), lambda _: Changes(events=journal))
                start = time.perf_counter()
                consumers.wake()
                while consumers.status()[0].delivered < wanted:
                    await asyncio.sleep(LOOK)
                return time.perf_counter() - start

            yield send
        await store.close()


@asynccontextmanager
async def _sink(kind: str, **options: object) -> AsyncIterator[Send]:
    sink = build(SinkConfig(id=kind, kind=kind, options=options), SystemClock())
    await sink.open()

    async def send(events: Sequence[Delivery]) -> None:
        for start in range(0, len(events), sink.batch):
            await sink.deliver(events[start : start + sink.batch], NOW)

    yield _timed(send)
    await sink.close()


def _journalled(one: Delivery) -> JournalEvent:
    return msgspec.structs.replace(msgspec.json.decode(one.body, type=JournalEvent), subject=one.subject)


def _timed(send: Callable[[Sequence[Delivery]], Awaitable[None]]) -> Send:
    async def timed(events: Sequence[Delivery]) -> float:
        start = time.perf_counter()
        await send(events)
        return time.perf_counter() - start

    return timed


@asynccontextmanager
async def _nats_alone(url: str) -> AsyncIterator[Send]:
    client = await nats.connect(url)
    streams = client.jetstream()
    await streams.add_stream(name="ALONE", subjects=["alone"])

    async def send(events: Sequence[Delivery]) -> None:
        acks = [await streams.publish_async("alone", one.body, headers={"Nats-Msg-Id": one.id}) for one in events]
        await asyncio.gather(*acks)

    yield _timed(send)
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

    yield _timed(send)
    producer.close()


@asynccontextmanager
async def _copy_alone(url: str) -> AsyncIterator[Send]:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE alone (id uuid PRIMARY KEY, type text, subject text, data jsonb)")

    async def send(events: Sequence[Delivery]) -> None:
        for start in range(0, len(events), 500):
            records = [(one.id, one.type, one.subject, one.body.decode()) for one in events[start : start + 500]]
            await connection.copy_records_to_table("alone", records=records)

    yield _timed(send)
    await connection.close()
