"""Servers for more than one room of the gateway, each started once a session and only if a test asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.servers.postgres import PostgresServer, running_postgres


@pytest.fixture
async def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Give a function that lets so many seconds pass at once for the test's event loop, whatever the machine does."""
    loop, passed = asyncio.get_running_loop(), [0.0]
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + sum(passed))
    return passed.append


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres(fsync="off") as server:
        yield server
