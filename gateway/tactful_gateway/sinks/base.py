"""What every sink promises; a delivery fails by one of the errors in `outgoing/errors.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from tactful_rules.model.ids import Instant


class Delivery(Struct, frozen=True):
    """One event on its way out: the same `id` and `body` at every attempt."""

    seq: int
    id: str
    type: str
    subject: str
    at: Instant
    body: bytes


class Sink(Protocol):
    """A destination of journal events.

    `batch` is how many deliveries one call may carry (1 for a webhook).
    """

    batch: int

    async def open(self) -> None:
        """Get ready: open the file, the connection."""

    async def deliver(self, deliveries: Sequence[Delivery], now: Instant) -> None:
        """Hand over deliveries in order; returning means that the destination has all of them durably.

        Raises:
            TransientError: none or some arrived; all are tried again.
            PermanentError: none arrived; with several, each is tried alone to find the bad one.
            GoneError: the destination is closed.
        """

    async def close(self) -> None:
        """Let go of files and connections."""
