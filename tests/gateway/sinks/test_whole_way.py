"""The whole way of an answer: HTTP, journal, and every server that a survey folder names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import msgspec

from tests.conftest import SURVEY, RunningGateway
from tests.eventually import eventually
from tests.gateway.sinks.kafka.harness import KafkaHarness
from tests.gateway.sinks.nats.harness import NatsHarness
from tests.gateway.sinks.postgres.harness import PostgresHarness
from tests.servers.kafka import KafkaBroker
from tests.servers.nats import NatsServer
from tests.servers.postgres import PostgresServer

SINKS = """
sinks:
  bus: {kind: nats, url: "${NATS_URL}", stream: "${STREAM}", subject: "${STREAM}.{{type}}", create: true}
  log: {kind: kafka, brokers: "${BROKERS}", topic: "${TOPIC}", where: {answers.score: {at_most: 2}}}
  warehouse: {kind: postgres, url: "${WAREHOUSE_URL}"}
"""


def answer(gateway: RunningGateway, person: str, score: int) -> None:
    with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {gateway.keys['sk']}"}) as api:
        decision = api.post("/v1/touchpoints", json={"touchpoint": "payment", "person": person}).json()
        path = f"/v1/invitations/{decision['invitation']['token']}/response"
        done = api.put(path, json={"answers": {"score": score}, "complete": True, "rev": 1})
        assert done.status_code == 202


def test_an_answer_reaches_every_server_that_wants_it(
    running_gateway: Callable[..., RunningGateway],
    nats_server: NatsServer,
    kafka_broker: KafkaBroker,
    postgres: PostgresServer,
) -> None:
    bus, log, warehouse = NatsHarness(nats_server), KafkaHarness(kafka_broker), PostgresHarness(postgres)
    environ = {
        "NATS_URL": nats_server.url,
        "STREAM": bus.stream,
        "BROKERS": kafka_broker.address,
        "TOPIC": log.topic,
        "WAREHOUSE_URL": warehouse.url,
    }
    gateway = running_gateway(SURVEY + SINKS, environ=environ)
    answer(gateway, "u-content", 5)
    answer(gateway, "u-cross", 1)
    wanted = {"bus": 2, "log": 1, "warehouse": 2}
    eventually(lambda: {sink.id: sink.delivered for sink in gateway.gateway.consumers.status()} == wanted)
    gateway.stop()
    seen = {name: asyncio.run(got.received()) for name, got in (("bus", bus), ("log", log), ("warehouse", warehouse))}
    persons = {name: [msgspec.json.decode(body)["subject"] for body in bodies] for name, bodies in seen.items()}
    both = ["u-content", "u-cross"]
    assert persons == {"bus": both, "log": ["u-cross"], "warehouse": both}
