"""The memory store against the contract of all stores."""

import pytest

from tactful_gateway.contracts.store import StoreContract
from tactful_gateway.store.memory import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
