"""The PostgreSQL store against the contract of durable stores."""

from tactful_gateway.contracts.store import DurableStoreContract


class TestPostgresStore(DurableStoreContract):
    """All of it, over a real server; the fixtures are in `conftest.py`."""
