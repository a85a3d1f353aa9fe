"""Every registered kind of sink passes the shipped contract, each against its real destination."""

from __future__ import annotations

import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.sink import SinkContract
from tactful_gateway.sinks.base import Sink
from tactful_gateway.sinks.registry import KINDS, build
from tactful_gateway.sinks.stdout import StdoutConfig, StdoutSink
from tactful_rules.model.folder import SinkConfig
from tests.gateway.sinks.clickhouse import test_clickhouse
from tests.gateway.sinks.kafka import test_kafka
from tests.gateway.sinks.nats import test_nats
from tests.gateway.sinks.parquet import test_parquet
from tests.gateway.sinks.postgres import test_postgres
from tests.gateway.sinks.receiver import Answer, Receiver

ELSEWHERE = (test_clickhouse, test_kafka, test_nats, test_parquet, test_postgres)
"""Imported so that their suites are known: they stand beside the servers that they need."""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class JsonlHarness:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "not" / "there yet" / "answers.jsonl"

    def sink(self) -> Sink:
        return build(SinkConfig(id="file", kind="jsonl", options={"path": str(self.path)}), SystemClock())

    async def received(self) -> list[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else []

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        """Let the system refuse to let the file grow by more than ten bytes: half a line gets through."""
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.path.stat().st_size + 10, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestJsonl(SinkContract):
    kind = "jsonl"

    @pytest.fixture
    def harness(self, tmp_path: Path) -> JsonlHarness:
        return JsonlHarness(tmp_path)


class StdoutHarness:
    """A file behind a descriptor; while broken, a pipe that nobody reads stands there instead."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def sink(self) -> Sink:
        return StdoutSink(StdoutConfig(), fd=self.fd)

    async def received(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        kept = os.dup(self.fd)
        read, write = os.pipe()
        os.close(read)
        os.dup2(write, self.fd)
        os.close(write)
        try:
            yield
        finally:
            os.dup2(kept, self.fd)
            os.close(kept)


class TestStdout(SinkContract):
    kind = "stdout"

    @pytest.fixture
    def harness(self, tmp_path: Path) -> Iterator[StdoutHarness]:
        harness = StdoutHarness(tmp_path / "stdout")
        yield harness
        os.close(harness.fd)


class WebhookHarness:
    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def sink(self) -> Sink:
        options = {"url": self.receiver.url, "secret": SECRET, "allow_private": True}
        return build(SinkConfig(id="hook", kind="webhook", options=options), SystemClock())

    async def received(self) -> list[bytes]:
        return [request.body for request in self.receiver.accepted]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        working, self.receiver.answer = self.receiver.answer, lambda _: Answer(503)
        try:
            yield
        finally:
            self.receiver.answer = working


class TestWebhook(SinkContract):
    kind = "webhook"

    @pytest.fixture
    def harness(self, receiver: Receiver) -> WebhookHarness:
        return WebhookHarness(receiver)


def test_every_registered_kind_is_held_to_the_contract() -> None:
    assert {suite.kind for suite in SinkContract.__subclasses__()} == set(KINDS)
