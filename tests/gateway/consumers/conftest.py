"""Fixtures of the consumers' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tactful_gateway.store.memory import MemoryStore
from tests.gateway.consumers.stage import ManualClock
from tests.gateway.sinks.receiver import Receiver, running_receiver


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as running:
        yield running
