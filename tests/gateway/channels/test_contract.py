"""Every registered kind of channel passes the shipped contract, each against a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from tactful_gateway.channels.base import Courier
from tactful_gateway.channels.registry import KINDS, build
from tactful_gateway.clock import SystemClock
from tactful_gateway.contracts.channel import ChannelContract
from tactful_rules.model.folder import ChannelConfig
from tests.gateway.channels.mailserver import MailServer
from tests.gateway.sinks.receiver import Answer, Receiver


class EmailHarness:
    address = "ann@example.com"

    def __init__(self, server: MailServer) -> None:
        self.server = server

    def courier(self) -> Courier:
        options = {"url": f"smtp://127.0.0.1:{self.server.port}", "from": "Shop <shop@example.com>"}
        return build(ChannelConfig("email", "email", options), SystemClock())

    async def received(self) -> list[str]:
        assert all(mail.recipients == [self.address] for mail in self.server.mails)
        return [f"{mail.message['subject']}\n{mail.text}\n{mail.html}" for mail in self.server.mails]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        self.server.hang_up = True
        yield
        self.server.hang_up = False


class TestEmail(ChannelContract):
    kind = "email"

    @pytest.fixture
    def harness(self, mail_server: MailServer) -> EmailHarness:
        return EmailHarness(mail_server)


class HttpHarness:
    address = "+15550100"

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def courier(self) -> Courier:
        options = {"url": self.receiver.url, "allow_private": True}
        return build(ChannelConfig("sms", "http", options), SystemClock())

    async def received(self) -> list[str]:
        bodies = [msgspec.json.decode(request.body) for request in self.receiver.accepted]
        assert all(body["to"] == self.address for body in bodies)
        return ["\n".join(body.values()) for body in bodies]

    @asynccontextmanager
    async def broken(self) -> AsyncIterator[None]:
        working, self.receiver.answer = self.receiver.answer, lambda _: Answer(503)
        yield
        self.receiver.answer = working


class TestHttp(ChannelContract):
    kind = "http"

    @pytest.fixture
    def harness(self, receiver: Receiver) -> HttpHarness:
        return HttpHarness(receiver)


class AppriseHarness(HttpHarness):
    def courier(self) -> Courier:
        options = {"url": f"json://127.0.0.1:{self.receiver.port}/to/{{{{address}}}}"}
        return build(ChannelConfig("sms", "apprise", options), SystemClock())

    async def received(self) -> list[str]:
        bodies = [msgspec.json.decode(request.body) for request in self.receiver.accepted]
        assert all(request.path == f"/to/{self.address}" for request in self.receiver.accepted)
        return [f"{body['title']}\n{body['message']}" for body in bodies]


class TestApprise(ChannelContract):
    kind = "apprise"

    @pytest.fixture
    def harness(self, receiver: Receiver) -> AppriseHarness:
        return AppriseHarness(receiver)


def test_every_registered_kind_is_held_to_the_contract() -> None:
    assert {suite.kind for suite in ChannelContract.__subclasses__()} == set(KINDS)
