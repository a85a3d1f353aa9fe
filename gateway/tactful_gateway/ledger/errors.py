"""Why the ledger did not carry out a command that it could have; what the store can't do is the store's error."""

from __future__ import annotations


class LedgerBusyError(Exception):
    """The ledger has more to do than it can: come again in a second."""

    def __init__(self) -> None:
        super().__init__("the ledger has more to do than it can")


class AbandonedError(Exception):
    """Whoever wanted a decision went away before it was made."""
