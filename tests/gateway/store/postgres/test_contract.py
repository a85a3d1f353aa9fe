"""The PostgreSQL store against the contracts of durable and of shared stores."""

from tactful_gateway.contracts.shared import SharedStoreContract
from tactful_gateway.contracts.store import DurableStoreContract


class TestPostgresStore(DurableStoreContract, SharedStoreContract):
    """All of it, over a real server; the fixtures are in `conftest.py`."""
