"""A mail server, a provider's HTTP API, and gateways that send over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway.couriers.stage import Guest, MailServer, MovedClock, Provider, survey


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """Give a running mail server."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sms() -> Iterator[Provider]:
    """Give a running provider of short messages."""
    provider = Provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def open_shop(running_gateway: Any, mail: MailServer, sms: Provider) -> Callable[..., Guest]:
    """Give a function that starts a gateway whose rule asks over these channels, with a guest before it."""

    def open_(channels: str, clock: MovedClock, *, store: Any = None, db: str = "memory:", **lines: str) -> Guest:
        environ = {"MAIL": mail.url, "SMS": sms.url}
        text = survey(channels, **lines)
        return Guest(running_gateway(survey=text, clock=clock, environ=environ, store=store, db=db))

    return open_
