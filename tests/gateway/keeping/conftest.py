"""A gateway and a client of it whose clock a test moves, over each store that a gateway can have."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.gateway.keeping.destination import Destination
from tests.servers.postgres import PostgresServer

NOW = 1_800_000_000_000


class MovedClock:
    """A clock that stands still until it is moved; waiting lasts as long as the machine says, hours a moment."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    async def sleep(self, span: int) -> None:
        await asyncio.sleep(min(span / 1000, 0.3))


class Person:
    """One person at one gateway, seen by a server, a page and an administrator."""

    def __init__(self, gateway: Any, name: str = "") -> None:
        self.id = name or f"u-{uuid4()}"
        self.path = quote(self.id, safe="")
        self._gateway = gateway

    def call(self, method: str, path: str, kind: str = "sk", **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self._gateway.keys[kind]}"}
        response = httpx.request(method, f"{self._gateway.url}{path}", headers=headers, timeout=20, **more)
        assert response.is_success, response.text
        return response.json()

    def answer(self, why: str = "slow", touchpoint: str = "payment") -> str:
        asked = self.call("POST", "/v1/touchpoints", json={"touchpoint": touchpoint, "person": self.id})
        path = f"/v1/invitations/{asked['invitation']['token']}"
        self.call("PUT", f"{path}/response", json={"answers": {"score": 1, "why": why}, "complete": True})
        return path

    def export(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/v1/persons/{self.path}", "ak")
        return found

    def erase(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("DELETE", f"/v1/persons/{self.path}", "ak")
        return found


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give each store's address in turn."""
    if request.param == "memory":
        return "memory:"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'tactful.db'}"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.url(postgres.new_database())


@pytest.fixture
def clock() -> MovedClock:
    """Give a clock that the test moves."""
    return MovedClock()


@pytest.fixture
def destination() -> Iterator[Destination]:
    made = Destination()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()
